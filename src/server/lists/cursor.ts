import { createHash } from 'node:crypto';
import { AppError } from '../../errors/app-error.ts';

/** Where a list goes on; what it means is its source's business. */
export type Position = readonly (string | number)[];

/** Characters; the longest key is a name of 255, percent-encoded nowhere. */
export const longestCursor = 2048;

/** Says of which list a position is, so that one of another list is refused and not misread. */
const markOf = (list: string): string => createHash('sha256').update(list).digest('base64url').slice(0, 6);

/** A position as the opaque text that `next` is. `list`: path and order of the list. */
export function renderCursor(list: string, position: Position): string {
  return Buffer.from(JSON.stringify([markOf(list), ...position])).toString('base64url');
}

function mistaken(cursor: string): AppError {
  const shown = JSON.stringify(cursor.slice(0, 80));
  return new AppError(
    'request-invalid',
    `Query after ${shown} is not the \`next\` of a page of this list in this order; expected one that a page answered, or none for the first page.`,
  );
}

/** Reads what `renderCursor` wrote for the same list; `request-invalid` for anything else. */
export function parseCursor(list: string, cursor: string): Position {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    throw mistaken(cursor);
  }
  if (!Array.isArray(value) || value[0] !== markOf(list)) throw mistaken(cursor);
  const position = value.slice(1);
  const fits = position.every((part) => typeof part === 'string' || Number.isSafeInteger(part));
  if (!fits || position.length === 0) throw mistaken(cursor);
  return position;
}
