/**
 * Maps of 10,000 objects that differ in one are compared without looking at the other 9,999: who makes a map out of
 * another one records what it changed.
 */
const deltas = new WeakMap<object, { readonly base: WeakRef<object>; readonly keys: readonly string[] }>();

/** `after` differs from `base` at most at `keys`. */
export function recordDelta(after: ReadonlyMap<string, unknown>, base: object, keys: readonly string[]): void {
  deltas.set(after, { base: new WeakRef(base), keys });
}

/** Keys whose values are not the same (by ===) in both maps. */
export function changedKeys(before: ReadonlyMap<string, unknown>, after: ReadonlyMap<string, unknown>): string[] {
  if (before === after) return [];
  const forward = deltas.get(after);
  const backward = deltas.get(before);
  const known =
    forward?.base.deref() === before ? forward.keys : backward?.base.deref() === after ? backward.keys : undefined;
  if (known) return [...new Set(known)].filter((key) => before.get(key) !== after.get(key));
  const changed: string[] = [];
  for (const [key, value] of after) if (before.get(key) !== value) changed.push(key);
  for (const key of before.keys()) if (!after.has(key)) changed.push(key);
  return changed;
}

/** Whether both maps hold the same values (by ===) under the same keys. */
export function sameMap(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  for (const [key, value] of a) if (b.get(key) !== value) return false;
  return true;
}
