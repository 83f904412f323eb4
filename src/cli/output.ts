import { styleText } from 'node:util';

type Colour = 'red' | 'green' | 'yellow' | 'bold' | 'dim';

/** Coloured on a terminal only, and not with NO_COLOR (https://no-color.org). `stream` is where it will be written. */
export function paint(colour: Colour, text: string, stream: NodeJS.WriteStream = process.stderr): string {
  return styleText(colour, text, { stream, validateStream: true });
}

/** Text from elsewhere without the control characters that a terminal would obey. */
export function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** The same as one line: what a cell of a table may hold. */
export function plainLine(text: string): string {
  return plain(text).replaceAll('\n', '\\n').replaceAll('\t', '\\t');
}

/** Writes lines to stdout. */
export function print(...lines: string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Writes a value to stdout for machines; nothing else is written there with --json. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Columns as wide as their widest cell, two spaces apart; numbers belong right, so a heading may begin with `>`. */
export function renderTable(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const right = headings.map((heading) => heading.startsWith('>'));
  const table = [headings.map((heading) => heading.replace(/^>/, '')), ...rows.map((row) => row.map(plainLine))];
  const widths = headings.map((_, column) => Math.max(...table.map((row) => (row[column] ?? '').length)));
  return table.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return right[column] ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
}

/** Local date and time to the second, `2026-03-01 14:32:07`. `at` is milliseconds since the epoch. */
export function renderTime(at: number): string {
  const date = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return date.toISOString().slice(0, 19).replace('T', ' ');
}

/** `999 B`, `1.5 MB`, `20 GB`: powers of ten, two digits or three. */
export function renderBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let unit = 0;
  let size = bytes;
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  const digits = unit === 0 || size >= 9.95 ? 0 : 1;
  return `${size.toFixed(digits)} ${units[unit]}`;
}
