import { type FileHandle, open, stat } from 'node:fs/promises';
import { LineSplitter } from './line-splitter.ts';

/** How far a file was read. */
export interface FilePosition {
  readonly path: string;
  readonly device: number;
  readonly inode: number;
  /** Octets; the begin of the first line that was not handed out. */
  readonly offset: number;
}

/** Octets at once, and in one look: what a flood may cost of each look's quarter of a second. */
const chunkSize = 256 * 1024;
const mostAtOnce = 1024 * 1024;
/** Octets that it may lag behind; older lines than these are left out. */
const mostBehind = 256 * 1024 * 1024;

/**
 * Hands out the lines that a file gets, over rotation (another file under the same name) and truncation. Looks when it
 * is told to, so that it is the caller who says how often.
 */
export class FileFollower {
  readonly #path: string;
  readonly #take: (line: Buffer) => void;
  readonly #lines = new LineSplitter();
  readonly #buffer = Buffer.alloc(chunkSize);
  #handle: FileHandle | undefined;
  #file = { device: 0, inode: 0 };
  #read = 0;
  /** Octets that were left out because it came too far behind. */
  skipped = 0;

  constructor(path: string, take: (line: Buffer) => void) {
    this.#path = path;
    this.#take = take;
  }

  get tooLong(): number {
    return this.#lines.tooLong;
  }

  /**
   * Opens the file: where it was left, if it still is that file; from its begin when it is a new one since then; at its
   * end when it was never read. Rejects when there is none.
   */
  async begin(from: FilePosition | undefined): Promise<void> {
    const known = from?.path === this.#path ? from : undefined;
    // What was written before the rotation that happened meanwhile, where logrotate left it.
    const before = known && (await this.#openIf(`${this.#path}.1`, known));
    if (before) await this.#rest();
    await this.#open(known === undefined);
    if (known && !before && this.#is(known) && known.offset <= (await this.#size())) this.#read = known.offset;
  }

  /** Reads what is new. Rejects when the file is gone or cannot be read; it may come back. */
  async look(): Promise<void> {
    if (this.#handle === undefined) await this.#open(false);
    const now = await stat(this.#path).catch(() => undefined);
    const rotated = now !== undefined && (now.ino !== this.#file.inode || now.dev !== this.#file.device);
    const whole = await this.#readOn();
    // The old file is read to its end before the new one is begun; it may take several looks.
    if (rotated && whole) await this.#open(false);
    if (now === undefined) throw new Error(`"${this.#path}" is gone`);
  }

  position(): FilePosition {
    return { path: this.#path, ...this.#file, offset: this.#read - this.#lines.pending };
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  #is({ device, inode }: FilePosition): boolean {
    return device === this.#file.device && inode === this.#file.inode;
  }

  async #size(): Promise<number> {
    return (await this.#handle?.stat())?.size ?? 0;
  }

  async #open(atEnd: boolean): Promise<void> {
    const handle = await open(this.#path, 'r');
    await this.close();
    this.#handle = handle;
    const { dev, ino, size } = await handle.stat();
    this.#file = { device: dev, inode: ino };
    this.#read = atEnd ? size : 0;
    this.#lines.forget();
  }

  /** Opens a file if it is the one that was read before, at its place. */
  async #openIf(path: string, known: FilePosition): Promise<boolean> {
    const found = await stat(path).catch(() => undefined);
    if (found?.ino !== known.inode || found.dev !== known.device || found.size < known.offset) return false;
    this.#handle = await open(path, 'r');
    this.#file = { device: found.dev, inode: found.ino };
    this.#read = known.offset;
    return true;
  }

  /** Whether the end was reached. */
  async #readOn(): Promise<boolean> {
    const size = await this.#size();
    if (size < this.#read) {
      this.#read = 0;
      this.#lines.forget();
    }
    if (size - this.#read > mostBehind) {
      const to = size - mostBehind / 2;
      this.skipped += to - this.#read;
      this.#read = to;
      this.#lines.forget();
    }
    for (let done = 0; done < mostAtOnce; ) {
      const { bytesRead } = (await this.#handle?.read(this.#buffer, 0, chunkSize, this.#read)) ?? { bytesRead: 0 };
      if (bytesRead === 0) return true;
      this.#read += bytesRead;
      done += bytesRead;
      this.#lines.feed(this.#buffer.subarray(0, bytesRead), this.#take);
    }
    return false;
  }

  async #rest(): Promise<void> {
    while (!(await this.#readOn()));
  }
}
