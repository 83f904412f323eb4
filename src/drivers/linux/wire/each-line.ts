import { setImmediate as nextTurn } from 'node:timers/promises';

/** Milliseconds of reading after which others on the event loop go first. */
const longTurn = 4;
const lookEvery = 200;

/** Hands out the lines of a text, which may be tens of thousands, and lets the event loop go between them. */
export async function eachLine(text: string, take: (line: string) => void): Promise<void> {
  let since = performance.now();
  let count = 0;
  for (let start = 0; start < text.length; ) {
    const found = text.indexOf('\n', start);
    const end = found < 0 ? text.length : found;
    if (end > start) take(text.slice(start, end));
    start = end + 1;
    if (++count % lookEvery === 0 && performance.now() - since > longTurn) {
      await nextTurn();
      since = performance.now();
    }
  }
}
