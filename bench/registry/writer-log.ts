import { openSync, readFileSync, writeSync } from 'node:fs';

/** What one writer knows of its own leases, after it was killed too. */
export interface WriterMemory {
  /** Acknowledged and not asked to be released: these must be there. Id to MAC. */
  readonly held: Map<number, string>;
  /** Release acknowledged: these must not be held any more. */
  readonly released: Set<number>;
  /** Asked to be released without an answer: either may be true. */
  readonly unsure: Set<number>;
  /** Requests without an answer: key to count; the answer to the same request again must be one. */
  readonly open: Map<string, number>;
  /** Leases and releases that were acknowledged. */
  operations: number;
}

/**
 * A writer's log, one line for each step, written before anything else is done: `k KEY COUNT` a request is sent,
 * `+ KEY ID=MAC …` it was answered, `? ID …` a release is sent, `- ID …` it was answered.
 */
export class WriterLog {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, 'a');
  }

  line(...words: readonly (string | number)[]): void {
    writeSync(this.#file, `${words.join(' ')}\n`);
  }
}

/** Reads a log; a last line that was cut off counts as not written. */
export function readWriterLog(path: string): WriterMemory {
  const memory: WriterMemory = {
    held: new Map(),
    released: new Set(),
    unsure: new Set(),
    open: new Map(),
    operations: 0,
  };
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const lines = text.split('\n');
  lines.pop();
  for (const line of lines) {
    const [kind, ...words] = line.split(' ');
    if (kind === 'k') memory.open.set(words[0] as string, Number(words[1]));
    else if (kind === '+') answered(memory, words);
    else for (const id of words.map(Number)) noteRelease(memory, kind as '?' | '-', id);
  }
  return memory;
}

function answered(memory: WriterMemory, [key, ...pairs]: readonly string[]): void {
  memory.open.delete(key as string);
  memory.operations += pairs.length;
  for (const pair of pairs) {
    const [id, mac] = pair.split('=') as [string, string];
    memory.held.set(Number(id), mac);
  }
}

function noteRelease(memory: WriterMemory, kind: '?' | '-', id: number): void {
  memory.held.delete(id);
  if (kind === '?') {
    memory.unsure.add(id);
    return;
  }
  memory.unsure.delete(id);
  memory.released.add(id);
  memory.operations++;
}
