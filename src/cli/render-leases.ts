import { once } from 'node:events';
import type { MacLease } from '../client/macs.ts';
import { plainLine, print, renderTable, renderTime } from './output.ts';

/** How leases are printed; without either, as a table for people. */
export interface ListOptions {
  json?: boolean;
  csv?: boolean;
}

const headings = ['MAC', 'state', 'NIC', 'owner', 'segment', 'IPv4', 'IPv6', 'since', 'comment'];

export function renderNic({ guest, nic }: { guest?: string; nic?: number }): string {
  return guest === undefined ? '-' : `${guest}/${nic ?? 0}`;
}

function rowOf(lease: MacLease): string[] {
  const { mac, state, owner = '-', segment = '-', ipv4 = '-', ipv6 = '-', since, comment = '' } = lease;
  return [mac, state, renderNic(lease), owner, segment, ipv4, ipv6, renderTime(since), plainLine(comment)];
}

/** A column is worth its place when a row says something in it. */
export function renderLeases(leases: readonly MacLease[]): string[] {
  const rows = leases.map(rowOf);
  const used = headings.map((_, column) => rows.some((row) => row[column] !== '-' && row[column] !== ''));
  const pick = (cells: readonly string[]): string[] => cells.filter((_, column) => used[column]);
  return renderTable(pick(headings), rows.map(pick));
}

const csvKeys = [
  'id',
  'mac',
  'state',
  'guest',
  'nic',
  'owner',
  'segment',
  'ipv4',
  'ipv6',
  'pool',
  'vendor',
  'source',
  'since',
  'releasedAt',
  'freeAt',
  'port',
  'portBlock',
  'comment',
] as const satisfies readonly (keyof MacLease)[];

const times: ReadonlySet<string> = new Set(['since', 'releasedAt', 'freeAt']);

/**
 * One record of RFC 4180; what holds a comma, a quote or a line break stands in quotes. Text that a spreadsheet would
 * run as a formula gets an apostrophe before it.
 */
export function renderCsvRecord(cells: readonly (string | number | undefined)[]): string {
  return cells
    .map((cell) => {
      const text = typeof cell === 'string' ? cell.replace(/^(?=[=+\-@\t\r])/, "'") : String(cell ?? '');
      return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    })
    .join(',');
}

/** Times are ISO 8601 in UTC. */
function csvOf(lease: MacLease): string {
  return renderCsvRecord(
    csvKeys.map((key) =>
      times.has(key) && lease[key] !== undefined ? new Date(Number(lease[key])).toISOString() : lease[key],
    ),
  );
}

async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

/** Rows that are laid out together: widths of columns are those of the widest cell so far. */
const pageSize = 500;

/** Prints leases as they come, so that a million of them need no memory. Answers how many there were. */
export async function printLeases(leases: AsyncIterable<MacLease>, options: ListOptions): Promise<number> {
  let count = 0;
  let page: MacLease[] = [];
  const widths = headings.map(({ length }) => length);
  const flush = async (): Promise<void> => {
    if (page.length === 0) return;
    if (options.json)
      await write(page.map((lease, i) => `${count + i === 0 ? '' : ',\n'}${JSON.stringify(lease)}`).join(''));
    else if (options.csv) await write(page.map((lease) => `${csvOf(lease)}\n`).join(''));
    else await write(renderPage(page, widths, count === 0));
    count += page.length;
    page = [];
  };
  if (options.json) await write('[');
  else if (options.csv) await write(`${renderCsvRecord(csvKeys)}\n`);
  for await (const lease of leases) {
    page.push(lease);
    if (page.length === pageSize) await flush();
  }
  await flush();
  if (options.json) await write(']\n');
  return count;
}

/** The table goes on from page to page, as wide as it has become. */
function renderPage(page: readonly MacLease[], widths: number[], first: boolean): string {
  const rows = page.map(rowOf);
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  const lines = first ? [headings, ...rows] : rows;
  return lines
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** Prints what an answer holds in one go. */
export function printSome(leases: readonly MacLease[], csv: boolean | undefined): void {
  if (csv) print(renderCsvRecord(csvKeys), ...leases.map(csvOf));
  else if (leases.length > 0) print(...renderLeases(leases));
}
