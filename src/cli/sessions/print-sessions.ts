import type { Client } from '../../client/client.ts';
import type { GuestSessions, SessionFilter, SessionList, SessionSummary, SessionView } from '../../client/sessions.ts';
import type { GuestOrder, SessionOrder } from '../../model/session-words.ts';
import { print, printJson } from '../output.ts';
import { renderCsvRecord } from '../render-leases.ts';
import {
  type Column,
  fitColumns,
  guestColumns,
  halfOpen,
  icmpSessions,
  otherProtocols,
  portPercent,
  sessionColumns,
} from './columns.ts';

/** How the answer is printed; without either, as a table for people. */
interface PrintOptions {
  readonly json?: boolean;
  readonly csv?: boolean;
}

const time = (at: number | undefined): string => (at === undefined ? '' : new Date(at).toISOString());

const sessionCells: Readonly<Record<string, (row: SessionView) => string | number | undefined>> = {
  id: ({ id }) => id,
  guest: ({ guest }) => guest,
  nic: ({ nic }) => nic,
  segment: ({ segment }) => segment,
  owner: ({ owner }) => owner,
  direction: ({ direction }) => direction,
  otherGuest: ({ other }) => other?.guest,
  otherNic: ({ other }) => other?.nic,
  forward: ({ forward }) => forward,
  protocol: ({ protocol }) => protocol,
  state: ({ state }) => state,
  innerAddress: ({ inner }) => inner.address,
  innerPort: ({ inner }) => inner.port,
  publicAddress: (row) => row.public?.address,
  publicPort: (row) => row.public?.port,
  peerAddress: ({ peer }) => peer.address,
  peerPort: ({ peer }) => peer.port,
  bytesSent: ({ bytesSent }) => bytesSent,
  bytesReceived: ({ bytesReceived }) => bytesReceived,
  packetsSent: ({ packetsSent }) => packetsSent,
  packetsReceived: ({ packetsReceived }) => packetsReceived,
  startedAt: ({ startedAt }) => time(startedAt),
  expiresAt: ({ expiresAt }) => time(expiresAt),
};

const guestCells: Readonly<Record<string, (row: GuestSessions) => string | number | undefined>> = {
  guest: ({ guest }) => guest,
  owner: ({ owner }) => owner,
  sessions: ({ sessions }) => sessions,
  limit: ({ limit }) => limit,
  tcp: ({ protocols }) => protocols.tcp ?? 0,
  udp: ({ protocols }) => protocols.udp ?? 0,
  icmp: icmpSessions,
  other: otherProtocols,
  established: ({ states }) => states.established ?? 0,
  halfOpen,
  bytesSent: ({ bytesSent }) => bytesSent,
  bytesReceived: ({ bytesReceived }) => bytesReceived,
  packetsSent: ({ packetsSent }) => packetsSent,
  packetsReceived: ({ packetsReceived }) => packetsReceived,
  ports: ({ ports }) => ports.size,
  portsUsed: ({ ports }) => ports.used,
  portsPercent: (row) => portPercent(row).toFixed(1),
};

function printCsv<Row>(
  cells: Readonly<Record<string, (row: Row) => string | number | undefined>>,
  rows: readonly Row[],
): void {
  const keys = Object.keys(cells);
  print(renderCsvRecord(keys), ...rows.map((row) => renderCsvRecord(keys.map((key) => cells[key]?.(row)))));
}

export function renderCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** How full the kernel's table is, in words. */
function renderFill({ table: { count, max } }: Pick<SessionList, 'table'>): string {
  const percent = max === 0 ? 0 : (count / max) * 100;
  return `the kernel's table holds ${renderCount(count)} of ${renderCount(max)} (${percent.toFixed(percent < 10 ? 1 : 0)} %)`;
}

export const renderSessionCount = (count: number): string =>
  `${renderCount(count)} ${count === 1 ? 'session' : 'sessions'}`;

function printTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], more: number): void {
  if (rows.length > 0) print(...fitColumns(columns, rows, Number.POSITIVE_INFINITY));
  if (more > 0) print(`… and ${renderCount(more)} more (--limit shows more)`);
}

/** One look at the sessions. */
export async function printSessions(
  client: Client,
  query: SessionFilter & { readonly sort?: SessionOrder; readonly limit: number },
  options: PrintOptions,
): Promise<void> {
  const list = await client.sessions.list(query);
  if (options.json) return printJson(list);
  if (options.csv) return printCsv(sessionCells, list.sessions);
  printTable(sessionColumns(list.at), list.sessions, list.total - list.sessions.length);
  print(`${renderSessionCount(list.total)}; ${renderFill(list)}.`);
}

/** One look at the guests. */
export async function printGuests(
  client: Client,
  query: SessionFilter & { readonly sort?: GuestOrder; readonly limit: number },
  options: PrintOptions,
): Promise<void> {
  const summary: SessionSummary = await client.sessions.summary(query);
  if (options.json) return printJson(summary);
  if (options.csv) return printCsv(guestCells, summary.guests);
  printTable(guestColumns(), summary.guests, summary.total - summary.guests.length);
  const guests = `${renderCount(summary.total)} ${summary.total === 1 ? 'guest' : 'guests'}`;
  print(`${renderSessionCount(summary.all.sessions)} of ${guests}; ${renderFill(summary)}.`);
}
