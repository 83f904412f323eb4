/** Nesting that is looked into for keys. */
const deepest = 40;

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;

/** Colons outside strings: as many as the text has keys. */
function countColons(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === colon) count += 1;
    if (code !== quote) continue;
    for (at += 1; at < text.length && text.charCodeAt(at) !== quote; at++)
      if (text.charCodeAt(at) === backslash) at += 1;
  }
  return count;
}

function countKeys(value: unknown, depth: number): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (depth > deepest) return Number.NaN;
  const list = Array.isArray(value);
  const parts: unknown[] = list ? value : Object.values(value);
  return parts.reduce((sum: number, part) => sum + countKeys(part, depth + 1), list ? 0 : parts.length);
}

/**
 * Reads JSON text. Undefined when it is none, when a key appears twice in one object (JSON.parse would keep the last
 * one only), or when it nests too deeply: then the YAML parser, for which JSON is YAML, says what is wrong and where.
 */
export function readJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Not JSON, or JSON with a mistake: the caller's YAML parser answers with its place.
    return undefined;
  }
  return countKeys(value, 0) === countColons(text) ? value : undefined;
}
