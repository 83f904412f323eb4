import { type Label, parseLabel } from './names.ts';

/** A name made into an RFC 1123 label: `Web 1 (old)` → `web-1-old`. `fallback` when nothing is left of it. */
export function labelOf(name: string, fallback: string): Label {
  const text = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 60)
    .replace(/^-+|-+$/g, '');
  return parseLabel(text === '' ? fallback : text);
}
