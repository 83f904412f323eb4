import type { ObjectKind, StoredObject } from '../../registry/registry.ts';

/** One object that two revisions do not have alike. */
export interface ObjectDifference {
  readonly change: 'add' | 'remove' | 'change';
  readonly kind: ObjectKind;
  readonly name: string;
  readonly origin: StoredObject['origin'];
  readonly before?: unknown;
  readonly after?: unknown;
}

const keyOf = ({ kind, name }: StoredObject): string => `${kind} ${name}`;

const isSame = (a: StoredObject, b: StoredObject): boolean =>
  a.origin === b.origin && (a.body === b.body || JSON.stringify(a.body) === JSON.stringify(b.body));

/** What became different: what is there now in its order, then what is gone. */
export function compareObjects(before: readonly StoredObject[], after: readonly StoredObject[]): ObjectDifference[] {
  const earlier = new Map(before.map((object) => [keyOf(object), object]));
  const differences: ObjectDifference[] = [];
  for (const object of after) {
    const { kind, name, origin, body } = object;
    const was = earlier.get(keyOf(object));
    earlier.delete(keyOf(object));
    if (was === undefined) differences.push({ change: 'add', kind, name, origin, after: body });
    else if (!isSame(was, object))
      differences.push({ change: 'change', kind, name, origin, before: was.body, after: body });
  }
  for (const { kind, name, origin, body } of earlier.values())
    differences.push({ change: 'remove', kind, name, origin, before: body });
  return differences;
}
