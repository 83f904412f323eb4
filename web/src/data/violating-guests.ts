import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { BridgekeeperEvent } from '../../../src/client/events.ts';
import { client } from './client.ts';
import { queryClient } from './query-client.ts';
import { useLiveEvents } from './use-live-events.ts';

const kinds = ['violation', 'storm', 'conflict'] as const;
const key = ['events', 'lasting', 'wire'] as const;

const isOfWire = ({ kind, subject }: BridgekeeperEvent): boolean =>
  subject.guest !== undefined && (kinds as readonly string[]).includes(kind);

/** Keeps those that go on: a later telling of the same event takes the place of the earlier one. */
function merge(known: readonly BridgekeeperEvent[], news: readonly BridgekeeperEvent[]): BridgekeeperEvent[] {
  const byId = new Map(known.map((event) => [event.id, event]));
  for (const event of news) {
    if (event.state === 'lasting') byId.set(event.id, event);
    else byId.delete(event.id);
  }
  return [...byId.values()];
}

/** What goes on on the wire that must not, as soon as the daemon tells it. */
function useViolations(): readonly BridgekeeperEvent[] | undefined {
  const { data } = useQuery({
    queryKey: key,
    queryFn: async () => (await client.events.list({ kinds, lasting: true }, { limit: 1000 })).events.filter(isOfWire),
    refetchInterval: 15_000,
  });
  useLiveEvents((events) => {
    const news = events.filter(isOfWire);
    if (news.length > 0)
      queryClient.setQueryData<readonly BridgekeeperEvent[]>(key, (known = []) => merge(known, news));
  });
  return data;
}

/** Guests that do something on the wire that they must not. */
export function useViolatingGuests(): ReadonlySet<string> {
  const data = useViolations();
  return useMemo(() => new Set(data?.map(({ subject }) => subject.guest ?? '')), [data]);
}

/** The same, each with the segments where it does; undefined among them: nobody knows where. */
export function useViolatingPlaces(): ReadonlyMap<string, ReadonlySet<string | undefined>> {
  const data = useViolations();
  return useMemo(() => {
    const places = new Map<string, Set<string | undefined>>();
    for (const { subject } of data ?? [])
      places.set(subject.guest ?? '', (places.get(subject.guest ?? '') ?? new Set()).add(subject.segment));
    return places;
  }, [data]);
}
