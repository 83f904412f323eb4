import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { AppError } from '../../errors/app-error.ts';

/** What one hash costs: KiB of memory, passes over it, lanes. */
export interface Argon2Cost {
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** The second recommendation of RFC 9106, section 4: the first takes 2 GiB for each hash, which a gateway lacks. */
export const argon2Cost: Argon2Cost = { memory: 65_536, passes: 3, parallelism: 4 };

const saltBytes = 16;
const hashBytes = 32;

/** Characters of a password. Length is what counts (NIST SP 800-63B, 3.1.1); the upper bound keeps requests small. */
export const shortestPassword = 12;
export const longestPassword = 256;

/** Hashes that are computed at once, and that wait for it: each takes 64 MiB and the time of a core. */
const mostAtOnce = 2;
const mostWaiting = 16;

interface StoredHash {
  readonly cost: Argon2Cost;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

const phc = /^\$argon2id\$v=19\$m=(\d{1,8}),t=(\d{1,4}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

function readHash(text: string): StoredHash | undefined {
  const [, memory, passes, parallelism, salt = '', hash = ''] = phc.exec(text) ?? [];
  if (memory === undefined) return undefined;
  return {
    cost: { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) },
    salt: Buffer.from(salt, 'base64'),
    hash: Buffer.from(hash, 'base64'),
  };
}

/** As PHC writes it: base64 without padding. */
const unpadded = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');

/** Two ways to type one character are one password (RFC 8265, 4.2: NFC). */
const bytesOf = (password: string): Buffer => Buffer.from(password.normalize('NFC'), 'utf8');

function computeHash(password: string, salt: Buffer, cost: Argon2Cost, length: number): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const parameters = { message: bytesOf(password), nonce: salt, tagLength: length, ...cost };
  argon2('argon2id', parameters, (error, hash) => (error ? reject(error) : resolve(hash)));
  return promise;
}

/**
 * Hashes passwords with Argon2id (RFC 9106), a few at a time, so that a flood of logins takes neither all memory nor
 * all cores: what does not find room is refused with `too-many-requests`.
 */
export class PasswordHasher {
  readonly #cost: Argon2Cost;
  /** A hash that no password has, for names that nobody has: looking them up takes as long. */
  readonly #nobody: StoredHash;
  readonly #waiting: (() => void)[] = [];
  #busy = 0;

  constructor(cost: Argon2Cost = argon2Cost) {
    this.#cost = cost;
    this.#nobody = { cost, salt: randomBytes(saltBytes), hash: randomBytes(hashBytes) };
  }

  /** In the PHC string format, with a salt of its own. */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(saltBytes);
    const hash = await this.#inTurn(() => computeHash(password, salt, this.#cost, hashBytes));
    const { memory, passes, parallelism } = this.#cost;
    return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${unpadded(salt)}$${unpadded(hash)}`;
  }

  /**
   * Whether it is the password behind `stored`. Takes its time and answers no without one. `first`: before all who wait,
   * for whom there is a place when there is none for strangers any more.
   */
  async verify(stored: string | undefined, password: string, first = false): Promise<boolean> {
    const known = stored === undefined ? undefined : readHash(stored);
    const { cost, salt, hash } = known ?? this.#nobody;
    const seen = await this.#inTurn(() => computeHash(password, salt, cost, hash.length), first);
    return timingSafeEqual(seen, hash) && known !== undefined;
  }

  /** Whether it was made at another cost than hashes are made at now. */
  isOutdated(stored: string): boolean {
    const cost = readHash(stored)?.cost;
    const { memory, passes, parallelism } = this.#cost;
    return cost?.memory !== memory || cost.passes !== passes || cost.parallelism !== parallelism;
  }

  async #inTurn<T>(work: () => Promise<T>, first = false): Promise<T> {
    if (this.#busy >= mostAtOnce) {
      if (this.#waiting.length >= (first ? 2 * mostWaiting : mostWaiting))
        throw new AppError('too-many-requests', 'Too many people log in at this moment.', {
          details: { retryAfter: 5 },
        });
      // Whoever ends hands its place over, so `#busy` stays as it is.
      await new Promise<void>((resolve) => (first ? this.#waiting.unshift(resolve) : this.#waiting.push(resolve)));
    } else this.#busy++;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#busy--;
      else next();
    }
  }
}

/** Throws `value-invalid` for a password that is guessed early. */
export function checkPassword(password: string, name: string): void {
  const refuse = (reason: string): never => {
    throw new AppError(
      'value-invalid',
      `The password ${reason}; expected ${shortestPassword} to ${longestPassword} characters, such as four words.`,
    );
  };
  const length = [...password].length;
  if (length < shortestPassword || password.length > longestPassword) refuse(`has ${length} characters`);
  if (new Set(password).size < 5) refuse('has fewer than 5 different characters');
  if (/^(?:0123456789|1234567890|abcdefghij|qwertyuiop)/i.test(password)) refuse('is a row of keys');
  const rest = password.toLowerCase().replaceAll(name.toLowerCase(), '').replaceAll('bridgekeeper', '');
  if ([...rest].length < 8) refuse('is little more than the name of the account');
}
