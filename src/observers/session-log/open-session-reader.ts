import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { mayMatch, searchBlock } from './block-search.ts';
import { dayOf, dayStart, parseSegmentName, segmentName } from './day.ts';
import { FoundSessions } from './found-sessions.ts';
import { type Gap, readGaps } from './gaps.ts';
import type { JournalState } from './journal-state.ts';
import { JournalTail } from './journal-tail.ts';
import { sessionMatches } from './match.ts';
import { type IndexedBlock, readIndex, readPayload, type SegmentIndex } from './segment-index.ts';
import type { FoundInLog, SessionMatch, SessionReader } from './session-log.ts';
import { PackedBlock } from './unpack-block.ts';

interface SessionReaderOptions {
  /** STATE/sessions; it need not be there. */
  readonly directory: string;
  /** Bytes of unpacked blocks that are kept for the next question; 64 MB unless given. */
  readonly cacheBytes?: number;
  /** Hears of files and blocks that could not be read; they are passed over. */
  readonly onDamaged?: (text: string) => void;
}

const defaultCache = 64 * 2 ** 20;
/** Indexes of days that are kept. */
const mostIndexes = 16;

/** Milliseconds without a word of the writer, which hands over once a second, until that counts as a gap. */
const silence = 15_000;

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

interface KnownIndex {
  readonly size: number;
  readonly changed: number;
  readonly index: SegmentIndex;
}

/** Questions that the journal is searched for before others have their turn. */
const together = 64;

interface Search {
  readonly match: SessionMatch;
  readonly found: FoundSessions;
  /** What later days hold cannot be among those asked for. */
  full: boolean;
  damaged: boolean;
}

class Reader implements SessionReader {
  readonly #options: SessionReaderOptions;
  readonly #journal: JournalTail;
  readonly #indexes = new Map<number, KnownIndex>();
  readonly #blocks = new Map<string, PackedBlock>();
  #cached = 0;
  /** Following the journal is one thing at a time; who asks meanwhile shares the next look. */
  #following: Promise<unknown> = Promise.resolve();

  constructor(options: SessionReaderOptions) {
    this.#options = options;
    this.#journal = new JournalTail(options.directory);
  }

  async find(match: SessionMatch, limit: number): Promise<FoundInLog> {
    const [found] = await this.findMany([match], limit);
    return found as FoundInLog;
  }

  async findMany(matches: readonly SessionMatch[], limit: number): Promise<FoundInLog[]> {
    const searches = matches.map(
      (match): Search => ({ match, found: new FoundSessions(limit), full: false, damaged: false }),
    );
    const taken = await this.#snapshot(searches);
    for (const day of await this.#days(searches)) {
      const [from, to] = [dayStart(day), dayStart(day + 1)];
      const wanted = searches.filter(({ match, full }) => !full && match.from < to && match.to >= from);
      await this.#searchDay(day, wanted, taken);
      for (const search of wanted) search.full = search.found.fullBefore(to);
    }
    return searches.map(({ found, damaged }) => ({ ...found.finish(), damaged }));
  }

  /** Takes what matches out of the journal; answers which of its batches, so that none is taken twice. */
  async #snapshot(searches: readonly Search[]): Promise<Set<string>> {
    const taken = this.#following.then(async () => {
      try {
        const state = await this.#journal.follow();
        for (const [place, { match, found }] of searches.entries()) {
          if (place % together === together - 1) await nextTurn();
          searchJournal(state, match, found);
        }
        return new Set(Array.from(state.batches.values(), ({ day, number }) => batchKey(day, number)));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Set<string>();
        throw error;
      }
    });
    this.#following = taken.catch(() => undefined);
    return taken;
  }

  async #days(searches: readonly Search[]): Promise<number[]> {
    let names: string[];
    try {
      names = await readdir(this.#options.directory);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
    const first = dayOf(searches.reduce((least, { match }) => Math.min(least, match.from), Number.POSITIVE_INFINITY));
    const last = dayOf(searches.reduce((most, { match }) => Math.max(most, match.to), Number.NEGATIVE_INFINITY));
    const days = names.flatMap((name) => parseSegmentName(name) ?? []);
    return days.filter((day) => day >= first && day <= last).sort((a, b) => a - b);
  }

  async #searchDay(day: number, searches: readonly Search[], taken: Set<string>): Promise<void> {
    if (searches.length === 0) return;
    let file: FileHandle | undefined;
    try {
      file = await open(join(this.#options.directory, segmentName(day)));
      const index = await this.#index(file, day);
      for (const search of searches) {
        const { match } = search;
        search.damaged ||= index.damaged.length > 0;
        const blocks = index.blocks.filter(
          (block) => !taken.has(batchKey(day, block.batch)) && mayMatch(block, day, match),
        );
        for (const block of blocks) await this.#searchBlock(file, day, block, search);
      }
    } catch (error) {
      // Expired meanwhile.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      if (!(error instanceof RangeError)) throw error;
      for (const search of searches) search.damaged = true;
      this.#options.onDamaged?.(`${segmentName(day)} could not be read: ${error.message}`);
    } finally {
      await file?.close();
    }
  }

  async #searchBlock(file: FileHandle, day: number, block: IndexedBlock, search: Search): Promise<void> {
    const { match, found } = search;
    try {
      const unpacked = await this.#block(file, day, block);
      if (unpacked !== undefined) searchBlock(unpacked, day, match, found.records);
      else search.damaged = true;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      search.damaged = true;
      this.#options.onDamaged?.(`${segmentName(day)}: the block at byte ${block.at} is damaged: ${error.message}`);
    }
    found.trim();
  }

  async #index(file: FileHandle, day: number): Promise<SegmentIndex> {
    const { size, mtimeMs } = await file.stat();
    const known = this.#indexes.get(day);
    this.#indexes.delete(day);
    if (known?.size === size && known.changed === mtimeMs) {
      this.#indexes.set(day, known);
      return known.index;
    }
    const index = await readIndex(file, size);
    for (const { from, to } of index.damaged) {
      this.#options.onDamaged?.(`${segmentName(day)} is damaged from byte ${from} to ${to}`);
    }
    this.#indexes.set(day, { size, changed: mtimeMs, index });
    if (this.#indexes.size > mostIndexes) this.#indexes.delete(this.#indexes.keys().next().value as number);
    return index;
  }

  async #block(file: FileHandle, day: number, block: IndexedBlock): Promise<PackedBlock | undefined> {
    const key = `${day}/${block.at}/${block.payloadCrc}`;
    let unpacked = this.#blocks.get(key);
    if (unpacked !== undefined) {
      this.#blocks.delete(key);
      this.#blocks.set(key, unpacked);
      return unpacked;
    }
    const payload = await readPayload(file, block);
    if (payload === undefined) {
      this.#options.onDamaged?.(
        `${segmentName(day)}: the block at byte ${block.at} with ${block.count} sessions is damaged`,
      );
      return undefined;
    }
    unpacked = new PackedBlock(payload, block.count, day);
    this.#blocks.set(key, unpacked);
    this.#cached += unpacked.memory;
    const most = this.#options.cacheBytes ?? defaultCache;
    for (const [oldest, { memory }] of this.#blocks) {
      if (this.#cached <= most) break;
      this.#blocks.delete(oldest);
      this.#cached -= memory;
    }
    return unpacked;
  }

  async gaps(from: number, to: number): Promise<{ from: number; to: number; why: string }[]> {
    const gaps = [...(await readGaps(this.#options.directory)), ...(await this.#gapAtTheEnd())];
    return gaps.filter((gap) => gap.from <= to && gap.to >= from);
  }

  /** Nobody has written for a while: the daemon is not running, or records nothing by its mode. */
  async #gapAtTheEnd(): Promise<Gap[]> {
    const looked = this.#following.then(() => this.#journal.follow().catch(absent));
    this.#following = looked.catch(() => undefined);
    const handedOver = (await looked)?.handedOver;
    const now = Date.now();
    if (handedOver === undefined) return [{ from: 0, to: now, why: 'there is no log of sessions' }];
    return now - handedOver < silence ? [] : [{ from: handedOver, to: now, why: 'nothing has been recorded since' }];
  }

  async close(): Promise<void> {
    await this.#following;
    await this.#journal.close();
    this.#blocks.clear();
    this.#indexes.clear();
    this.#cached = 0;
  }
}

const batchKey = (day: number, number: number): string => `${day}/${number}`;

/** Adds what matches of open and not yet packed sessions. */
function searchJournal(state: JournalState, match: SessionMatch, found: FoundSessions): void {
  const { open } = state;
  for (let row = 0; row < open.rows.length; row++) {
    if (open.holds(row) && sessionMatches(open.rows, row, match, 0)) found.records.copy(open.rows, row);
  }
  found.trim();
  for (const { records, day } of state.batches.values()) {
    for (let i = 0; i < records.length; i++) {
      if (sessionMatches(records, i, match, dayStart(day))) found.records.copy(records, i);
    }
    found.trim();
  }
}

/** Opens a reader of a log, written or not, there or not. Files are opened when they are asked for. */
export function openSessionReader(options: SessionReaderOptions): SessionReader {
  return new Reader(options);
}
