import { createHmac } from 'node:crypto';

const half = 2 ** 24;
const rounds = 4;
/** Numbers that are remembered: a list is asked for again and again. */
const mostKnown = 10_000;

/**
 * Numbers as a tenant sees them. Ids of events, alerts and leases are counted through for all owners, so their distance
 * says how much others did between two of one's own. A keyed permutation of 0 to 2^48 - 1 hides that: a Feistel network
 * with HMAC-SHA-256 as its round function, four rounds of which are a pseudorandom permutation (Luby and Rackoff 1988).
 * The same number stays the same for good, also over restarts, and is another one for every owner and kind.
 */
export class BlindNumbers {
  readonly #secret: string;
  readonly #label: string;
  readonly #known = new Map<number, number>();

  /** `secret`: that of the registry. `label`: whose numbers, and of what. */
  constructor(secret: string, label: string) {
    this.#secret = secret;
    this.#label = label;
  }

  /** 0 to 2^48 - 1. */
  blind(number: number): number {
    const known = this.#known.get(number);
    if (known !== undefined) return known;
    if (this.#known.size >= mostKnown) this.#known.clear();
    const blinded = this.#blind(number);
    this.#known.set(number, blinded);
    return blinded;
  }

  #blind(number: number): number {
    let [left, right] = [Math.floor(number / half) % half, number % half];
    for (let round = 0; round < rounds; round++) [left, right] = [right, left ^ this.#mix(right, round)];
    return left * half + right;
  }

  /** The number that was blinded. What nobody was given is some number or other. */
  see(blinded: number): number {
    let [left, right] = [Math.floor(blinded / half) % half, blinded % half];
    for (let round = rounds - 1; round >= 0; round--) [left, right] = [right ^ this.#mix(left, round), left];
    return left * half + right;
  }

  #mix(value: number, round: number): number {
    const mac = createHmac('sha256', this.#secret).update(`${this.#label}\0${round}\0${value}`);
    return mac.digest().readUInt32BE(0) >>> 8;
  }
}
