import { SessionRecords } from '../../model/session-record.ts';
import { dayOf } from './day.ts';
import { type Entry, EntryWriter, parseEntries } from './journal-format.ts';
import { OpenTable } from './open-table.ts';
import type { BatchName } from './pack-batch.ts';

/** Sessions that wait to be packed together. */
export interface Batch extends BatchName {
  readonly records: SessionRecords;
}

/** Records of one entry of a base. */
const chunk = 8192;

/** What a journal tells: sessions that are open, and ended ones that are not in the file of their day yet. */
export class JournalState {
  readonly open = new OpenTable();
  readonly batches = new Map<number, Batch>();
  /** Last day whose open sessions have a record in its file; undefined in a new log. */
  rolled: number | undefined;
  handedOver: number | undefined;
  /** Greatest number of a batch, ever. */
  lastBatch = 0;
  /** All that was known when the journal began has been read. */
  whole = false;

  /** Takes in the entries of one frame. Throws a RangeError when they are none. */
  apply(frame: Uint8Array): void {
    for (const entry of parseEntries(frame)) this.#applyEntry(entry);
  }

  #applyEntry(entry: Entry): void {
    if (entry.kind === 'begins') {
      const { records } = entry;
      for (let i = 0; i < records.length; i++) this.open.add(records, i, records.f64[i * 16 + 4] as number);
    } else if (entry.kind === 'ends') this.#takeEnds(entry);
    else if (entry.kind === 'packed') {
      this.batches.delete(entry.batch);
      this.lastBatch = Math.max(this.lastBatch, entry.batch);
    } else if (entry.kind === 'rolled') this.#roll(entry.day);
    else if (entry.kind === 'rolledBefore') this.rolled = entry.day;
    else if (entry.kind === 'handedOver') this.handedOver = entry.at;
    else this.whole = true;
  }

  #takeEnds({ batch: number, day, durations, ending, records }: Entry & { kind: 'ends' }): void {
    let batch = this.batches.get(number);
    if (batch === undefined) {
      batch = { number, day, durations, records: new SessionRecords(64) };
      this.batches.set(number, batch);
      this.lastBatch = Math.max(this.lastBatch, number);
    }
    for (let i = 0; i < records.length; i++) {
      batch.records.copy(records, i);
      if (ending) this.open.remove(records, i);
    }
  }

  #roll(day: number): void {
    this.rolled = day;
    const { rows } = this.open;
    for (let row = 0; row < rows.length; row++) {
      if (!this.open.holds(row) || dayOf(rows.start(row)) > day) continue;
      this.open.setRecorded(row, Math.max(day, this.open.recorded(row)));
    }
  }

  /**
   * All of it as frames of entries. What changes while they are taken stands in the entries that are written after
   * them, and those come to the same when some of it stands here already: a session that is there is left as it is, one
   * that is not there is not removed; ended ones are taken up to what there was at the beginning.
   */
  base(at: number): Iterable<Uint8Array> {
    const batches = [...this.batches.values()].map((batch) => ({ batch, length: batch.records.length }));
    const last = new EntryWriter();
    // Of a batch that is packed, only that its number is used up.
    last.packed(batches.some(({ batch }) => batch.number === this.lastBatch) ? 0 : this.lastBatch);
    if (this.rolled !== undefined) last.rolledBefore(this.rolled);
    last.handedOver(at);
    last.base();
    return this.#frames(batches, last.written());
  }

  *#frames(batches: readonly { batch: Batch; length: number }[], last: Uint8Array): Generator<Uint8Array> {
    const { open } = this;
    const { rows } = open;
    const copies = new SessionRecords(chunk);
    for (let row = 0; row < rows.length; ) {
      copies.clear();
      for (; row < rows.length && copies.length < chunk; row++) {
        if (!open.holds(row)) continue;
        const copy = copies.copy(rows, row);
        copies.f64[copy * 16 + 4] = open.recorded(row);
      }
      const frame = new EntryWriter();
      frame.begins(copies, 0, copies.length);
      yield frame.written();
    }
    for (const { batch, length } of batches) {
      for (let index = 0; index < length; index += chunk) {
        const frame = new EntryWriter();
        frame.ends(batch, false, batch.records, index, Math.min(chunk, length - index));
        yield frame.written();
      }
    }
    yield last;
  }
}
