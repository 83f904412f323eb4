import type { EventLoopTurn } from './event-loop-turn.ts';

/** Rows of one statement: enough to be quick, few enough for the parameter limits of every database. */
const chunkRows = 100;

/** Writes rows some at a time, and lets the event loop go now and then. */
export async function inChunks<T>(
  turn: EventLoopTurn,
  rows: readonly T[],
  write: (chunk: T[]) => Promise<unknown>,
): Promise<void> {
  for (let start = 0; start < rows.length; start += chunkRows) {
    await turn.pause();
    await write(rows.slice(start, start + chunkRows));
  }
}
