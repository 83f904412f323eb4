import { AppError } from '../errors/app-error.ts';
import { parseInstant } from '../model/instant.ts';
import { parseIpEndpoint, parsePort, renderIpEndpoint } from '../model/ip-endpoint.ts';
import { parseProtocol } from '../model/protocols.ts';
import { quoteValue } from '../model/quote-value.ts';
import { headingOf, plainHeading, readRows, separatorOf } from './csv-rows.ts';

/** One line of a table of reports, as a question. */
interface ReportQuestion {
  readonly address: string;
  readonly port?: number;
  /** With a zone. */
  readonly at: string;
  readonly protocol?: string;
  readonly peer?: string;
}

export interface ReportLine {
  /** Line of the file, from 1. */
  readonly line: number;
  /** First moment that its time may mean, for the order; absent with a mistake. */
  readonly from?: number;
  readonly question?: ReportQuestion;
  /** Why the line is no question, as a sentence. */
  readonly mistake?: string;
}

/** Headings as abuse desks and their tools write them (Shadowserver, X-ARF, fail2ban, firewalls), without spaces and signs. */
const headings = {
  address: [
    ...['ip', 'address', 'ipaddress', 'ipaddr', 'ipv4', 'ipv6', 'sourceip', 'srcip', 'sourceaddress', 'srcaddr'],
    ...[
      'source',
      'src',
      'srcipaddress',
      'sourceipaddress',
      'clientip',
      'remoteip',
      'attackerip',
      'attacker',
      'publicip',
    ],
  ],
  port: ['port', 'sourceport', 'srcport', 'sport', 'srcpt', 'clientport', 'remoteport', 'publicport', 'natport'],
  time: [
    ...['timestamp', 'timestamputc', 'timestampgmt', 'time', 'timeutc', 'timegmt', 'datetime', 'datetimeutc', 'date'],
    ...['dateutc', 'at', 'when', 'eventtime', 'eventdate', 'detectedat', 'observed', 'firstseen', 'starttime', 'start'],
  ],
  zone: ['timezone', 'tz', 'zone', 'utcoffset'],
  protocol: ['protocol', 'proto', 'transport', 'transportprotocol', 'ipprotocol', 'l4protocol', 'l4proto'],
  peer: [
    ...['peer', 'peerip', 'peeraddress', 'destination', 'dest', 'dst', 'destinationip', 'destip', 'dstip', 'dstaddr'],
    ...['destinationaddress', 'destinationipaddress', 'dstipaddress', 'target', 'targetip', 'victimip', 'serverip'],
  ],
  peerPort: [
    'peerport',
    'destinationport',
    'destport',
    'dstport',
    'dport',
    'dpt',
    'targetport',
    'victimport',
    'serverport',
  ],
} as const satisfies Record<string, readonly string[]>;

type Column = keyof typeof headings;

interface Columns {
  readonly places: ReadonlyMap<Column, number>;
  /** Column of the time of day beside one of the date alone. */
  readonly clock?: number;
  /** The heading of the time says that it is UTC. */
  readonly utc: boolean;
}

function columnsOf(heading: readonly string[]): Columns {
  const names = heading.map(plainHeading);
  const places = new Map<Column, number>();
  for (const [column, known] of Object.entries(headings) as [Column, readonly string[]][]) {
    const name = known.find((word) => names.includes(word));
    if (name !== undefined) places.set(column, names.indexOf(name));
  }
  const [date, clock] = [
    names.findIndex((name) => /^date(utc|gmt)?$/.test(name)),
    names.findIndex((name) => /^time(utc|gmt)?$/.test(name)),
  ];
  const both = date >= 0 && clock >= 0;
  if (both) places.set('time', date);
  const time = places.get('time');
  const utc = /utc|gmt/.test(`${names[time ?? -1] ?? ''} ${both ? names[clock] : ''}`);
  return { places, utc, ...(both ? { clock } : {}) };
}

/**
 * Reads a table of reports: a heading, then one report a line, with any of the usual separators. Columns in any order:
 * address (with its port, or that in a column of its own) and time, and if they are there protocol, peer and its port.
 * `zone` (`Z`, `+01:00`) is that of times that name none. A line that makes no question is told with its number; only a
 * table without a column for addresses and one for times is refused, `import-unreadable`.
 */
export function parseReports(text: string, zone?: string): ReportLine[] {
  const lines: ReportLine[] = [];
  const refuse = (line: number, mistake: string): void => {
    lines.push({ line, mistake });
  };
  const rows = readRows(text, separatorOf(headingOf(text)), (line, reason) =>
    refuse(line, `The row is no CSV: ${reason}.`),
  );
  const first: readonly string[] = rows.next().value?.cells ?? [];
  const heading = first.map((cell) => cell.replace(/^\uFEFF/, ''));
  const columns = columnsOf(heading);
  for (const column of ['address', 'time'] as const) {
    if (columns.places.has(column)) continue;
    const seen = heading.slice(0, 20).map((cell) => quoteValue(cell));
    throw new AppError(
      'import-unreadable',
      `The first row has no column for the ${column}: seen ${seen.join(', ') || 'nothing'}; expected a heading such as ${column === 'time' ? '"timestamp" or "time"' : '"ip" or "source ip"'}.`,
    );
  }
  for (const { line, cells } of rows) {
    if (cells.every((cell) => cell.trim() === '')) continue;
    try {
      lines.push({ line, ...readRow(cells, columns, zone) });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      refuse(line, error.message);
    }
  }
  return lines.sort((a, b) => a.line - b.line);
}

function readRow(
  cells: readonly string[],
  { places, clock, utc }: Columns,
  zone: string | undefined,
): Pick<ReportLine, 'from' | 'question'> {
  const cell = (column: Column): string | undefined => {
    const found = cells[places.get(column) ?? -1]?.trim() ?? '';
    return found === '' || found === '-' ? undefined : found;
  };
  const needed = (column: Column): string => {
    const found = cell(column);
    if (found === undefined) throw new AppError('value-invalid', `the line has no ${column}`);
    return found;
  };
  const { address, port } = endpointOf(needed('address'), cell('port'));
  const written = clock === undefined ? needed('time') : `${needed('time')} ${cells[clock]?.trim() ?? ''}`.trim();
  const ownZone = cell('zone') ?? (utc ? 'Z' : zone);
  const { from } = parseInstant(written, ownZone);
  const protocol = cell('protocol');
  if (protocol !== undefined) parseProtocol(protocol);
  const peer = cell('peer');
  return {
    from,
    question: {
      address,
      // Whoever reads it next knows the zone.
      at: withZone(written, ownZone),
      ...(port === undefined ? {} : { port }),
      ...(protocol === undefined ? {} : { protocol }),
      ...(peer === undefined ? {} : { peer: renderIpEndpoint(endpointOf(peer, cell('peerPort'))) }),
    },
  };
}

function endpointOf(text: string, port: string | undefined): { address: string; port?: number } {
  const endpoint = parseIpEndpoint(text);
  if (endpoint.port !== undefined || port === undefined) return endpoint;
  return { ...endpoint, port: parsePort(port) };
}

function withZone(text: string, zone: string | undefined): string {
  try {
    parseInstant(text);
    return text;
  } catch {
    // It was read with the zone before, so the zone is what it lacks.
    return `${text} ${zone}`;
  }
}
