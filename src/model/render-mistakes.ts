import type { Mistake } from '../errors/app-error.ts';
import { escapeControls } from './quote-value.ts';

/** Characters of a source line that are shown around a mistake. */
const width = 120;

function renderSource(line: string, column: number): string[] {
  const flat = line.replaceAll('\t', ' ').replace(/\r$/, '');
  const start = column > width - 20 ? column - (width - 40) : 0;
  const visible = flat.slice(start, start + width);
  // Escapes are longer than what they stand for, so the caret is placed by the escaped text before it.
  const before = escapeControls(visible.slice(0, column - 1 - start)).length;
  const lead = start > 0 ? '…' : '';
  const tail = flat.length > start + width ? '…' : '';
  return [`    ${lead}${escapeControls(visible)}${tail}`, `    ${' '.repeat(before + lead.length)}^`];
}

function renderMistake(mistake: Mistake, file: string, lines: readonly string[] | undefined): string {
  const { line, column } = mistake;
  const place = line === undefined ? mistake.path : `${line}:${column ?? 1}`;
  const rendered = [`${file}:${place}: ${mistake.severity}: ${mistake.message}`];
  const source = line === undefined ? undefined : lines?.[line - 1];
  if (source !== undefined && source.trim() !== '') rendered.push(...renderSource(source, column ?? 1));
  if (mistake.path !== '') rendered.push(`    at ${escapeControls(mistake.path.slice(0, 200))}`);
  // The sentence often says it already.
  if (mistake.seen !== undefined && !mistake.message.includes(mistake.seen)) rendered.push(`    seen: ${mistake.seen}`);
  if (mistake.expected !== undefined && !mistake.message.includes(mistake.expected))
    rendered.push(`    expected: ${mistake.expected}`);
  return `${rendered.join('\n')}\n`;
}

/**
 * Mistakes as a compiler prints them: `site.yaml:12:5: error: …`, with the line and a caret when `text` is given,
 * where it is in the document, what was seen and what was expected.
 */
export function renderMistakes(mistakes: readonly Mistake[], file: string, text?: string): string {
  const lines = text?.split('\n');
  return mistakes.map((mistake) => renderMistake(mistake, file, lines)).join('');
}
