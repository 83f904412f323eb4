import type { SeededRandom } from './seeded-random.ts';

const addresses = 2 ** 24;
const logOfMiss = Math.log1p(-1 / addresses);

/**
 * What the cloud would have without a registry: every NIC draws 24 random bits behind a fixed prefix and hopes, as
 * several systems do. It is played beside the registry, with the same NICs coming and going.
 */
export class Luck {
  /** NICs that got an address which another NIC had at that moment. */
  collisions = 0;
  /** How many that should be by the laws of chance: each new NIC meets one of n others with 1 - (1 - 2^-24)^n. */
  expected = 0;
  /** NICs that share their address with another one now. */
  sharing = 0;
  readonly #random: SeededRandom;
  /** Holders of each address; with 50 million NICs three on average. */
  readonly #holders = new Uint8Array(addresses);
  /** Address of each NIC, by its number. */
  readonly #held: Uint32Array;

  constructor(nics: number, random: SeededRandom) {
    this.#random = random;
    this.#held = new Uint32Array(nics);
  }

  release(nics: readonly number[]): void {
    for (const nic of nics) {
      const address = this.#held[nic] as number;
      const holders = this.#holders[address] as number;
      if (holders > 1) this.sharing -= holders === 2 ? 2 : 1;
      this.#holders[address] = holders - 1;
    }
  }

  /** These NICs draw; `others` have an address already. */
  lease(nics: readonly number[], others: number): void {
    for (const nic of nics) {
      const address = this.#random.next() >>> 8;
      const holders = this.#holders[address] as number;
      if (holders > 0) {
        this.collisions++;
        this.sharing += holders === 1 ? 2 : 1;
      }
      this.#holders[address] = holders + 1;
      this.#held[nic] = address;
    }
    // (1 - p)^others + … + (1 - p)^(others + nics - 1) miss.
    const missed = Math.exp(others * logOfMiss) * (-Math.expm1(nics.length * logOfMiss) * addresses);
    this.expected += nics.length - missed;
  }

  /** The NIC with the number `from` is called `to` from now on. */
  move(from: number, to: number): void {
    this.#held[to] = this.#held[from] as number;
  }
}
