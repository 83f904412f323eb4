import { AppError, type Mistake } from '../errors/app-error.ts';
import { parseSiteObjects, type SiteObject } from '../model/parse-site.ts';
import type { Site } from '../model/site.ts';
import type { Commit, ObjectKind, StoredObject } from '../registry/registry.ts';
import { withAttachments } from './attachments.ts';

const key = (object: { kind: ObjectKind; name: string }): string => `${object.kind} ${object.name}`;

const isSiteObject = (object: StoredObject): object is SiteObject & StoredObject => object.kind !== 'attachment';

export type ObjectChange = Pick<Commit, 'put' | 'remove'>;

/** The objects of one revision, and the site that they make. Immutable; every change gives a new one. */
export class StoredSite {
  readonly objects: ReadonlyMap<string, StoredObject>;
  /** Undefined in a registry that holds no site. */
  readonly site: Site | undefined;
  readonly warnings: readonly Mistake[];

  private constructor(objects: ReadonlyMap<string, StoredObject>) {
    this.objects = objects;
    if (!this.objects.has('settings site')) {
      this.site = undefined;
      this.warnings = [];
      return;
    }
    const siteObjects: SiteObject[] = [];
    // Where NICs are plugged in is not part of a site file.
    for (const object of objects.values()) if (isSiteObject(object)) siteObjects.push(object);
    const { site, warnings } = parseSiteObjects(siteObjects);
    this.site = withAttachments(site, this.attachments());
    this.warnings = warnings;
  }

  /** Throws `site-invalid` when the objects do not make a site. */
  static of(objects: readonly StoredObject[]): StoredSite {
    return new StoredSite(new Map(objects.map((object) => [key(object), object])));
  }

  /** Device that each NIC was attached to by hand; null where it was detached. By NIC id. */
  attachments(): Map<string, string | null> {
    const found = new Map<string, string | null>();
    for (const { kind, name, body } of this.objects.values()) {
      if (kind === 'attachment') found.set(name, (body as { port: string | null }).port);
    }
    return found;
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

  with(change: ObjectChange): StoredSite {
    const objects = new Map(this.objects);
    for (const gone of change.remove) objects.delete(key(gone));
    for (const object of change.put) objects.set(key(object), object);
    return new StoredSite(objects);
  }
}

function sameBody(held: StoredObject | undefined, wanted: StoredObject): boolean {
  if (held?.origin !== wanted.origin) return false;
  return held.body === wanted.body || JSON.stringify(held.body) === JSON.stringify(wanted.body);
}
