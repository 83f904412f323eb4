import type { JournalRecord } from '../../model/journal/journal-record.ts';

const parsed = (json: string | null): unknown => (json === null ? null : JSON.parse(json));

/** One line of JSON (jsonlines.org) with everything that the chain is made of. */
export function renderJsonLine(record: JournalRecord): string {
  const { origin, before, after, owners, id, at, kind, who, text, ...chain } = record;
  const { salt, digest, previous, hash } = chain;
  const values = { before: parsed(before), after: parsed(after), owners: parsed(owners) };
  return `${JSON.stringify({ id, at, kind, who, from: origin, text, ...values, salt, digest, previous, hash })}\n`;
}

const columns = [
  'id',
  'time',
  'at',
  'kind',
  'who',
  'from',
  'text',
  'before',
  'after',
  'owners',
  'digest',
  'previous',
  'hash',
];

/** First line of a CSV export. */
export const csvHeading = `${columns.join(',')}\r\n`;

/** One record of RFC 4180. `time` is ISO 8601 in UTC, `at` the same in milliseconds since the epoch. */
export function renderCsv(record: JournalRecord): string {
  const { id, at, kind, who, origin, text, before, after, owners, digest, previous, hash } = record;
  const time = new Date(at).toISOString();
  const cells = [id, time, at, kind, who, origin, text, before, after, owners, digest, previous, hash];
  return `${cells.map(renderCell).join(',')}\r\n`;
}

/** What a spreadsheet would take for a formula begins with an apostrophe, which it does not show. */
function renderCell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
