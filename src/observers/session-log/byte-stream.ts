/** Bytes and bits, written and read one after the other. Numbers of several bytes are little-endian. */

const highBit = 2 ** 31;

/** A growing row of bytes. */
export class ByteWriter {
  bytes: Uint8Array;
  length = 0;

  constructor(capacity = 256) {
    this.bytes = new Uint8Array(capacity);
  }

  #room(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const bytes = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more));
    bytes.set(this.bytes.subarray(0, this.length));
    this.bytes = bytes;
  }

  u8(value: number): void {
    this.#room(1);
    this.bytes[this.length++] = value;
  }

  u16(value: number): void {
    this.u8(value);
    this.u8(value >>> 8);
  }

  u32(value: number): void {
    this.u16(value);
    this.u16(value >>> 16);
  }

  f64(value: number): void {
    this.#room(8);
    new DataView(this.bytes.buffer, this.bytes.byteOffset).setFloat64(this.length, value, true);
    this.length += 8;
  }

  /** A whole number from 0 to 2^53, seven bits a byte. */
  varint(value: number): void {
    this.#room(8);
    let rest = value;
    for (; rest >= highBit; rest = Math.floor(rest / 128)) this.bytes[this.length++] = (rest % 128) | 128;
    for (; rest >= 128; rest >>>= 7) this.bytes[this.length++] = rest | 128;
    this.bytes[this.length++] = rest;
  }

  append(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Length, then the bytes. */
  chunk(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.append(bytes);
  }

  /** What was written, not copied. */
  written(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}

/** Reads what a `ByteWriter` wrote. Throws a RangeError when it ends too early. */
export class ByteReader {
  readonly bytes: Uint8Array;
  at: number;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  u8(): number {
    return this.#view.getUint8(this.at++);
  }

  u16(): number {
    this.at += 2;
    return this.#view.getUint16(this.at - 2, true);
  }

  u32(): number {
    this.at += 4;
    return this.#view.getUint32(this.at - 4, true);
  }

  f64(): number {
    this.at += 8;
    return this.#view.getFloat64(this.at - 8, true);
  }

  varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.u8();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      if (factor > 2 ** 53) throw new RangeError('a number without an end');
    }
  }

  take(length: number): Uint8Array {
    if (length > this.left) throw new RangeError(`${length} bytes expected, ${this.left} are left`);
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  chunk(): Uint8Array {
    return this.take(this.varint());
  }
}

/** Bits from the lowest to the highest of each byte. */
export class BitWriter {
  readonly #bytes = new ByteWriter();
  #held = 0;
  #count = 0;

  /** The lowest `bits` (0 to 53) of a whole number that has no more. */
  put(value: number, bits: number): void {
    if (bits > 24) {
      this.put(value % 0x1000000, 24);
      this.put(Math.floor(value / 0x1000000), bits - 24);
      return;
    }
    this.#held |= value << this.#count;
    this.#count += bits;
    for (; this.#count >= 8; this.#count -= 8) {
      this.#bytes.u8(this.#held & 255);
      this.#held >>>= 8;
    }
  }

  finish(): Uint8Array {
    if (this.#count > 0) this.#bytes.u8(this.#held);
    return this.#bytes.written();
  }
}

/** Reads what a `BitWriter` wrote; beyond the end there are zeros. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #held = 0;
  #count = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(bits: number): number {
    if (bits > 24) {
      const low = this.take(24);
      return low + this.take(bits - 24) * 0x1000000;
    }
    for (; this.#count < bits; this.#count += 8) this.#held |= (this.#bytes[this.#at++] ?? 0) << this.#count;
    const value = this.#held & ((1 << bits) - 1);
    this.#held >>>= bits;
    this.#count -= bits;
    return value;
  }
}
