import { AppError } from '../errors/app-error.ts';

/** Nothing in a request nests deeper; what does would cost JSON.parse and everything recursive after it dearly. */
const deepest = 16;

/**
 * Nothing in a request lists more. The schemas look at each item before they count them: millions of wrong ones would
 * be millions of mistakes in memory.
 */
const longest = 100_000;

const quote = 0x22;
const comma = 0x2c;
const backslash = 0x5c;
const opening = new Set([0x5b, 0x7b]);
const closing = new Set([0x5d, 0x7d]);

/** Offset of the quote that ends the text which begins after `start`; the end of `json` when there is none. */
function endOfText(json: string, start: number): number {
  for (let at = json.indexOf('"', start); at >= 0; at = json.indexOf('"', at + 1)) {
    let escapes = at - 1;
    while (json.charCodeAt(escapes) === backslash) escapes -= 1;
    if ((at - escapes) % 2 === 1) return at;
  }
  return json.length;
}

/**
 * Throws `request-invalid` for JSON that nests deeper than any request does, or holds a longer list or object. Takes time
 * by length alone.
 */
export function refuseDeepJson(json: string): void {
  let depth = 0;
  /** Commas so far, by depth. */
  const commas = new Uint32Array(deepest + 2);
  for (let at = 0; at < json.length; at += 1) {
    const code = json.charCodeAt(at);
    if (code === quote) at = endOfText(json, at + 1);
    else if (opening.has(code)) {
      depth += 1;
      if (depth > deepest) throw new AppError('request-invalid', `The body nests deeper than ${deepest} levels.`);
      commas[depth] = 0;
    } else if (closing.has(code)) depth -= 1;
    else if (code === comma && depth > 0) {
      const count = (commas[depth] ?? 0) + 1;
      if (count >= longest)
        throw new AppError('request-invalid', `The body has a list or object of more than ${longest} entries.`);
      commas[depth] = count;
    }
  }
}
