import { type FileHandle, open, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { removeFile, syncDirectory } from '../../system/files.ts';
import { readFrames, renderFrame } from './journal-format.ts';
import { JournalState } from './journal-state.ts';

const pattern = /^journal-(\d{1,15})$/;
const unfinished = /^journal-\d+\.new$/;

export const journalName = (number: number): string => `journal-${number}`;

/** Numbers of the journals in a directory, newest first. */
export async function listJournals(directory: string): Promise<number[]> {
  const numbers = (await readdir(directory)).flatMap((name) => pattern.exec(name)?.[1] ?? []).map(Number);
  return numbers.sort((a, b) => b - a);
}

/** A journal grows to this many times what it began with, and this much more, before the next one begins. */
const growth = 3;
const leastGrowth = 32 * 2 ** 20;

/**
 * What earlier writers left: the newest journal that is whole. `tell` hears of damage. What cannot be read at all is
 * passed over for the one before.
 */
export async function recover(
  directory: string,
  tell: (text: string) => void,
): Promise<{ state: JournalState; last: number }> {
  const numbers = await listJournals(directory);
  const last = numbers[0] ?? 0;
  for (const number of numbers) {
    const name = journalName(number);
    try {
      const bytes = await readFile(join(directory, name));
      const { entries, length, damaged } = await readFrames(bytes);
      const state = new JournalState();
      for (const frame of entries) state.apply(frame);
      if (damaged > 0) tell(`${name} is damaged: ${damaged} bytes were passed over`);
      if (length < bytes.length)
        tell(`${name} ended in ${bytes.length - length} bytes that were not finished; they were left out`);
      if (state.whole) return { state, last };
      tell(
        `${name} has no begin; ${numbers.length > 1 ? 'the one before it is taken' : 'what is in it counts all the same'}`,
      );
      if (numbers.length === 1) return { state, last };
    } catch (error) {
      tell(`${name} cannot be read: ${error instanceof Error ? error.message : error}`);
    }
  }
  return { state: new JournalState(), last };
}

/** The writer's side of the journal. Methods throw what the system says; what was not written whole is cut off. */
export class Journal {
  readonly #directory: string;
  #number: number;
  #file: FileHandle | undefined;
  #length = 0;
  #baseLength = 0;

  constructor(directory: string, lastNumber: number) {
    this.#directory = directory;
    this.#number = lastNumber;
  }

  /** True when so much of it is past that a new one should begin. */
  get stale(): boolean {
    return this.#file === undefined || this.#length > this.#baseLength * growth + leastGrowth;
  }

  async append(entries: Uint8Array): Promise<number> {
    const file = this.#file;
    if (file === undefined) throw new Error('there is no journal yet');
    const frame = await renderFrame(entries);
    try {
      await writeAll(file, frame, this.#length);
    } catch (error) {
      await file.truncate(this.#length);
      throw error;
    }
    this.#length += frame.length;
    return frame.length;
  }

  /** Begins a new journal with all that is known, then removes the ones before. */
  async rotate(frames: Iterable<Uint8Array>): Promise<void> {
    const number = this.#number + 1;
    const temporary = join(this.#directory, `${journalName(number)}.new`);
    const file = await open(temporary, 'w', 0o600);
    let length = 0;
    try {
      for (const entries of frames) {
        const frame = await renderFrame(entries);
        await writeAll(file, frame, length);
        length += frame.length;
      }
      await file.datasync();
      await rename(temporary, join(this.#directory, journalName(number)));
    } catch (error) {
      await file.close();
      await removeFile(temporary);
      throw error;
    }
    const before = this.#file;
    this.#file = file;
    this.#number = number;
    this.#length = length;
    this.#baseLength = length;
    await before?.close();
    await syncDirectory(this.#directory);
    for (const old of await listJournals(this.#directory)) {
      if (old < number) await removeFile(join(this.#directory, journalName(old)));
    }
    for (const name of await readdir(this.#directory)) {
      if (unfinished.test(name)) await removeFile(join(this.#directory, name));
    }
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}
