import type { BridgekeeperEvent } from '../../client/events.ts';
import { paint, plainLine, renderTime } from '../output.ts';
import { renderCsvRecord } from '../render-leases.ts';

/** Whom or what an event is about, in few words. */
export function renderSubject({ subject }: Pick<BridgekeeperEvent, 'subject'>): string {
  const { guest, nic, port, owner, segment, pool, forward, service, object } = subject;
  const name = nic ?? guest ?? forward ?? pool ?? service ?? object ?? port ?? segment ?? owner ?? '-';
  return port === undefined || port === name ? name : `${name} (${port})`;
}

const colours = { info: 'dim', warning: 'yellow', critical: 'red' } as const;

/** `3 so far`, `3`, or nothing for what happened once. */
function renderCount({ count, state }: BridgekeeperEvent): string {
  const times = count === 1 ? '' : count.toLocaleString('en-US');
  return state === 'lasting' ? `${times} …`.trim() : times;
}

export const eventHeadings = ['time', 'severity', 'kind', 'subject', '>count', 'what'] as const;

export function eventCells(event: BridgekeeperEvent): string[] {
  const { at, severity, kind, text, seen } = event;
  const what = seen === undefined || text.includes(seen) ? text : `${text}: ${seen}`;
  return [renderTime(at), severity, kind, renderSubject(event), renderCount(event), what];
}

/** The colour of the severity, where the terminal has colours. */
export function paintSeverity(event: BridgekeeperEvent, line: string): string {
  return line.replace(event.severity, (word) => paint(colours[event.severity], word, process.stdout));
}

/** Widths that hold what is usual, for rows that come one by one. */
const widths = [19, 8, 12, 24, 9] as const;

/** What is over is told by the same words as its beginning, so it is said. */
export function eventLine(event: BridgekeeperEvent): string {
  const cells = eventCells(event).map((cell, i) =>
    plainLine(i === 5 && event.state === 'over' ? `over: ${cell}` : cell),
  );
  const padded = cells.map((cell, i) => (i === 4 ? cell.padStart(widths[i] as number) : cell.padEnd(widths[i] ?? 0)));
  return paintSeverity(event, padded.join('  ').trimEnd());
}

const csvCells: Readonly<Record<string, (event: BridgekeeperEvent) => string | number | undefined>> = {
  id: ({ id }) => id,
  time: ({ at }) => new Date(at).toISOString(),
  last: ({ last }) => new Date(last).toISOString(),
  kind: ({ kind }) => kind,
  severity: ({ severity }) => severity,
  state: ({ state }) => state,
  count: ({ count }) => count,
  guest: ({ subject }) => subject.guest,
  nic: ({ subject }) => subject.nic,
  port: ({ subject }) => subject.port,
  owner: ({ subject }) => subject.owner,
  segment: ({ subject }) => subject.segment,
  pool: ({ subject }) => subject.pool,
  forward: ({ subject }) => subject.forward,
  service: ({ subject }) => subject.service,
  object: ({ subject }) => subject.object,
  detail: ({ detail }) => detail,
  text: ({ text }) => text,
  seen: ({ seen }) => seen,
  expected: ({ expected }) => expected,
  done: ({ done }) => done,
  who: ({ who }) => who,
};

export const csvHeading = (): string => renderCsvRecord(Object.keys(csvCells));
export const csvRecord = (event: BridgekeeperEvent): string =>
  renderCsvRecord(Object.values(csvCells).map((cell) => cell(event)));
