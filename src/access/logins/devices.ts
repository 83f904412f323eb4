import type { Clock } from '../../system/clock.ts';
import type { StoredAccount } from './account.ts';
import { deviceSeconds } from './login.ts';
import { makeSecret, sameText, signText } from './secrets.ts';

/**
 * Browsers that somebody logged in with: each has a signed cookie, so nothing is stored. It lets nobody in; it only
 * keeps strangers' wrong passwords from slowing down whoever has it.
 */
export class Devices {
  readonly #key: Buffer;
  readonly #clock: Clock;

  constructor(key: Buffer, clock: Clock) {
    this.#key = key;
    this.#clock = clock;
  }

  /** Value of the cookie for a browser that is known from now on. */
  make(name: string, account: StoredAccount): string {
    const about = `${makeSecret().slice(0, 16)}.${Math.floor(this.#clock.now() / 1000)}`;
    return `${about}.${this.#sign(about, name, account)}`;
  }

  /** A name for the browser when it is known for this account. */
  known(value: string | undefined, name: string, account: StoredAccount | undefined): string | undefined {
    if (value === undefined || account === undefined) return undefined;
    const [, id = '', at = '', sign = ''] = /^([\w-]{16})\.(\d{1,12})\.([\w-]{43})$/.exec(value) ?? [];
    if (!sameText(sign, this.#sign(`${id}.${at}`, name, account))) return undefined;
    return this.#clock.now() / 1000 - Number(at) < deviceSeconds ? id : undefined;
  }

  /** An account that is made anew under an old name is another one: it begins at another time. */
  #sign(about: string, name: string, { at }: StoredAccount): string {
    return signText(this.#key, `${about}.${at}.${name}`);
  }
}
