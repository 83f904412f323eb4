import { recordSize, SessionFlag, SessionRecords } from '../../model/session-record.ts';
import { hashWords } from './address-table.ts';

const gone = -2;
const free = -1;

/**
 * Sessions that began and did not end, in packed form: a row of records, and slots that tell which row has which id,
 * protocol, zone and tuples (open addressing). No object and no string for any of them.
 */
export class OpenTable {
  size = 0;
  #rows = new SessionRecords(1024);
  /** Last day that each has a record of in that day's file; 0 when there is none. */
  #recorded = new Int32Array(1024);
  #used = new Uint8Array(1024);
  readonly #spare: number[] = [];
  #slots = new Int32Array(4096).fill(free);
  /** Slots that are not free: in use, or left by one that is gone. */
  #taken = 0;

  get rows(): SessionRecords {
    return this.#rows;
  }

  /** Adds a copy; answers its row, or -1 when it is there already. */
  add(records: SessionRecords, index: number, recorded = 0): number {
    if ((this.#taken + 1) * 2 > this.#slots.length) this.#rehash();
    const slot = this.#find(records, index);
    if ((this.#slots[slot] as number) >= 0) return -1;
    const row = this.#spare.pop() ?? this.#rows.push();
    if (this.#rows.capacity > this.#used.length) this.#growRows();
    const at = row * recordSize;
    this.#rows.bytes.set(records.bytes.subarray(index * recordSize, (index + 1) * recordSize), at);
    // An open session has no end; a dump of the kernel's table has something else there.
    this.#rows.f64[row * 16 + 4] = 0;
    this.#rows.u32[row * 32 + 5] = this.#rows.flags(row) & ~SessionFlag.open;
    this.#recorded[row] = recorded;
    this.#used[row] = 1;
    if (this.#slots[slot] === free) this.#taken++;
    this.#slots[slot] = row;
    this.size++;
    return row;
  }

  /** Removes the one that has this id, protocol, zone and tuples; answers the row where it is until the next `add`, or -1. */
  remove(records: SessionRecords, index: number): number {
    const slot = this.#find(records, index);
    const row = this.#slots[slot] as number;
    if (row < 0) return -1;
    this.#slots[slot] = gone;
    this.#used[row] = 0;
    this.#spare.push(row);
    this.size--;
    return row;
  }

  recorded = (row: number): number => this.#recorded[row] as number;
  setRecorded(row: number, day: number): void {
    this.#recorded[row] = day;
  }

  /** True for a row that holds an open session; rows are 0 to `rows.length - 1`. */
  holds = (row: number): boolean => this.#used[row] === 1;

  /** Slot of the session, or the one that it would get. */
  #find(records: SessionRecords, index: number): number {
    const { u32 } = records;
    const at = index * 32;
    const mask = this.#slots.length - 1;
    const rows = this.#rows.u32;
    const ports = (u32[at + 3] as number) ^ Math.imul(u32[at + 4] as number, 0x9e3779b1);
    const far = (u32[at + 20] as number) ^ (u32[at + 23] as number);
    const near = (u32[at + 16] as number) ^ Math.imul(u32[at + 19] as number, 0x9e3779b1);
    let slot = hashWords(u32[at] as number, ports, near, far) & mask;
    let first = -1;
    for (;;) {
      const row = this.#slots[slot] as number;
      if (row === free) return first >= 0 ? first : slot;
      if (row === gone) {
        if (first < 0) first = slot;
      } else if (sameSession(u32, at, rows, row * 32)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #growRows(): void {
    const recorded = new Int32Array(this.#rows.capacity);
    recorded.set(this.#recorded);
    this.#recorded = recorded;
    const used = new Uint8Array(this.#rows.capacity);
    used.set(this.#used);
    this.#used = used;
  }

  #rehash(): void {
    let length = 4096;
    while (length < this.size * 4) length *= 2;
    this.#slots = new Int32Array(length).fill(free);
    this.#taken = this.size;
    for (let row = 0; row < this.#rows.length; row++)
      if (this.holds(row)) this.#slots[this.#find(this.#rows, row)] = row;
  }
}

/** Same id, family, protocol, zone, ports and addresses. */
function sameSession(a: Uint32Array, at: number, b: Uint32Array, other: number): boolean {
  if (a[at] !== b[other] || a[at + 1] !== b[other + 1]) return false;
  if (a[at + 3] !== b[other + 3] || a[at + 4] !== b[other + 4]) return false;
  for (let word = 16; word < 32; word++) if (a[at + word] !== b[other + word]) return false;
  return true;
}
