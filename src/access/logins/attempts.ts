import { isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { AppError } from '../../errors/app-error.ts';
import { type BucketSize, TokenBuckets } from './token-buckets.ts';

const minute = 60_000;

/**
 * Wrong passwords that are borne. From one address; for one account, from all browsers that nobody logged in with
 * before; for one account from one browser that somebody did log in with ("device cookie", OWASP). So a stranger can use
 * up the second, but never the third: he slows nobody down who works with his own browser.
 */
const limits = {
  address: { capacity: 20, every: minute / 2 },
  account: { capacity: 10, every: 2 * minute },
  device: { capacity: 10, every: minute / 2 },
} satisfies Record<string, BucketSize>;

export interface Attempt {
  /** It was right: it does not count. */
  succeeded(): void;
}

/** A customer has at least a /64 of IPv6, and may use any address of it. */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (!isIPv6(plain)) return plain;
  return ipaddr.IPv6.parse(plain).toByteArray().slice(0, 8).join('.');
}

/** Counts wrong logins, and refuses what would be too many. Counts only in memory, and bounded. `now` is monotonic. */
export class Attempts {
  readonly #address: TokenBuckets;
  readonly #account: TokenBuckets;
  readonly #device: TokenBuckets;
  readonly #onRefused: (what: string) => void;

  /** Each flood is told once in a while. */
  readonly #told: TokenBuckets;

  /** `onRefused` is told what was refused, such as `account alice`. */
  constructor(now: () => number, onRefused: (what: string) => void = () => {}) {
    this.#told = new TokenBuckets({ capacity: 1, every: 15 * minute }, now);
    this.#address = new TokenBuckets(limits.address, now);
    this.#account = new TokenBuckets(limits.account, now);
    this.#device = new TokenBuckets(limits.device, now);
    this.#onRefused = onRefused;
  }

  /**
   * To be called before a password is looked at: what runs at the same time counts, too. `account` is what was typed,
   * whether there is one or not (`known`: there is); absent where no account is named. `device`: a browser known for
   * that account. Throws `too-many-requests`.
   */
  begin(attempt: { from: string; account?: string; known?: boolean; device?: string }): Attempt {
    const { from, account, known = false, device } = attempt;
    if (device !== undefined) return this.#take([[this.#device, device, `account ${account}, a browser of its own`]]);
    const keys: [TokenBuckets, string, string][] = [[this.#address, networkOf(from), `address ${from}`]];
    // What was typed as a name may be a password: it is told only when it is a name.
    const what = known ? `account ${account}` : 'an account that there is not';
    if (account !== undefined) keys.push([this.#account, account, what]);
    return this.#take(keys);
  }

  #take(keys: readonly (readonly [TokenBuckets, string, string])[]): Attempt {
    const taken: (() => void)[] = [];
    for (const [buckets, key, what] of keys) {
      const wait = buckets.take(key);
      if (wait > 0) {
        for (const giveBack of taken) giveBack();
        if (this.#told.take(what) === 0) this.#onRefused(what);
        const seconds = Math.ceil(wait / 1000);
        throw new AppError(
          'too-many-requests',
          `Too many logins were wrong; the next one is looked at in ${seconds} seconds.`,
          { details: { retryAfter: seconds } },
        );
      }
      taken.push(() => buckets.giveBack(key));
    }
    return { succeeded: () => taken.splice(0).forEach((giveBack) => void giveBack()) };
  }
}
