/** Addresses by number: which have been seen, and how often. Works on the 32-bit words of records, without objects. */
export class AddressTable {
  length = 0;
  /** Four words each, as they stand in a record. */
  words: Uint32Array;
  /** 4 or 6. */
  families: Uint8Array;
  #slots: Int32Array;

  constructor(capacity = 1024) {
    this.words = new Uint32Array(capacity * 4);
    this.families = new Uint8Array(capacity);
    this.#slots = new Int32Array(capacity * 2).fill(-1);
  }

  /** Number of the address whose four words begin at `at`. */
  add(u32: Uint32Array, at: number, family: number): number {
    const a = u32[at] as number;
    const b = u32[at + 1] as number;
    const c = u32[at + 2] as number;
    const d = u32[at + 3] as number;
    const mask = this.#slots.length - 1;
    let slot = hashWords(a, b, c, d ^ family) & mask;
    for (let index = this.#slots[slot] as number; index >= 0; index = this.#slots[slot] as number) {
      const words = this.words;
      const own = index * 4;
      if (
        words[own] === a &&
        words[own + 1] === b &&
        words[own + 2] === c &&
        words[own + 3] === d &&
        this.families[index] === family
      ) {
        return index;
      }
      slot = (slot + 1) & mask;
    }
    if (this.length === this.families.length) {
      this.#grow();
      return this.add(u32, at, family);
    }
    this.#slots[slot] = this.length;
    this.words.set([a, b, c, d], this.length * 4);
    this.families[this.length] = family;
    return this.length++;
  }

  /** 4 or 16 bytes. */
  bytes(index: number): Uint8Array {
    return new Uint8Array(this.words.buffer, index * 16, this.families[index] === 6 ? 16 : 4);
  }

  #grow(): void {
    const words = new Uint32Array(this.words.length * 2);
    words.set(this.words);
    const families = new Uint8Array(this.families.length * 2);
    families.set(this.families);
    this.words = words;
    this.families = families;
    const mask = families.length * 2 - 1;
    this.#slots = new Int32Array(mask + 1).fill(-1);
    for (let index = 0; index < this.length; index++) {
      const [a, b, c, d] = words.subarray(index * 4, index * 4 + 4) as unknown as [number, number, number, number];
      let slot = hashWords(a, b, c, d ^ (families[index] as number)) & mask;
      while ((this.#slots[slot] as number) >= 0) slot = (slot + 1) & mask;
      this.#slots[slot] = index;
    }
  }
}

/** A hash of four words: multiply and rotate, finished as MurmurHash3 is. Written to disk (`mayHold`): never to change. */
export function hashWords(a: number, b: number, c: number, d: number): number {
  let hash = Math.imul(a, 0xcc9e2d51);
  hash = Math.imul((hash << 13) | (hash >>> 19), 5) ^ Math.imul(b, 0x1b873593);
  hash = Math.imul((hash << 13) | (hash >>> 19), 5) ^ Math.imul(c, 0x85ebca6b);
  hash = Math.imul((hash << 13) | (hash >>> 19), 5) ^ Math.imul(d, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
