import { AppError } from '../errors/app-error.ts';

/** A value of JSON as it comes from somebody else's tool. */
export type Json = unknown;

/** A member of an object; undefined for what is no object, or has no such member of its own. */
export function member(value: Json, key: string): Json {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

/** The same, deeper. */
export function memberAt(value: Json, ...keys: readonly string[]): Json {
  return keys.reduce<Json>(member, value);
}

/** Entries of a list; none for what is no list. */
export const entriesOf = (value: Json): readonly Json[] => (Array.isArray(value) ? value : []);

/** Text, or a number as text; undefined for anything else. */
export function textOf(value: Json): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : undefined;
}

export const isObject = (value: Json): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Reads one JSON document or several that follow each other, as `cat` and shell loops make them. Throws
 * `import-unreadable`.
 */
export function readJsonTexts(text: string): Json[] {
  try {
    return [JSON.parse(text)];
  } catch (error) {
    const parts = splitDocuments(text);
    if (parts.length < 2) throw unreadable(error as Error);
    return parts.map(({ start, end }, i) => {
      try {
        return JSON.parse(text.slice(start, end)) as Json;
      } catch (cause) {
        throw unreadable(cause as Error, i + 1);
      }
    });
  }
}

function unreadable(cause: Error, document?: number): AppError {
  const which = document === undefined ? 'The text' : `Document ${document} of the text`;
  return new AppError('import-unreadable', `${which} looks like JSON and is none: ${cause.message.slice(0, 300)}.`, {
    cause,
  });
}

/** Where the objects and lists at the top of a text begin and end, by their brackets outside of strings. */
function splitDocuments(text: string): { start: number; end: number }[] {
  const parts: { start: number; end: number }[] = [];
  const marks = /["{}[\]]/g;
  let depth = 0;
  let start = 0;
  for (let mark = marks.exec(text); mark; mark = marks.exec(text)) {
    const character = mark[0];
    if (character === '"') {
      const end = endOfString(text, mark.index);
      if (end < 0) break;
      marks.lastIndex = end;
    } else if (character === '{' || character === '[') {
      if (depth === 0) start = mark.index;
      depth += 1;
    } else {
      depth -= 1;
      if (depth < 0) break;
      if (depth === 0) parts.push({ start, end: mark.index + 1 });
    }
  }
  if (depth > 0) parts.push({ start, end: text.length });
  return parts;
}

/** Index after the quotation mark that closes the string at `start`; -1 when none does. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at += 1;
    else if (code === 0x22) return at + 1;
  }
  return -1;
}
