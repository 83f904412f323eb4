import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { segmentName } from './day.ts';
import { type IndexedBlock, readHeader, readIndex, renderIndex } from './segment-index.ts';

/** Opens without cutting what is in it; creates it when it is not there and that is asked for. */
async function openForWriting(path: string, create: boolean): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return create ? open(path, 'wx+', 0o600) : undefined;
  }
}

/** The writer's side of the files of days. */
export class Segments {
  readonly #directory: string;
  readonly #onDamage: (text: string) => void;
  /** Up to where each file that was looked at is whole. */
  readonly #lengths = new Map<number, number>();

  constructor(directory: string, onDamage: (text: string) => void) {
    this.#directory = directory;
    this.#onDamage = onDamage;
  }

  /** Answers `absent` when there is no such file. */
  async #withFile<T>(day: number, absent: T, use: (file: FileHandle, length: number) => Promise<T>): Promise<T> {
    const file = await openForWriting(join(this.#directory, segmentName(day)), false);
    return file === undefined ? absent : this.#use(file, day, use);
  }

  async #use<T>(file: FileHandle, day: number, use: (file: FileHandle, length: number) => Promise<T>): Promise<T> {
    try {
      let length = this.#lengths.get(day);
      // Shorter than it was: somebody removed it, and this is another.
      if (length === undefined || (await file.stat()).size < length) {
        length = await this.#mend(file, day);
        this.#lengths.set(day, length);
      }
      return await use(file, length);
    } finally {
      await file.close();
    }
  }

  /** Cuts off what an earlier writer did not finish; its sessions are in the journal. */
  async #mend(file: FileHandle, day: number): Promise<number> {
    const { size } = await file.stat();
    const index = await readIndex(file, size);
    for (const { from, to } of index.damaged) {
      this.#onDamage(
        `${segmentName(day)} is damaged from byte ${from} to ${to}: the sessions that stood there are lost`,
      );
    }
    if (index.length < size) {
      await file.truncate(index.length);
      this.#onDamage(
        `${segmentName(day)} ended in ${size - index.length} bytes that were not finished; they were cut off`,
      );
    }
    return index.length;
  }

  /** Numbers of the batches in the file of a day. */
  batches(day: number): Promise<Set<number>> {
    return this.#withFile(day, new Set<number>(), async (file, length) => {
      const { blocks } = await readIndex(file, length);
      return new Set(blocks.map(({ batch }) => batch));
    });
  }

  /** Adds to the end, all or nothing, durable when it resolves; throws what the system says. Answers the bytes added. */
  async append(day: number, parts: readonly Uint8Array[]): Promise<number> {
    const opened = await openForWriting(join(this.#directory, segmentName(day)), true);
    return this.#use(opened as FileHandle, day, async (file, length) => {
      let at = length;
      try {
        for (const part of parts) {
          for (let done = 0; done < part.length; ) {
            const { bytesWritten } = await file.write(part, done, part.length - done, at);
            done += bytesWritten;
            at += bytesWritten;
          }
        }
        await file.datasync();
      } catch (error) {
        await file.truncate(length);
        throw error;
      }
      this.#lengths.set(day, at);
      return at - length;
    });
  }

  /** Gives the file of a day that is over its index. */
  async close(day: number): Promise<number> {
    const parts = await this.#withFile<Uint8Array[]>(day, [], async (file, length) => {
      const { blocks, closed } = await readIndex(file, length);
      if (closed || blocks.length === 0) return [];
      const headers: Uint8Array[] = [];
      for (const block of blocks as IndexedBlock[]) headers.push(await readHeader(file, block));
      return [await renderIndex(blocks, headers, length)];
    });
    return parts.length === 0 ? 0 : this.append(day, parts);
  }

  forget(day: number): void {
    this.#lengths.delete(day);
  }
}
