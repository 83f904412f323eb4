import { useSyncExternalStore } from 'react';

/** Work that takes long, as it is shown above every view: one may go elsewhere meanwhile. */
export interface LongWork {
  readonly id: number;
  readonly title: string;
  readonly done: number;
  readonly total: number;
  readonly state: 'running' | 'done' | 'stopped' | 'failed';
  readonly error?: unknown;
  readonly stop: () => void;
}

let works: readonly LongWork[] = [];
let ids = 0;
const listeners = new Set<() => void>();

function put(next: readonly LongWork[]): void {
  works = next;
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** Work that is under way, or ended and was not put away yet. */
export function useLongWork(): readonly LongWork[] {
  return useSyncExternalStore(subscribe, () => works);
}

/** Puts work away that has ended. */
export function forgetWork(id: number): void {
  put(works.filter((work) => work.id !== id));
}

/**
 * Does work in steps while the page shows how far it is. `step` does the next one and answers how much is done by then;
 * it is called until that is `total`, or somebody stops it. Rejects with what a step rejects with.
 */
export async function runLongWork(
  title: string,
  total: number,
  step: (done: number) => Promise<number>,
): Promise<'done' | 'stopped'> {
  ids += 1;
  const id = ids;
  let stopped = false;
  const change = (part: Partial<LongWork>): void =>
    put(works.map((work) => (work.id === id ? { ...work, ...part } : work)));
  const stop = (): void => {
    stopped = true;
  };
  put([...works, { id, title, done: 0, total, state: 'running', stop }]);
  try {
    for (let done = 0; done < total && !stopped; ) {
      done = await step(done);
      change({ done });
    }
    const state = stopped ? 'stopped' : 'done';
    change({ state });
    return state;
  } catch (error) {
    change({ state: 'failed', error });
    throw error;
  }
}
