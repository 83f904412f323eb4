/** Rows of twelve hexadecimal digits and more, with or without separators: also part of a DUID or of a hash. */
const hexRow = /[0-9a-f]{2}(?:[:-]?[0-9a-f]{2}){5,}|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}/gi;
const decimalText = /\d{1,15}/g;
/** Below 2^40 an address is shorter than six bytes and its number too short to be told from others. */
const leastDecimal = 10 ** 10;

/**
 * Finds MAC addresses in the bytes of a file in every form that they may have there: text with colons, hyphens or dots,
 * bare digits, the number as decimal text, and 48 bits big-endian, which is how SQLite stores it.
 */
export class MacFinder {
  /** Bytes at the end of a piece that must be looked at again with the next one. */
  readonly overlap = 64;
  readonly #macs: ReadonlySet<number>;
  /** Last two octets that occur: most bytes need no further look. */
  readonly #ends = new Uint8Array(65_536);

  constructor(macs: Iterable<number>) {
    this.#macs = new Set(macs);
    for (const mac of this.#macs) this.#ends[mac % 65_536] = 1;
  }

  isIn(bytes: Buffer): boolean {
    return this.#isNumberIn(bytes) || this.isInText(bytes.toString('latin1'));
  }

  isInText(text: string): boolean {
    for (const [row] of text.matchAll(hexRow)) if (this.#isInDigits(row.replace(/[:.-]/g, ''))) return true;
    for (const [found] of text.matchAll(decimalText))
      if (Number(found) >= leastDecimal && this.#macs.has(Number(found))) return true;
    return false;
  }

  #isInDigits(digits: string): boolean {
    for (let at = 0; at + 12 <= digits.length; at++)
      if (this.#macs.has(Number.parseInt(digits.slice(at, at + 12), 16))) return true;
    return false;
  }

  #isNumberIn(bytes: Buffer): boolean {
    for (let at = 5; at < bytes.length; at++) {
      const end = (bytes[at - 1] as number) * 256 + (bytes[at] as number);
      if (this.#ends[end] === 1 && this.#macs.has(bytes.readUIntBE(at - 5, 6))) return true;
    }
    return false;
  }
}
