import { randomInt } from 'node:crypto';
import { rmSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';

/** How others give MAC addresses out, written from their published algorithms; as durable as ours (WAL, synchronous=FULL). */
export interface MacBaseline {
  readonly name: string;
  /** Holds `share` (0..1) of the addresses, without the algorithm: only leases are measured. */
  fill(share: number): void;
  /** The address, or undefined when the algorithm gave up although there are free ones. */
  lease(): number | undefined;
  release(mac: number): void;
  /** Any held address. */
  held(): number;
  close(): void;
}

const duplicate = 'SQLITE_CONSTRAINT_PRIMARYKEY';

class Table {
  readonly size: number;
  readonly taken: number[] = [];
  readonly #database: DatabaseSync;
  readonly #file: string;
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;

  constructor(file: string, size: number) {
    this.size = size;
    this.#file = file;
    this.#database = new DatabaseSync(file);
    this.#database.exec(
      'pragma journal_mode = wal; pragma synchronous = full; create table macs (mac integer primary key)',
    );
    this.#insert = this.#database.prepare('insert into macs values (?)');
    this.#delete = this.#database.prepare('delete from macs where mac = ?');
  }

  /** False when the address is held. */
  insert(mac: number): boolean {
    try {
      this.#insert.run(mac);
    } catch (error) {
      if (String(error).includes('UNIQUE') || String(error).includes(duplicate)) return false;
      throw error;
    }
    this.taken.push(mac);
    return true;
  }

  /** Adds addresses until `count` are held, in one transaction. */
  fill(count: number, next: () => number): void {
    this.#database.exec('begin');
    while (this.taken.length < count) this.insert(next());
    this.#database.exec('commit');
  }

  delete(mac: number): void {
    this.#delete.run(mac);
    const last = this.taken.pop() as number;
    if (last === mac) return;
    this.taken[this.taken.indexOf(mac)] = last;
  }

  close(): void {
    this.#database.close();
    for (const end of ['', '-wal', '-shm']) rmSync(`${this.#file}${end}`, { force: true });
  }
}

/** OpenStack Neutron gives up after so many duplicates (mac_generation_retries). */
const neutronRetries = 16;

/** Draw the low bits at random, insert, and draw again when the database says that somebody holds it. */
export class RandomWithRetry implements MacBaseline {
  readonly name = 'random with retry (16 tries)';
  readonly #table: Table;

  constructor(file: string, size: number) {
    this.#table = new Table(file, size);
  }

  fill(share: number): void {
    const { size } = this.#table;
    // In order first, or the last per mille would take a thousand draws each.
    let next = 0;
    this.#table.fill(Math.floor(size * share), () => next++ % size);
  }

  lease(): number | undefined {
    for (let attempt = 0; attempt <= neutronRetries; attempt++) {
      const mac = randomInt(this.#table.size);
      if (this.#table.insert(mac)) return mac;
    }
    return undefined;
  }

  release(mac: number): void {
    this.#table.delete(mac);
  }

  held(): number {
    return this.#table.taken[randomInt(this.#table.taken.length)] as number;
  }

  close(): void {
    this.#table.close();
  }
}

/** Walk through the range from its beginning until an address is in no table, all under one lock. */
export class LinearScan implements MacBaseline {
  readonly name = 'linear scan under a lock';
  readonly #table: Table;
  readonly #known = new Set<number>();

  constructor(file: string, size: number) {
    this.#table = new Table(file, size);
  }

  fill(share: number): void {
    let next = 0;
    this.#table.fill(Math.floor(this.#table.size * share), () => next++ % this.#table.size);
    for (const mac of this.#table.taken) this.#known.add(mac);
  }

  lease(): number | undefined {
    for (let mac = 0; mac < this.#table.size; mac++) {
      if (this.#known.has(mac)) continue;
      this.#table.insert(mac);
      this.#known.add(mac);
      return mac;
    }
    return undefined;
  }

  release(mac: number): void {
    this.#table.delete(mac);
    this.#known.delete(mac);
  }

  held(): number {
    // The one that was leased last: then the whole range before it stays held, as it was filled.
    return this.#table.taken.at(-1) as number;
  }

  close(): void {
    this.#table.close();
  }
}
