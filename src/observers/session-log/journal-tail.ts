import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { journalName, listJournals } from './journal.ts';
import { readFrames } from './journal-format.ts';
import { JournalState } from './journal-state.ts';

/** Bytes of a journal that are read at once. */
const chunk = 2 ** 20;

/** What is not packed yet, as a reader sees it: follows the newest journal as it grows. */
export class JournalTail {
  readonly #directory: string;
  #number = 0;
  #file: FileHandle | undefined;
  #at = 0;
  #state = new JournalState();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** What the journal tells up to now. */
  async follow(): Promise<JournalState> {
    const [newest] = await listJournals(this.#directory);
    if (newest !== undefined && newest !== this.#number) await this.#begin(newest);
    if (this.#file !== undefined) await this.#read(this.#file);
    return this.#state;
  }

  async #begin(number: number): Promise<void> {
    let file: FileHandle;
    try {
      file = await open(join(this.#directory, journalName(number)));
    } catch (error) {
      // The next one has come meanwhile: it is found the next time, what is known of this one is hardly older.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw error;
    }
    await this.close();
    this.#file = file;
    this.#number = number;
    this.#at = 0;
    this.#state = new JournalState();
  }

  async #read(file: FileHandle): Promise<void> {
    // Most of the time there is nothing new, or a little.
    const { size } = await file.stat();
    if (size <= this.#at) return;
    let room = Math.min(chunk, size - this.#at);
    for (;;) {
      const bytes = new Uint8Array(room);
      const { bytesRead } = await file.read(bytes, 0, room, this.#at);
      const { entries, length } = await readFrames(bytes.subarray(0, bytesRead));
      for (const frame of entries) {
        // A frame is some milliseconds of work, and hundreds of them may wait.
        await nextTurn();
        this.#state.apply(frame);
      }
      this.#at += length;
      if (bytesRead < room) return;
      // Not even one frame: it is longer than what was read.
      if (length === 0) room *= 2;
    }
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }
}
