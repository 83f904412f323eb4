import type { Driver } from '../../drivers/driver.ts';
import { End, type SessionRecords } from '../../model/session-record.ts';
import type { Asked } from './read-question.ts';
import { type SeenSession, seenSession } from './seen-session.ts';

/** Ends that somebody in the world sees, and ends as guests know themselves. */
const outer = ['replyDestination', 'originalDestination'] as const;
const inner = ['originalSource', 'replySource'] as const;

/** Sessions that are in the kernel's table now and were there at the time of the question. */
export async function openSessions(
  driver: Pick<Driver, 'sessions'>,
  { bytes: address, port, protocol, peer, to }: Asked,
  isShared: boolean,
): Promise<SeenSession[]> {
  const common = { family: address.length === 4 ? 4 : 6, ...(protocol === undefined ? {} : { protocol }) } as const;
  const found: SeenSession[] = [];
  for (const end of isShared ? outer : inner) {
    const records = await driver.sessions({ ...common, [end]: address });
    for (let index = 0; index < records.length; index++) {
      if (port !== undefined && records.port(index, End[end]) !== port) continue;
      if (records.start(index) > to) continue;
      const session = seenSession(records, index, 'live');
      if (peer === undefined || hasEnd(session, peer)) found.push(session);
    }
  }
  return found;
}

function hasEnd({ inner, outer }: SeenSession, { address, port }: { address: string; port?: number }): boolean {
  const places = [inner.from, inner.to, outer.from, outer.to];
  return places.some((place) => place.address === address && (port === undefined || place.port === port));
}

export function sessionsOf(records: SessionRecords): SeenSession[] {
  return Array.from({ length: records.length }, (_, index) => seenSession(records, index, 'log'));
}
