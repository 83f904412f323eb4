import type { Actor } from '../../registry/journal/journal.ts';
import type { Kept } from '../../registry/kept/kept.ts';
import type { Clock } from '../../system/clock.ts';
import type { OnEnded } from '../shown.ts';
import { idleLimit, longestLogin, type StoredLogin } from './login.ts';
import { hashSecret, makeSecret, sameText } from './secrets.ts';

/** Logins of one name; the one that was used least recently ends when there are more. */
const mostOfOne = 20;
/** Milliseconds after which it is written down that a login is used. */
const writeEvery = 5 * 60_000;
/** Clocks that are set back by more than this end logins that seem to begin later: how old they are nobody knows. */
const clockSlack = 5 * 60_000;

interface Held {
  stored: StoredLogin;
  usedAt: number;
  /** Monotonic: so that a clock that is set back makes no login last longer. */
  readonly begun: number;
  used: number;
}

/** A login that counts. */
export interface OpenLogin {
  readonly id: string;
  readonly stored: StoredLogin;
  readonly usedAt: number;
  /** When it is over at the latest (ms since the epoch). */
  readonly until: number;
}

/** Open logins by id: in memory, and stored as hashes. */
export class LoginBook {
  readonly #kept: Kept;
  readonly #clock: Clock;
  readonly #onEnded: OnEnded;
  readonly #open = new Map<string, Held>();
  /** Ended, although the store could not be told yet: it is told with the next sweep. */
  readonly #untold = new Set<string>();

  private constructor(kept: Kept, clock: Clock, onEnded: OnEnded) {
    this.#kept = kept;
    this.#clock = clock;
    this.#onEnded = onEnded;
  }

  /** With what is stored and has not ended meanwhile. */
  static async open(kept: Kept, clock: Clock, onEnded: OnEnded): Promise<LoginBook> {
    const book = new LoginBook(kept, clock, onEnded);
    const [now, monotonic] = [clock.now(), clock.monotonic()];
    for (const { id, body } of await kept.load<StoredLogin>('login')) {
      // What it has used up already: its age goes on from there by the monotonic clock.
      const age = Math.max(0, now - body.at);
      const idle = Math.max(0, now - body.usedAt);
      book.#open.set(id, { stored: body, usedAt: body.usedAt, begun: monotonic - age, used: monotonic - idle });
    }
    await book.sweep(() => true);
    return book;
  }

  /** Durable when it answers. The value is for the cookie, and is said this once. */
  async begin(
    login: Omit<StoredLogin, 'hash' | 'at' | 'usedAt'>,
    actor: Actor,
    text: string,
  ): Promise<[string, string]> {
    const [id, secret] = [makeSecret().slice(0, 16), makeSecret()];
    const at = this.#clock.now();
    const stored: StoredLogin = { ...login, hash: hashSecret(secret), at, usedAt: at };
    const tooMany = this.#ofName(login.name).slice(0, -(mostOfOne - 1));
    const owner = login.grant?.owner;
    const entry = { kind: 'login', text, at, actor, ...(owner === undefined ? {} : { owners: [owner] }) };
    await this.#kept.change('login', { put: [{ id, body: stored }], remove: tooMany }, [entry]);
    const monotonic = this.#clock.monotonic();
    this.#open.set(id, { stored, usedAt: at, begun: monotonic, used: monotonic });
    for (const ended of tooMany) this.#forget(ended);
    return [id, `${id}.${secret}`];
  }

  /** The login behind a cookie's value, which is used with that; undefined when it is none or has ended. */
  use(value: string): OpenLogin | undefined {
    const [, id = '', secret = ''] = /^([\w-]{16})\.([\w-]{43})$/.exec(value) ?? [];
    const open = this.#open.get(id);
    if (open === undefined || !sameText(open.stored.hash, hashSecret(secret)) || this.#isOver(open)) return undefined;
    open.usedAt = this.#clock.now();
    open.used = this.#clock.monotonic();
    return openOf(id, open);
  }

  find(id: string): OpenLogin | undefined {
    const held = this.#open.get(id);
    return held === undefined || this.#isOver(held) ? undefined : openOf(id, held);
  }

  list(): OpenLogin[] {
    return [...this.#open].filter(([, held]) => !this.#isOver(held)).map(([id, held]) => openOf(id, held));
  }

  /** They count no more from now on, even if that cannot be stored; then it rejects with `registry-failed`. */
  async end(ids: readonly string[], actor?: Actor, text?: string): Promise<void> {
    for (const id of ids) {
      this.#forget(id);
      this.#untold.add(id);
    }
    const at = this.#clock.now();
    const journal = actor === undefined || text === undefined ? [] : [{ kind: 'login', text, at, actor }];
    await this.#kept.change('login', { remove: ids }, journal);
    for (const id of ids) this.#untold.delete(id);
  }

  /** Ends what is over and what does not stand on anything any more; notes what is in use. */
  async sweep(stands: (stored: StoredLogin) => boolean): Promise<void> {
    const over = [...this.#open].filter(([, open]) => this.#isOver(open) || !stands(open.stored)).map(([id]) => id);
    for (const id of over) this.#forget(id);
    for (const id of over) this.#untold.add(id);
    const remove = [...this.#untold];
    const put = [...this.#open]
      .filter(([, { stored, usedAt }]) => Math.abs(usedAt - stored.usedAt) >= writeEvery)
      .map(([id, open]) => {
        open.stored = { ...open.stored, usedAt: open.usedAt };
        return { id, body: open.stored };
      });
    await this.#kept.change('login', { put, remove });
    for (const id of remove) this.#untold.delete(id);
  }

  #isOver({ stored, usedAt, begun, used }: Held): boolean {
    const [now, monotonic] = [this.#clock.now(), this.#clock.monotonic()];
    if (stored.at > now + clockSlack) return true;
    const [age, idle] = [Math.max(now - stored.at, monotonic - begun), Math.max(now - usedAt, monotonic - used)];
    return age >= longestLogin || idle >= idleLimit;
  }

  /** Least recently used first. */
  #ofName(name: string): string[] {
    return [...this.#open]
      .filter(([, { stored }]) => stored.name === name)
      .sort(([, a], [, b]) => a.used - b.used)
      .map(([id]) => id);
  }

  #forget(id: string): void {
    if (this.#open.delete(id)) this.#onEnded(id);
  }
}

function openOf(id: string, { stored, usedAt }: Held): OpenLogin {
  return { id, stored, usedAt, until: stored.at + longestLogin };
}
