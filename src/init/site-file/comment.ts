/** Columns that prose is wrapped to. */
const width = 110;

/**
 * Text as comment lines, wrapped. What a comment quotes was written by others: everything that could end the line, move
 * a terminal's cursor or turn the reading direction becomes `?`. A space follows every `#`, so that comments can be told
 * from entries that are only switched off.
 */
export function comment(text: string, indent = 0): string[] {
  const words = text
    .replace(/[\p{C}\p{Zl}\p{Zp}\ufffd]/gu, '?')
    .split(' ')
    .filter((word) => word !== '');
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    if (line !== '' && line.length + word.length + 1 + indent > width) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((part) => `${' '.repeat(indent)}# ${part}`);
}

/** One line that is not wrapped: a command to copy, or an entry of a list. */
export function commentLine(text: string, indent = 0): string {
  return `${' '.repeat(indent)}#   ${text.replace(/[\p{C}\p{Zl}\p{Zp}\ufffd]/gu, '?').slice(0, 400)}`;
}

/** An entry that is switched off: without its `#` it is part of the site. */
export function switchedOff(entry: string, indent: number, about = ''): string {
  const note = about === '' ? '' : `   # ${about.replace(/[\p{C}\p{Zl}\p{Zp}\ufffd]/gu, '?').slice(0, 200)}`;
  return `${' '.repeat(indent)}#${entry}${note}`;
}

/** The text with every entry switched on. */
export function switchOn(text: string): string {
  return text.replace(/^( *)#(?=[a-z-])/gm, '$1');
}
