import { gunzipSync, gzipSync } from 'node:zlib';
import type { Kept } from '../../registry/kept/kept.ts';

/** Milliseconds since the epoch. */
interface Now {
  now(): number;
}

/** Milliseconds for which an answer is kept. */
export const answerTime = 24 * 3_600_000;
/** Answers that one asker and all of them together may have kept; beyond, the oldest goes. */
const mostOfOne = 1_000;
const mostOfAll = 10_000;
/** Bytes of a body, packed, that are kept; and of all bodies together. */
const largest = 512 * 1024;
const mostBytes = 64 * 1024 * 1024;
/** How often it is looked whose time is over. */
const lookEvery = 600_000;

/** An answer as it was sent. */
export interface SentAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** As it is kept in the registry. Without a status the request was begun, and nobody knows how it ended. */
interface StoredAnswer {
  readonly asker: string;
  /** Hash of the request. */
  readonly print: string;
  /** When it was begun. */
  readonly at: number;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Packed with gzip, as base64; absent where it was too large or secret. */
  readonly body?: string;
}

/** What memory holds of it. */
interface Held extends Pick<StoredAnswer, 'asker' | 'print' | 'at'> {
  readonly state: 'under way' | 'unknown' | 'done';
  readonly bytes: number;
}

/** What became of the request that had a key before. */
export type Earlier =
  | { readonly state: 'new' }
  | { readonly state: 'under way' | 'unknown' | 'another'; readonly at: number }
  | { readonly state: 'done'; readonly at: number; readonly status: number; readonly answer?: SentAnswer };

/**
 * Answers of requests that may be repeated, by key. That a request begins is on the disk before anything is done, its
 * answer before it is sent: whatever ends the daemon, nothing is done twice. Memory holds no bodies.
 */
export class AnswerBook {
  readonly #kept: Pick<Kept, 'load' | 'one' | 'change'>;
  readonly #clock: Now;
  /** The oldest first. */
  readonly #held = new Map<string, Held>();
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  /** Reads what an earlier daemon left. Rejects with `registry-failed`. */
  static async open(kept: Pick<Kept, 'load' | 'one' | 'change'>, clock: Now): Promise<AnswerBook> {
    const book = new AnswerBook(kept, clock);
    await book.#load();
    return book;
  }

  private constructor(kept: Pick<Kept, 'load' | 'one' | 'change'>, clock: Now) {
    this.#kept = kept;
    this.#clock = clock;
  }

  /** What an earlier daemon had begun and not answered, nobody knows. */
  async #load(): Promise<void> {
    for (const { id, body } of await this.#kept.load<StoredAnswer>('answer')) {
      this.#hold(id, { ...body, state: body.status === undefined ? 'unknown' : 'done', bytes: body.body?.length ?? 0 });
    }
    await this.#forgetOld();
    this.#timer = setInterval(() => void this.#forgetOld().catch(() => undefined), lookEvery);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /**
   * Begins a request under a key (`id`, unique for an asker), unless there was one before. Rejects with `registry-failed`
   * when that cannot be written; then it must not be done.
   */
  async begin(id: string, asker: string, print: string): Promise<Earlier> {
    const now = this.#clock.now();
    const before = this.#held.get(id);
    if (before !== undefined && !isOver(before, now)) {
      if (before.print !== print) return { state: 'another', at: before.at };
      if (before.state !== 'done') return { state: before.state, at: before.at };
      return this.#repeat(id, before);
    }
    // At once: a second one that comes while this is written must find it.
    this.#hold(id, { asker, print, at: now, state: 'under way', bytes: 0 });
    const tooMany = this.#tooMany(asker);
    for (const gone of tooMany) this.#drop(gone);
    try {
      const stored: StoredAnswer = { asker, print, at: now };
      await this.#kept.change('answer', { put: [{ id, body: stored }], remove: tooMany });
    } catch (error) {
      this.#drop(id);
      throw error;
    }
    return { state: 'new' };
  }

  /** Keeps the answer; `secret`: only that it was done. Rejects with `registry-failed`; then nobody knows how it ended. */
  async end(id: string, answer: SentAnswer, secret: boolean): Promise<void> {
    const held = this.#held.get(id);
    if (held === undefined) return;
    const packed = secret ? undefined : gzipSync(answer.body);
    const body = packed === undefined || packed.length > largest ? {} : { body: packed.toString('base64') };
    const { asker, print, at } = held;
    const { status, headers } = answer;
    const stored: StoredAnswer = { asker, print, at, status, headers, ...body };
    try {
      await this.#kept.change('answer', { put: [{ id, body: stored }] });
      this.#hold(id, { asker, print, at, state: 'done', bytes: stored.body?.length ?? 0 });
    } catch (error) {
      this.lose(id);
      throw error;
    }
  }

  /** Nobody will know how it ended. */
  lose(id: string): void {
    const held = this.#held.get(id);
    if (held?.state === 'under way') this.#held.set(id, { ...held, state: 'unknown' });
  }

  /** Nothing was done: the key may be used again. */
  async forget(id: string): Promise<void> {
    try {
      await this.#kept.change('answer', { remove: [id] });
      this.#drop(id);
    } catch (error) {
      this.lose(id);
      throw error;
    }
  }

  async #repeat(id: string, { at }: Held): Promise<Earlier> {
    const stored = await this.#kept.one<StoredAnswer>('answer', id);
    if (stored?.status === undefined) return { state: 'unknown', at };
    const { status, headers = {}, body } = stored;
    if (body === undefined) return { state: 'done', at, status };
    return { state: 'done', at, status, answer: { status, headers, body: gunzipSync(Buffer.from(body, 'base64')) } };
  }

  #hold(id: string, held: Held): void {
    this.#bytes += held.bytes - (this.#held.get(id)?.bytes ?? 0);
    const { asker, print, at, state, bytes } = held;
    this.#held.set(id, { asker, print, at, state, bytes });
  }

  #drop(id: string): void {
    this.#bytes -= this.#held.get(id)?.bytes ?? 0;
    this.#held.delete(id);
  }

  /** Those that have to go so that another one of the asker has room: its own oldest, then anybody's. */
  #tooMany(asker: string): string[] {
    const ended = [...this.#held].filter(([, { state }]) => state !== 'under way');
    const own = ended.filter(([, held]) => held.asker === asker);
    const gone = new Set(own.slice(0, Math.max(0, own.length - mostOfOne + 1)).map(([id]) => id));
    let [count, bytes] = [this.#held.size - gone.size, this.#bytes];
    for (const [id, held] of ended) {
      if (count <= mostOfAll && bytes <= mostBytes) break;
      if (gone.has(id)) continue;
      gone.add(id);
      count -= 1;
      bytes -= held.bytes;
    }
    return [...gone];
  }

  async #forgetOld(): Promise<void> {
    const now = this.#clock.now();
    const old = [...this.#held].flatMap(([id, held]) => (isOver(held, now) ? [id] : []));
    if (old.length === 0) return;
    await this.#kept.change('answer', { remove: old });
    for (const id of old) this.#drop(id);
  }
}

/** A clock that was set back by more than the time makes none longer than it was meant. */
const isOver = ({ at, state }: Held, now: number): boolean => state !== 'under way' && Math.abs(now - at) > answerTime;
