/**
 * A process of four writers on a registry that other processes write too. It goes on until it is killed or told to
 * stop (a line on standard input), and remembers through its logs what was acknowledged before it was killed.
 */
import { randomInt } from 'node:crypto';
import { isAppError } from '../../src/errors/app-error.ts';
import type { Lease, LeaseOrder, Leases } from '../../src/registry/leases/leases.ts';
import { openSqliteLeases } from '../../src/registry/sqlite/open-leases.ts';
import { actor, benchPool, strategies } from './lease-bench.ts';
import { readWriterLog, WriterLog, type WriterMemory } from './writer-log.ts';

const [directory, prefix, bits] = process.argv.slice(2) as [string, string, string];
const writers = 4;
/** A writer that holds more than this releases some; so the pools stay about half full. */
const most = 2 ** Number(bits) / 32;
let stopping = false;

process.stdin.resume();
process.stdin.once('end', () => {
  stopping = true;
});

/** Each writer has a pool strategy of its own; all pools share one range, so they compete for every address. */
class Writer {
  readonly #leases: Leases;
  readonly #log: WriterLog;
  readonly #memory: WriterMemory;
  readonly #name: string;
  readonly #pool: LeaseOrder['pool'];
  #step: number;

  constructor(leases: Leases, index: number) {
    this.#leases = leases;
    this.#name = `${prefix}-${index}`;
    this.#memory = readWriterLog(`${directory}/${this.#name}.log`);
    this.#log = new WriterLog(`${directory}/${this.#name}.log`);
    this.#pool = { ...benchPool(strategies[index % strategies.length] ?? 'random', Number(bits)), name: this.#name };
    this.#step = Date.now();
  }

  async run(): Promise<void> {
    for (const [key, count] of [...this.#memory.open]) await this.#lease(key, count);
    while (!stopping) {
      const dice = randomInt(100);
      if (this.#memory.held.size > most || dice < 35) await this.#release(1 + randomInt(dice < 5 ? 200 : 5));
      else if (dice < 45) await this.#rotate();
      else await this.#lease(this.#key(), dice < 55 ? 20 + randomInt(180) : 1);
    }
  }

  #key(): string {
    return `${this.#name}-${this.#step++}`;
  }

  async #lease(key: string, count: number): Promise<readonly Lease[]> {
    if (!this.#memory.open.has(key)) this.#log.line('k', key, count);
    const order: LeaseOrder = {
      pool: this.#pool as never,
      wishes: count,
      state: 'active',
      requestKey: key,
      actor,
      now: Date.now(),
    };
    const leases = await this.#leases.lease({ ...order, owner: this.#name }).catch((error) => {
      // Too much rests just now: a refusal is an answer too, and nothing was leased.
      if (isAppError(error) && error.code === 'pool-exhausted') return [];
      throw error;
    });
    this.#log.line('+', key, ...leases.map(({ id, mac }) => `${id}=${mac}`));
    this.#memory.open.delete(key);
    for (const { id, mac } of leases) this.#memory.held.set(id, mac);
    return leases;
  }

  async #release(count: number): Promise<void> {
    const ids = this.#anyHeld(count);
    if (ids.length === 0) return;
    this.#log.line('?', ...ids);
    for (const id of ids) this.#memory.held.delete(id);
    await this.#leases.release({ ids, quarantine: () => (randomInt(2) === 0 ? 0 : 60), actor, now: Date.now() });
    this.#log.line('-', ...ids);
  }

  /** Make before break: a new address first, then the old one goes into quarantine. */
  async #rotate(): Promise<void> {
    const [old] = this.#anyHeld(1);
    if (old === undefined || (await this.#lease(this.#key(), 1)).length === 0) return;
    this.#log.line('?', old);
    this.#memory.held.delete(old);
    await this.#leases.release({ ids: [old], quarantine: () => 60, actor, now: Date.now() });
    this.#log.line('-', old);
  }

  #anyHeld(count: number): number[] {
    const ids: number[] = [];
    for (const id of this.#memory.held.keys()) {
      if (ids.length >= count) break;
      ids.push(id);
    }
    return ids;
  }
}

const leases = await openSqliteLeases({ directory });
await Promise.all(Array.from({ length: writers }, (_, index) => new Writer(leases, index).run()));
await leases.close();
