import { type BridgekeeperEvent, type Severity, severities } from '../model/event.ts';
import type { EventEntryQuery } from '../registry/journal/event-entries.ts';
import type { EventFilter } from './contract.ts';

/** Severities that are at least so much. */
export function severitiesFrom(least: Severity): readonly Severity[] {
  return severities.slice(severities.indexOf(least));
}

export function fitsFilter(event: BridgekeeperEvent, filter: EventFilter): boolean {
  const { kinds, atLeast, lasting, since, until } = filter;
  return (
    (kinds === undefined || kinds.includes(event.kind)) &&
    (atLeast === undefined || severitiesFrom(atLeast).includes(event.severity)) &&
    (lasting !== true || event.state === 'lasting') &&
    (since === undefined || event.at >= since) &&
    (until === undefined || event.at < until) &&
    (['guest', 'owner', 'segment', 'port'] as const).every(
      (name) => filter[name] === undefined || event.subject[name] === filter[name],
    )
  );
}

/** The same as the journal is asked for. */
export function queryOfFilter(filter: EventFilter): EventEntryQuery {
  const { kinds, atLeast, guest, owner, segment, port, since, until } = filter;
  const severities = atLeast === undefined || atLeast === 'info' ? undefined : severitiesFrom(atLeast);
  const given = { kinds, severities, guest, owner, segment, port, since, until };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
