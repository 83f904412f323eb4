import { AppError, type Mistake } from '../errors/app-error.ts';
import { parseObject } from '../model/parse-site.ts';
import { nicId } from '../model/site.ts';
import { itself } from '../registry/journal/journal.ts';
import type { Registry, StoredObject } from '../registry/registry.ts';
import type {
  ApplyResult,
  ChangeOptions,
  ChangeOrder,
  ObjectNoun,
  ObjectOrder,
  PlanOptions,
  PlanResult,
  SiteView,
} from './engine-contract.ts';
import type { Log } from './engine-parts.ts';
import type { SiteReader } from './read-site.ts';
import type { ChangeNote, SiteKeeper } from './site-keeper.ts';
import { type ObjectChange, StoredSite } from './stored-site.ts';

interface DeskParts {
  readonly keeper: SiteKeeper;
  readonly reader: SiteReader;
  readonly registry: Pick<Registry, 'objects'>;
  readonly now: () => number;
  /** Does work when its turn has come; `refuses`: unless a revision waits to be confirmed (`conflict`). */
  readonly inTurn: <T>(refuses: boolean, work: () => Promise<T>) => Promise<T>;
  readonly change: (change: ObjectChange, about: ChangeNote) => Promise<ApplyResult>;
  readonly log: Log;
}

/** An order whose words were read: what it changes is known when its turn has come. */
interface ReadOrder {
  readonly kind?: string;
  readonly comment: string;
  readonly warnings: readonly Mistake[];
  /** Milliseconds that reading it took. */
  readonly parse?: number;
  readonly change: () => Promise<ObjectChange>;
}

/** Changes of the site, whatever they are ordered by. Every method rejects with an AppError. */
export class ChangeDesk {
  readonly #parts: DeskParts;

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  async plan(order: ChangeOrder, { check }: PlanOptions = {}): Promise<PlanResult> {
    const read = await this.#read(order);
    return this.#parts.inTurn(false, async () => {
      const { keeper } = this.#parts;
      const change = await read.change();
      check?.(viewOf(keeper), keeper.stored.with(change));
      const { plan, warnings } = await keeper.plan(change, read.warnings);
      const { lines, raw, empty } = plan;
      return { lines: [...lines], raw, empty, warnings, baseRevision: keeper.head?.number ?? 0 };
    });
  }

  async change(order: ChangeOrder, options: ChangeOptions): Promise<ApplyResult> {
    const { author, from = itself.from, confirmSeconds, check, onStage } = options;
    const started = performance.now();
    onStage?.('read');
    const read = await this.#read(order);
    onStage?.('wait');
    // Going back is how one gets out of a change that waits to be confirmed.
    return this.#parts.inTurn(!('revision' in order || 'destroy' in order), async () => {
      const { keeper } = this.#parts;
      const change = await read.change();
      check?.(viewOf(keeper), keeper.stored.with(change));
      const result = await this.#parts.change(change, {
        author,
        from,
        comment: options.comment ?? read.comment,
        warnings: read.warnings,
        ...(read.kind === undefined ? {} : { kind: read.kind }),
        ...(confirmSeconds === undefined ? {} : { confirmBy: this.#parts.now() + confirmSeconds * 1000 }),
        ...(onStage === undefined ? {} : { onStage }),
      });
      if (read.parse === undefined) return result;
      return { ...result, timings: { parse: read.parse, ...result.timings, total: performance.now() - started } };
    });
  }

  /** Takes a revision back that nobody confirmed. Nothing when it was confirmed or replaced meanwhile. */
  takeBack(revision: number): Promise<void> {
    return this.#parts.inTurn(false, async () => {
      const { keeper, registry, log } = this.#parts;
      const { confirmBy, number, fallback = 0 } = keeper.head ?? {};
      if (confirmBy === undefined || number !== revision) return;
      const comment = `revision ${number} was not confirmed in time: back to revision ${fallback}`;
      log.warn({ revision: number }, comment);
      const change = keeper.stored.changeTo(StoredSite.of(await registry.objects(fallback)));
      await this.#parts.change(change, { author: itself.who, from: itself.from, kind: 'rollback', comment });
    });
  }

  async #read(order: ChangeOrder): Promise<ReadOrder> {
    if ('file' in order) return this.#readFile(order.file);
    if ('objects' in order) return this.#readObjects(order.objects);
    const target = 'revision' in order ? order.revision : undefined;
    return {
      kind: target === undefined ? 'destroy' : 'rollback',
      comment: target === undefined ? 'destroy' : `roll back to revision ${target}`,
      warnings: [],
      change: async () => {
        const objects = target === undefined ? [] : await this.#parts.registry.objects(target);
        return this.#parts.keeper.stored.changeTo(StoredSite.of(objects));
      },
    };
  }

  async #readFile({ text, name = 'site.yaml' }: { text: string; name?: string }): Promise<ReadOrder> {
    const started = performance.now();
    const { objects, warnings } = await this.#parts.reader.read({ text, file: name });
    return {
      comment: `apply ${name}`,
      warnings,
      parse: performance.now() - started,
      change: async () => this.#parts.keeper.stored.changeToFile(objects),
    };
  }

  #readObjects(orders: readonly ObjectOrder[]): ReadOrder {
    const [first] = orders;
    if (first === undefined)
      throw new AppError('request-invalid', 'The change names no object; expected at least one.');
    const bodies = orders.map((order) => (order.op === 'put' ? named(order.kind, order.body) : undefined));
    const seen = new Set<string>();
    orders.forEach((order, index) => {
      const key = `${keyOf(order, bodies[index]?.name)}`;
      if (seen.has(key)) throw new AppError('request-invalid', `${key} stands in the change twice; expected once.`);
      seen.add(key);
    });
    const comment = `${wordsOf(first, bodies[0]?.name)}${orders.length === 1 ? '' : ` and ${orders.length - 1} more`}`;
    return {
      kind: orders.every(({ op }) => op === first.op) ? kindOf(first) : 'change',
      comment,
      warnings: [],
      change: async () => {
        const put: StoredObject[] = [];
        const remove: StoredObject[] = [];
        orders.forEach((order, index) => {
          if (order.op === 'remove') remove.push(this.#held(order.kind, order.name));
          else put.push(order.op === 'attach' ? this.#attachment(order, put) : this.#made(order, bodies[index]));
        });
        return { put, remove };
      },
    };
  }

  #made({ kind, body }: ObjectOrder & { op: 'put' }, { name } = { name: '' }): StoredObject {
    this.#refuseFileOwned(kind, name);
    return { kind, name, body, origin: 'api' };
  }

  #held(kind: ObjectNoun, name: string): StoredObject {
    this.#refuseFileOwned(kind, name);
    const held = this.#parts.keeper.stored.get(kind, name);
    if (!held) throw new AppError('not-found', `there is no ${kind} "${name}"`);
    return held;
  }

  /** `made` are objects of the same change, which may hold the guest. */
  #attachment({ guest, nic, port }: ObjectOrder & { op: 'attach' }, made: readonly StoredObject[]): StoredObject {
    const id = nicId(guest, nic);
    const found = this.#parts.keeper.stored.site?.guests.find(({ name }) => name === guest);
    const isMade = made.some(({ kind, name }) => kind === 'guest' && name === guest);
    if (!found?.nics[nic] && !isMade) throw new AppError('not-found', `there is no NIC "${id}" in this site`);
    return { kind: 'attachment', name: id, body: { port }, origin: 'api' };
  }

  #refuseFileOwned(kind: ObjectNoun, name: string): void {
    if (this.#parts.keeper.stored.get(kind, name)?.origin === 'file') {
      throw new AppError('conflict', `${kind} "${name}" belongs to the site file; change it there and apply the file`);
    }
  }
}

/** The site as a keeper has it. */
export const viewOf = ({ stored, head }: SiteKeeper): SiteView => ({
  site: stored.site,
  get: (kind, name) => stored.get(kind, name),
  ...(head === undefined ? {} : { head }),
});

/** Throws `site-invalid` for what is no such object. */
const named = (kind: ObjectNoun, body: unknown): { name: string } => parseObject(kind, body);

const keyOf = (order: ObjectOrder, name?: string): string =>
  order.op === 'attach' ? `NIC "${nicId(order.guest, order.nic)}"` : `${order.kind} "${name ?? nameOf(order)}"`;

const nameOf = (order: ObjectOrder): string => (order.op === 'remove' ? order.name : '');

const kindOf = (order: ObjectOrder): string => (order.op === 'attach' && order.port === null ? 'detach' : order.op);

function wordsOf(order: ObjectOrder, name?: string): string {
  if (order.op !== 'attach') return `${order.op} ${order.kind} ${name ?? nameOf(order)}`;
  const id = nicId(order.guest, order.nic);
  return order.port === null ? `detach ${id}` : `attach ${id} to ${order.port}`;
}
