import type { KeyboardEvent } from 'react';

/** Frames in which a row that was scrolled to must have been drawn. */
const patience = 20;

interface Rows {
  readonly frame: HTMLElement | null;
  readonly count: number;
  /** Pixels of one. */
  readonly size: number;
  readonly scrollTo: (index: number) => void;
}

/** Up, down, page up, page down, home and end go from row to row; one that is not drawn yet is scrolled to first. */
export function moveByKey(event: KeyboardEvent<HTMLElement>, { frame, count, size, scrollTo }: Rows): void {
  const from = event.target as HTMLElement;
  if (frame === null || count === 0 || from.tagName === 'INPUT' || event.altKey || event.ctrlKey || event.metaKey)
    return;
  const here = from.closest<HTMLElement>('[data-index]');
  const now = here === null ? -1 : Number(here.dataset.index);
  const page = Math.max(1, Math.floor(frame.clientHeight / size) - 2);
  const places: Readonly<Record<string, number>> = {
    ArrowDown: now + 1,
    ArrowUp: now - 1,
    PageDown: now + page,
    PageUp: now - page,
    Home: 0,
    End: count - 1,
  };
  const wanted = places[event.key];
  if (wanted === undefined) return;
  event.preventDefault();
  const next = Math.min(count - 1, Math.max(0, wanted));
  scrollTo(next);
  const focus = (tries: number): void => {
    const target = frame.querySelector<HTMLElement>(`[data-index="${next}"] :is(a, button)`);
    if (target) target.focus({ preventScroll: true });
    else if (tries > 0) requestAnimationFrame(() => focus(tries - 1));
  };
  requestAnimationFrame(() => focus(patience));
}
