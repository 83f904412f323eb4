import type { GuestSessions, SessionPlace, SessionView } from '../../client/sessions.ts';
import { plainLine, renderBytes } from '../output.ts';

/** One column of a table about rows of one kind. */
export interface Column<Row> {
  readonly heading: string;
  /** Numbers stand right. */
  readonly right?: boolean;
  /** When there is no room for all, those with the least rank are shown. */
  readonly rank: number;
  readonly cell: (row: Row) => string;
}

/** Bytes per second both ways, between two looks; undefined before there are two. */
export interface Rates {
  readonly sent: number;
  readonly received: number;
}

export type Rated<Row> = Row & { readonly rates?: Rates };

const place = ({ address, port }: SessionPlace): string => {
  if (port === undefined) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
};

const units = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
] as const;

/** `12s`, `3m`, `5h`, `2d`. */
function renderSpan(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const unit = units.find(([, size]) => seconds >= size);
  return unit === undefined ? `${seconds}s` : `${Math.floor(seconds / unit[1])}${unit[0]}`;
}

/** Columns of sessions as of a moment (ms since the epoch). */
export function sessionColumns(at: number): Column<Rated<SessionView>>[] {
  return [
    { heading: 'NIC', rank: 0, cell: ({ guest, nic }) => `${guest}/${nic}` },
    { heading: 'way', rank: 5, cell: ({ direction }) => direction },
    { heading: 'proto', rank: 1, cell: ({ protocol }) => protocol },
    { heading: 'state', rank: 4, cell: ({ state }) => state },
    { heading: 'inner', rank: 8, cell: ({ inner }) => place(inner) },
    { heading: 'public', rank: 9, cell: (row) => (row.public ? place(row.public) : '-') },
    {
      heading: 'peer',
      rank: 1,
      cell: ({ peer, other }) => `${place(peer)}${other ? ` (${other.guest}/${other.nic})` : ''}`,
    },
    { heading: 'forward', rank: 7, cell: ({ forward = '-' }) => forward },
    { heading: 'sent', right: true, rank: 2, cell: ({ bytesSent }) => renderBytes(bytesSent) },
    { heading: 'recv', right: true, rank: 2, cell: ({ bytesReceived }) => renderBytes(bytesReceived) },
    {
      heading: 'packets',
      right: true,
      rank: 11,
      cell: ({ packetsSent, packetsReceived }) => String(packetsSent + packetsReceived),
    },
    { heading: 'age', right: true, rank: 6, cell: ({ startedAt }) => (startedAt ? renderSpan(at - startedAt) : '-') },
    { heading: 'left', right: true, rank: 10, cell: ({ expiresAt }) => (expiresAt ? renderSpan(expiresAt - at) : '-') },
  ];
}

/** Sessions whose handshake is not over. */
export const halfOpen = ({ states }: Pick<GuestSessions, 'states'>): number =>
  (states['syn-sent'] ?? 0) + (states['syn-recv'] ?? 0) + (states['syn-sent2'] ?? 0);

/** How many percent of its port block a guest uses. */
export const portPercent = ({ ports }: Pick<GuestSessions, 'ports'>): number =>
  ports.size === 0 ? 0 : (ports.used / ports.size) * 100;

/** Sessions of protocols other than TCP, UDP and ICMP. */
export const otherProtocols = ({ sessions, protocols }: Pick<GuestSessions, 'sessions' | 'protocols'>): number =>
  sessions - (protocols.tcp ?? 0) - (protocols.udp ?? 0) - icmpSessions({ protocols });

export const icmpSessions = ({ protocols }: Pick<GuestSessions, 'protocols'>): number =>
  (protocols.icmp ?? 0) + (protocols.icmpv6 ?? 0);

export function guestColumns(): Column<Rated<GuestSessions>>[] {
  const count = (heading: string, rank: number, of: (row: GuestSessions) => number): Column<Rated<GuestSessions>> => ({
    heading,
    right: true,
    rank,
    cell: (row) => String(of(row)),
  });
  return [
    { heading: 'guest', rank: 0, cell: ({ guest }) => guest },
    { heading: 'owner', rank: 9, cell: ({ owner = '-' }) => owner },
    count('sessions', 1, ({ sessions }) => sessions),
    count('limit', 8, ({ limit }) => limit),
    count('tcp', 4, ({ protocols }) => protocols.tcp ?? 0),
    count('udp', 4, ({ protocols }) => protocols.udp ?? 0),
    count('icmp', 5, icmpSessions),
    count('other', 10, otherProtocols),
    count('established', 7, ({ states }) => states.established ?? 0),
    count('half-open', 6, halfOpen),
    { heading: 'sent', right: true, rank: 2, cell: ({ bytesSent }) => renderBytes(bytesSent) },
    { heading: 'recv', right: true, rank: 2, cell: ({ bytesReceived }) => renderBytes(bytesReceived) },
    { heading: 'ports', right: true, rank: 3, cell: (row) => `${portPercent(row).toFixed(0)} %` },
  ];
}

const rate = (bytes: number | undefined): string => (bytes === undefined ? '' : renderBytes(bytes));

/** Columns with the rates of a live view, before those of the sums. */
export function withRates<Row>(columns: readonly Column<Rated<Row>>[]): Column<Rated<Row>>[] {
  const sums = columns.findIndex(({ heading }) => heading === 'sent');
  return [
    ...columns.slice(0, sums),
    { heading: 'sent/s', right: true, rank: 1, cell: ({ rates }) => rate(rates?.sent) },
    { heading: 'recv/s', right: true, rank: 1, cell: ({ rates }) => rate(rates?.received) },
    ...columns.slice(sums),
  ];
}

/** Headings and rows in `width` characters: the columns that there is room for, those of the least rank first. */
export function fitColumns<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): string[] {
  const cells = columns.map(({ heading, cell }) => [heading, ...rows.map((row) => plainLine(cell(row)))]);
  const widths = cells.map((column) => Math.max(...column.map((text) => text.length)));
  const shown = new Set<number>();
  let used = 0;
  for (const index of [...columns.keys()].sort((a, b) => (columns[a]?.rank ?? 0) - (columns[b]?.rank ?? 0) || a - b)) {
    const wanted = (widths[index] as number) + (shown.size > 0 ? 2 : 0);
    if (shown.size > 0 && used + wanted > width) continue;
    shown.add(index);
    used += wanted;
  }
  return Array.from({ length: rows.length + 1 }, (_, row) =>
    columns
      .flatMap(({ right }, index) => {
        if (!shown.has(index)) return [];
        const text = cells[index]?.[row] as string;
        return [right ? text.padStart(widths[index] as number) : text.padEnd(widths[index] as number)];
      })
      .join('  ')
      .slice(0, width)
      .trimEnd(),
  );
}
