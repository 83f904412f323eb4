import { parse } from 'csv-parse/sync';

/** One row of a table. */
export interface Row {
  /** Line that it begins in, from 1; of a row that holds line breaks, one of its lines. */
  readonly line: number;
  readonly cells: readonly string[];
}

const separators = [',', ';', '\t', '|'] as const;

/** A heading as it is compared: `MAC Address` and `mac_address` are one. */
export const plainHeading = (heading: string): string => heading.toLowerCase().replace(/[^a-z0-9]/g, '');

/** First line of a table. */
export const headingOf = (text: string): string =>
  text
    .replace(/^\uFEFF/, '')
    .trimStart()
    .split(/[\r\n]/, 1)[0] ?? '';

/** The character that cuts the heading into the most columns. */
export function separatorOf(heading: string): string {
  const count = (separator: string): number => heading.split(separator).length;
  return separators.reduce((best, separator) => (count(separator) > count(best) ? separator : best));
}

/** Lines that are parsed together. */
const chunkLines = 1000;
/** Lines that one row may have; a quotation that is still open then was never meant to be one. */
const rowLines = 100;

interface Parsed {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/** `first` is the number of the first of the lines. Throws what csv-parse throws. */
function parseLines(lines: readonly string[], first: number, delimiter: string): Row[] {
  const parsed = parse(lines.join('\n'), {
    delimiter,
    info: true,
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    trim: true,
  }) as unknown as Parsed[];
  return parsed.map(({ record, info }) => ({ line: first + info.lines - 1, cells: record }));
}

/** Whether the quotation marks of a line leave a quotation open that was closed before it, or the other way round. */
const turns = (line: string): boolean => {
  let odd = false;
  for (let at = line.indexOf('"'); at >= 0; at = line.indexOf('"', at + 1)) odd = !odd;
  return odd;
};

/** Index after the last line of a group of at least `least` lines that ends outside of a quotation, if it can. */
function endOfGroup(lines: readonly string[], start: number, least: number): number {
  let open = false;
  const limit = Math.min(lines.length, start + least + rowLines);
  for (let at = start; at < limit; at++) {
    if (turns(lines[at] as string)) open = !open;
    if (!open && at + 1 - start >= least) return at + 1;
  }
  return limit;
}

/**
 * Rows of a table (RFC 4180), with any separator. A row that cannot be read is told to `refuse`, with its line, and the
 * others are read all the same: csv-parse on its own would lose what follows a quotation mark that is never closed.
 */
export function* readRows(
  text: string,
  delimiter: string,
  refuse: (line: number, reason: string) => void,
): Generator<Row> {
  const lines = text.split(text.includes('\n') ? '\n' : '\r');
  for (let start = 0; start < lines.length; ) {
    const end = endOfGroup(lines, start, chunkLines);
    yield* tryRows(lines.slice(start, end), start + 1, delimiter) ?? readOneByOne(lines, start, end, delimiter, refuse);
    start = end;
  }
}

function tryRows(lines: readonly string[], first: number, delimiter: string): Row[] | undefined {
  try {
    return parseLines(lines, first, delimiter);
  } catch {
    // One of the rows is broken; which one shows when each is parsed alone.
    return undefined;
  }
}

function* readOneByOne(
  lines: readonly string[],
  start: number,
  end: number,
  delimiter: string,
  refuse: (line: number, reason: string) => void,
): Generator<Row> {
  for (let at = start; at < end; ) {
    const next = endOfGroup(lines, at, 1);
    const rows = next - at > 1 && next <= end ? tryRows(lines.slice(at, next), at + 1, delimiter) : undefined;
    if (rows) {
      yield* rows;
      at = next;
      continue;
    }
    try {
      yield* parseLines([lines[at] as string], at + 1, delimiter);
    } catch (error) {
      refuse(at + 1, (error as Error).message.replace(/ at line \d+(.*)$/, '$1'));
    }
    at += 1;
  }
}
