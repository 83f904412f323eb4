import { AppError, type Mistake } from '../errors/app-error.ts';
import { LayeredMap } from '../model/layered-map.ts';
import { parseSiteObjects, type SiteObject } from '../model/parse-site.ts';
import type { Site } from '../model/site.ts';
import type { Commit, ObjectKind, StoredObject } from '../registry/registry.ts';
import { withAttachments } from './attachments.ts';

const key = (object: { kind: ObjectKind; name: string }): string => `${object.kind} ${object.name}`;

const isSiteObject = (object: StoredObject): object is SiteObject & StoredObject => object.kind !== 'attachment';

/**
 * What a registry goes by whose objects were all made through the API: pools need no site file. The settings of the
 * first file take its place.
 */
const withoutFile: SiteObject = { kind: 'settings', name: 'site', origin: 'api', body: { site: 'unnamed' } };

export type ObjectChange = Pick<Commit, 'put' | 'remove'>;

/** The objects of one revision, and the site that they make. Immutable; every change gives a new one. */
export class StoredSite {
  readonly objects: LayeredMap<StoredObject>;
  /** Undefined in a registry that holds no site. */
  readonly site: Site | undefined;
  readonly warnings: readonly Mistake[];

  /** What a site file would hold, in order: everything but where NICs are plugged in. */
  readonly #siteObjects: readonly SiteObject[];
  /** Device that each NIC was attached to by hand; null where it was detached. By NIC id. */
  readonly #attachments: ReadonlyMap<string, string | null>;

  private constructor(
    objects: LayeredMap<StoredObject>,
    siteObjects: readonly SiteObject[],
    attachments: ReadonlyMap<string, string | null>,
  ) {
    this.objects = objects;
    this.#siteObjects = siteObjects;
    this.#attachments = attachments;
    if (siteObjects.length === 0) {
      this.site = undefined;
      this.warnings = [];
      return;
    }
    const named = this.objects.has('settings site') ? siteObjects : [withoutFile, ...siteObjects];
    const { site, warnings } = parseSiteObjects(named);
    this.site = withAttachments(site, attachments);
    this.warnings = warnings;
  }

  /** Throws `site-invalid` when the objects do not make a site. */
  static of(objects: readonly StoredObject[]): StoredSite {
    const all = new LayeredMap(new Map(objects.map((object) => [key(object), object])));
    return new StoredSite(all, objects.filter(isSiteObject), attachmentsOf(all));
  }

  /** All of them: in the order of a site file, then where NICs are plugged in. */
  inOrder(): StoredObject[] {
    const attachments = [...this.objects.values()].filter(({ kind }) => kind === 'attachment');
    return [...this.#siteObjects, ...attachments];
  }

  get(kind: ObjectKind, name: string): StoredObject | undefined {
    return this.objects.get(key({ kind, name }));
  }

  /**
   * The change that makes the file's objects the site's. Objects that the API made stay; one of the same name in the
   * file is a conflict. A body of equal content keeps its identity, so that what is built from it does too.
   */
  changeToFile(fileObjects: readonly SiteObject[]): ObjectChange {
    const wanted = new Map<string, StoredObject>();
    for (const { kind, name, body } of fileObjects) {
      const object: StoredObject = { kind, name, body, origin: 'file' };
      const held = this.objects.get(key(object));
      if (held?.origin === 'api') {
        throw new AppError(
          'conflict',
          `${kind} "${name}" of the file was made through the API already, and what the API made a file does not change; remove one of the two`,
        );
      }
      wanted.set(key(object), object);
    }
    return {
      put: [...wanted.values()].filter((object) => !sameBody(this.objects.get(key(object)), object)),
      remove: [...this.objects.values()].filter((held) => held.origin === 'file' && !wanted.has(key(held))),
    };
  }

  /** The change that brings back the objects of another revision, whoever made them. */
  changeTo(other: StoredSite): ObjectChange {
    return {
      put: [...other.objects.values()].filter((object) => !sameBody(this.objects.get(key(object)), object)),
      remove: [...this.objects.values()].filter((held) => !other.objects.has(key(held))),
    };
  }

  /** Costs what the change is about, but for one pass over references. Throws `site-invalid`, and `conflict`. */
  with(change: ObjectChange): StoredSite {
    const objects = this.objects.with([
      ...change.remove.map((gone): [string, undefined] => [key(gone), undefined]),
      ...change.put.map((object): [string, StoredObject] => [key(object), object]),
    ]);
    const fates = new Map<object, StoredObject | undefined>();
    for (const part of [...change.remove, ...change.put]) {
      const held = this.objects.get(key(part));
      if (held) fates.set(held, objects.get(key(part)));
    }
    const kept = fates.size === 0 ? this.#siteObjects : follow(this.#siteObjects, fates);
    const added = change.put.filter((object) => isSiteObject(object) && !this.objects.has(key(object)));
    const plugged = [...change.remove, ...change.put].some(({ kind }) => kind === 'attachment');
    return new StoredSite(
      objects,
      [...kept, ...(added as SiteObject[])],
      plugged ? attachmentsOf(objects) : this.#attachments,
    );
  }
}

/** The list with objects replaced by, or without, what became of them. */
function follow(list: readonly SiteObject[], fates: ReadonlyMap<object, StoredObject | undefined>): SiteObject[] {
  const followed: SiteObject[] = [];
  for (const object of list) {
    if (!fates.has(object)) followed.push(object);
    else {
      const fate = fates.get(object);
      if (fate) followed.push(fate as SiteObject);
    }
  }
  return followed;
}

function attachmentsOf(objects: LayeredMap<StoredObject>): Map<string, string | null> {
  const found = new Map<string, string | null>();
  for (const { kind, name, body } of objects.values()) {
    if (kind === 'attachment') found.set(name, (body as { port: string | null }).port);
  }
  return found;
}

function sameBody(held: StoredObject | undefined, wanted: StoredObject): boolean {
  if (held?.origin !== wanted.origin) return false;
  return held.body === wanted.body || JSON.stringify(held.body) === JSON.stringify(wanted.body);
}
