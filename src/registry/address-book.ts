import { AppError } from '../errors/app-error.ts';
import { nicId } from '../model/site.ts';

/** A released address: who had it, and until when nobody else gets it. */
export interface Memory {
  readonly guest: string;
  readonly nic: number;
  readonly freeAt: number;
  /** Released by the very change that is being proposed. */
  readonly now: boolean;
}

/** MACs are unique in the whole site, IP addresses in their segment. */
export const ipKey = (segment: string, address: string): string => `${segment} ${address}`;

/** Who holds and who is remembered for which address while one proposal is made. */
export class AddressBook {
  readonly #holders = new Map<string, string>();
  readonly #memories = new Map<string, Memory>();
  readonly #now: number;

  constructor(now: number) {
    this.#now = now;
  }

  hold(key: string, nic: string): void {
    this.#holders.set(key, nic);
  }

  held(key: string): boolean {
    return this.#holders.has(key);
  }

  /** The latest of several memories of one address counts. */
  remember(key: string, memory: Memory): void {
    const known = this.#memories.get(key);
    if (known === undefined || known.freeAt <= memory.freeAt) this.#memories.set(key, memory);
  }

  /** Held by nobody and remembered for nobody. */
  untouched(key: string): boolean {
    return !this.#holders.has(key) && !this.#memories.has(key);
  }

  /** Whether a guest may have the address again: nobody holds it, no other guest has it in quarantine. */
  openTo(key: string, guest: string): boolean {
    return !this.#holders.has(key) && this.#barring(key, guest) === undefined;
  }

  /**
   * Takes an address that the site names. An address released by the very same change may be taken (that is how two
   * guests swap, and how a guest gets another name); one from an earlier change stays in quarantine.
   */
  claim(key: string, kind: string, address: string, segment: string, guest: string, nic: string): void {
    const owner = this.#holders.get(key);
    if (owner !== undefined && owner !== nic) {
      throw new AppError(
        'conflict',
        owner === 'gateway'
          ? `${kind} "${address}" of NIC "${nic}" is the gateway of segment "${segment}"; expected another address of the segment`
          : `${kind} "${address}" of NIC "${nic}" is already held by NIC "${owner}"; expected an address that is free`,
        { details: { address, nic, holder: owner } },
      );
    }
    const memory = this.#barring(key, guest);
    if (memory !== undefined && !memory.now) {
      const holder = nicId(memory.guest, memory.nic);
      const until = new Date(memory.freeAt).toISOString();
      throw new AppError(
        'conflict',
        `${kind} "${address}" of NIC "${nic}" was released by NIC "${holder}" and is in quarantine until ${until}; expected an address that is free`,
        { details: { address, nic, holder, freeAt: memory.freeAt } },
      );
    }
    this.#holders.set(key, nic);
  }

  /** Held keys and released ones that nobody holds, of the addresses that `select` answers a number for. */
  survey(select: (key: string) => number | undefined): {
    held: number[];
    released: { value: number; freeAt: number }[];
  } {
    const held: number[] = [];
    const released: { value: number; freeAt: number }[] = [];
    for (const key of this.#holders.keys()) {
      const value = select(key);
      if (value !== undefined) held.push(value);
    }
    for (const [key, memory] of this.#memories) {
      const value = this.#holders.has(key) ? undefined : select(key);
      if (value !== undefined) released.push({ value, freeAt: memory.freeAt });
    }
    return { held, released };
  }

  #barring(key: string, guest: string): Memory | undefined {
    const memory = this.#memories.get(key);
    return memory !== undefined && memory.guest !== guest && memory.freeAt > this.#now ? memory : undefined;
  }
}
