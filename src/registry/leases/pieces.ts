import type { EventLoopTurn } from '../event-loop-turn.ts';

/** Rows that one statement reads or writes: a few milliseconds. */
const pieceRows = 500;

/** Rows some at a time; between two pieces the event loop goes, when it is time. */
export async function* piecesOf<T>(turn: EventLoopTurn, rows: readonly T[]): AsyncGenerator<T[]> {
  for (let start = 0; start < rows.length; start += pieceRows) {
    if (start > 0) await turn.pause();
    yield rows.slice(start, start + pieceRows);
  }
}
