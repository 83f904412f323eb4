import type { LoadPair } from './load/generator.ts';

export interface BenchOptions {
  /** Fewer sizes and rounds, shorter runs. */
  readonly quick: boolean;
  readonly rounds: number;
  /** The core that the load runs on. */
  readonly core: number;
  /** Tells the person at the terminal how far the bench is. */
  readonly progress: (text: string) => void;
}

/** One promise of the project and what was seen. */
export interface Target {
  readonly text: string;
  readonly expected: string;
  readonly seen: string;
  readonly met: boolean;
}

/** A part's results: Markdown for the page, its targets, and the raw numbers. */
export interface Section {
  readonly title: string;
  readonly markdown: string;
  readonly targets: readonly Target[];
  readonly raw: unknown;
}

/** One part of the bench, for `--only NAME`. */
export interface Part {
  readonly name: string;
  run(options: BenchOptions, load: LoadPair): Promise<Section>;
}

/** A target of the kind "at least": a share or a factor. */
export function atLeast(text: string, seen: number, goal: number, render: (value: number) => string): Target {
  return { text, expected: `≥ ${render(goal)}`, seen: render(seen), met: seen >= goal };
}

export function atMost(text: string, seen: number, goal: number, render: (value: number) => string): Target {
  return { text, expected: `≤ ${render(goal)}`, seen: render(seen), met: seen <= goal };
}
