import type { ObjectKind, StoredObject } from '../../registry/registry.ts';

interface Collection {
  readonly objects: readonly StoredObject[];
  readonly byName: ReadonlyMap<string, StoredObject>;
}

/** Objects of one site are sorted out once. */
const known = new WeakMap<readonly StoredObject[], Map<ObjectKind, Collection>>();

/** The objects of one kind, in the order of the site. */
export function collectionOf(all: readonly StoredObject[], kind: ObjectKind): Collection {
  const collections = known.get(all) ?? new Map<ObjectKind, Collection>();
  known.set(all, collections);
  const held = collections.get(kind);
  if (held !== undefined) return held;
  const objects = all.filter((object) => object.kind === kind);
  const collection = { objects, byName: new Map(objects.map((object) => [object.name, object])) };
  collections.set(kind, collection);
  return collection;
}
