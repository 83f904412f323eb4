import { AppError } from '../errors/app-error.ts';
import { parseObject } from '../model/parse-site.ts';
import { nicId } from '../model/site.ts';
import type { Actor } from '../registry/journal/journal.ts';
import type { StoredObject } from '../registry/registry.ts';
import type { ApplyResult, ObjectNoun } from './engine-contract.ts';
import type { ChangeNote, SiteKeeper } from './site-keeper.ts';
import type { ObjectChange } from './stored-site.ts';

interface ObjectParts {
  readonly keeper: SiteKeeper;
  /** Does work when its turn has come, unless a revision waits to be confirmed (`conflict`). */
  readonly alone: <T>(work: () => Promise<T>) => Promise<T>;
  readonly change: (change: ObjectChange, about: ChangeNote) => Promise<ApplyResult>;
}

/** Changes of one object at a time, as the API makes them. Every method rejects with an AppError. */
export class ObjectDesk {
  readonly #parts: ObjectParts;

  constructor(parts: ObjectParts) {
    this.#parts = parts;
  }

  put(kind: ObjectNoun, body: unknown, { who, from }: Actor): Promise<ApplyResult> {
    const { name } = parseObject(kind, body);
    return this.#parts.alone(async () => {
      this.#refuseFileOwned(kind, name);
      const object: StoredObject = { kind, name, body, origin: 'api' };
      const comment = `put ${kind} ${name}`;
      return this.#parts.change({ put: [object], remove: [] }, { author: who, from, kind: 'put', comment });
    });
  }

  remove(kind: ObjectNoun, name: string, { who, from }: Actor): Promise<ApplyResult> {
    return this.#parts.alone(async () => {
      this.#refuseFileOwned(kind, name);
      const held = this.#parts.keeper.stored.get(kind, name);
      if (!held) throw new AppError('not-found', `there is no ${kind} "${name}"`);
      const comment = `remove ${kind} ${name}`;
      return this.#parts.change({ put: [], remove: [held] }, { author: who, from, kind: 'remove', comment });
    });
  }

  /** Plugs a NIC into a port; null unplugs it. */
  attach(guest: string, nic: number, port: string | null, { who, from }: Actor): Promise<ApplyResult> {
    const id = nicId(guest, nic);
    const about =
      port === null
        ? { kind: 'detach', comment: `detach ${id}` }
        : { kind: 'attach', comment: `attach ${id} to ${port}` };
    return this.#parts.alone(async () => {
      const found = this.#parts.keeper.stored.site?.guests.find(({ name }) => name === guest);
      if (!found?.nics[nic]) throw new AppError('not-found', `there is no NIC "${id}" in this site`);
      const object: StoredObject = { kind: 'attachment', name: id, body: { port }, origin: 'api' };
      return this.#parts.change({ put: [object], remove: [] }, { author: who, from, ...about });
    });
  }

  #refuseFileOwned(kind: ObjectNoun, name: string): void {
    if (this.#parts.keeper.stored.get(kind, name)?.origin === 'file') {
      throw new AppError('conflict', `${kind} "${name}" belongs to the site file; change it there and apply the file`);
    }
  }
}
