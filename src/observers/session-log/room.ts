import { readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { removeFile } from '../../system/files.ts';
import { parseSegmentName, renderDay, segmentName } from './day.ts';
import type { LogEvent, SessionLogOptions } from './session-log.ts';

/** A clock that jumped makes every day look old: more than this many at once, or all of some, go only when it has stayed so. */
const believableDays = 7;
const believeAfter = 3_600_000;

type Bounds = Pick<SessionLogOptions, 'keepDays' | 'mostBytes'>;

/** Which days are kept: by age, by the room that all may have together, and by what is free on the disk. */
export class Room {
  readonly #options: SessionLogOptions;
  readonly #tell: (kind: LogEvent['kind'], text: string) => void;
  readonly #onRemoved: (day: number) => void;
  #bounds: Bounds;
  #suspiciousSince: number | undefined;
  /** Bytes of all files, as of the last look. */
  bytes = 0;
  oldest: number | undefined;

  constructor(
    options: SessionLogOptions,
    tell: (kind: LogEvent['kind'], text: string) => void,
    onRemoved: (day: number) => void,
  ) {
    this.#options = options;
    this.#bounds = options;
    this.#tell = tell;
    this.#onRemoved = onRemoved;
  }

  configure(bounds: Bounds): void {
    this.#bounds = bounds;
  }

  /** Looks at the directory: days that have a file, oldest first. */
  async look(): Promise<number[]> {
    const days: number[] = [];
    let bytes = 0;
    for (const name of await readdir(this.#options.directory)) {
      const day = parseSegmentName(name);
      if (day !== undefined) days.push(day);
      try {
        bytes += (await stat(join(this.#options.directory, name))).size;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
    days.sort((a, b) => a - b);
    this.bytes = bytes;
    this.oldest = days[0];
    return days;
  }

  async #remove(day: number): Promise<void> {
    await removeFile(join(this.#options.directory, segmentName(day)));
    this.#onRemoved(day);
  }

  /** Removes days that are older than what is kept. */
  async expire(monotonic: number): Promise<void> {
    const today = Math.floor(this.#options.now() / 86_400_000);
    const days = await this.look();
    const old = days.filter((day) => day < today - this.#bounds.keepDays);
    if (old.length <= believableDays && (old.length < 2 || old.length < days.length)) this.#suspiciousSince = undefined;
    else {
      this.#suspiciousSince ??= monotonic;
      if (monotonic - this.#suspiciousSince < believeAfter) return;
    }
    if (old.length === 0) return;
    for (const day of old) await this.#remove(day);
    const which =
      old.length === 1 ? renderDay(old[0] as number) : `${old.length} days up to ${renderDay(old.at(-1) as number)}`;
    this.#tell('expired', `sessions of ${which} were removed: they are older than ${this.#bounds.keepDays} days`);
    await this.look();
  }

  /** Why `bytes` more may not be written now; undefined when they may. */
  async #tooFull(bytes: number): Promise<string | undefined> {
    if (this.bytes + bytes > this.#bounds.mostBytes) {
      return `all of it may have ${this.#bounds.mostBytes} bytes and has ${this.bytes}`;
    }
    const { bavail, bsize } = await statfs(this.#options.directory);
    if (bavail * bsize < this.#options.leaveFree + bytes) {
      return `the disk has ${bavail * bsize} bytes free and ${this.#options.leaveFree} shall stay free`;
    }
    return undefined;
  }

  /**
   * Makes room for `bytes` more by removing the oldest days, never the newest one nor `spare`. Answers why there is
   * none, or undefined. `refused`: the disk has just said that it is full, whatever it says of its room.
   */
  async make(bytes: number, spare: number, refused = false): Promise<string | undefined> {
    const days = await this.look();
    for (let full = refused ? 'the disk is full' : await this.#tooFull(bytes); ; full = await this.#tooFull(bytes)) {
      if (full === undefined) return undefined;
      const day = days.shift();
      if (day === undefined || days.length === 0 || day >= spare) return full;
      await this.#remove(day);
      this.#tell('full', `sessions of ${renderDay(day)}, the oldest day, were removed: ${full}`);
      await this.look();
    }
  }
}
