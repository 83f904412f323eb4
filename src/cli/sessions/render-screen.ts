import { plainLine } from '../output.ts';
import { fitColumns, guestColumns, sessionColumns, withRates } from './columns.ts';
import { renderFilterLine } from './filter-options.ts';
import { renderCount, renderSessionCount } from './print-sessions.ts';
import type { Shown, Watched } from './watched.ts';

/** All that is to be seen. */
export interface ScreenState {
  readonly watched: Watched;
  readonly shown: Shown;
  /** First row that is shown. */
  readonly top: number;
  /** What went wrong last. */
  readonly message?: string;
  /** The filter that is being typed. */
  readonly typed?: string;
}

/** Lines before and after the rows. */
const frameLines = 4;

/** Rows that there is room for. */
export const roomFor = (rows: number): number => Math.max(1, rows - frameLines);

interface Screen {
  readonly lines: readonly string[];
  /** Where the cursor stands in the last line, while a filter is typed. */
  readonly cursor?: number;
}

/** Colours that the lines of a screen may have. */
type Paint = (colour: 'bold' | 'yellow' | 'dim', text: string) => string;

function renderHead({ watched, shown }: ScreenState): string {
  const { count, max } = shown.table;
  const fill = max === 0 ? '' : ` (${((count / max) * 100).toFixed(0)} %)`;
  const guests = shown.rows.kind === 'guests' ? ` of ${renderCount(shown.total)} guests` : '';
  const table = `table ${renderCount(count)} of ${renderCount(max)}${fill}`;
  return `${renderSessionCount(shown.sessions)}${guests}   ${table}   sorted by ${watched.sort}`;
}

function renderSecond({ watched: { filter }, message }: ScreenState, paint: Paint, columns: number): string {
  if (message !== undefined) return paint('yellow', plainLine(message).slice(0, columns));
  const text = renderFilterLine(filter);
  return text === '' ? '' : paint('dim', `filter: ${text}`.slice(0, columns));
}

function renderRows({ shown, top }: ScreenState, room: number, columns: number): string[] {
  const { rows, at } = shown;
  if (rows.kind === 'guests') return fitColumns(withRates(guestColumns()), rows.list.slice(top, top + room), columns);
  return fitColumns(withRates(sessionColumns(at)), rows.list.slice(top, top + room), columns);
}

function renderKeys({ watched: { byGuest }, shown, top }: ScreenState, room: number): string {
  const { length } = shown.rows.list;
  const place = length > room ? `   ${top + 1}-${Math.min(top + room, length)} of ${renderCount(shown.total)}` : '';
  return `q quit  s sort  g by ${byGuest ? 'session' : 'guest'}  / filter  arrows, pages scroll${place}`;
}

/** As many lines as the terminal has, none wider than it. */
export function renderScreen(state: ScreenState, size: { columns: number; rows: number }, paint: Paint): Screen {
  const { columns, rows } = size;
  const room = roomFor(rows);
  const [headings = '', ...body] = renderRows(state, room, columns);
  const lines = [
    renderHead(state).slice(0, columns),
    renderSecond(state, paint, columns),
    paint('bold', headings),
    ...body,
    ...Array.from({ length: Math.max(0, room - body.length) }, () => ''),
  ].slice(0, Math.max(0, rows - 1));
  if (state.typed === undefined) return { lines: [...lines, paint('dim', renderKeys(state, room).slice(0, columns))] };
  // What is typed last must be seen.
  const line = `/${state.typed}`.slice(-(columns - 1));
  return { lines: [...lines, line], cursor: line.length };
}
