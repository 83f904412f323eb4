/**
 * Remembers the last result per source object. `make` runs again only when one of the other inputs is no longer the
 * same value, so unchanged sources give the very same result object.
 */
export function memoized<Source extends object, Result>(
  make: (source: Source, ...inputs: never[]) => Result,
): (source: Source, ...inputs: unknown[]) => Result {
  const last = new WeakMap<Source, { inputs: unknown[]; result: Result }>();
  return (source, ...inputs) => {
    const known = last.get(source);
    if (known && known.inputs.length === inputs.length && known.inputs.every((value, i) => value === inputs[i])) {
      return known.result;
    }
    const result = (make as (source: Source, ...inputs: unknown[]) => Result)(source, ...inputs);
    last.set(source, { inputs, result });
    return result;
  };
}

/** Gives the map of the call before when nothing in it changed, so that whole collections compare by reference too. */
export function rememberMap<Value>(): (fresh: ReadonlyMap<string, Value>) => ReadonlyMap<string, Value> {
  let last: ReadonlyMap<string, Value> = new Map();
  return (fresh) => {
    if (!sameMap(last, fresh)) last = fresh;
    return last;
  };
}

function sameMap(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) if (b.get(key) !== value) return false;
  return true;
}

/**
 * Compiles a long list into a map by key. Only the part of the list that is not the same objects as in the call before
 * is compiled again; the rest is copied. `inputs` are what all of them depend on besides.
 */
export function incrementalMap<Source extends object, Result>(
  make: (source: Source, ...inputs: never[]) => readonly [string, Result],
): (sources: readonly Source[], ...inputs: unknown[]) => ReadonlyMap<string, Result> {
  let last:
    | { sources: readonly Source[]; inputs: unknown[]; keys: string[]; result: ReadonlyMap<string, Result> }
    | undefined;
  const all = make as (source: Source, ...inputs: unknown[]) => readonly [string, Result];
  return (sources, ...inputs) => {
    const usable = last?.inputs.length === inputs.length && last.inputs.every((value, i) => value === inputs[i]);
    const known = usable && last ? last : { sources: [], keys: [], result: new Map<string, Result>() };
    const [head, tail] = commonEnds(known.sources, sources);
    if (known.sources.length === head + tail && sources.length === head + tail && usable && last) return last.result;
    const middle = sources.slice(head, sources.length - tail).map((source) => all(source, ...inputs));
    const result = new Map(known.result);
    for (const key of known.keys.slice(head, known.keys.length - tail)) result.delete(key);
    for (const [key, value] of middle) result.set(key, value);
    const keys = [
      ...known.keys.slice(0, head),
      ...middle.map(([key]) => key),
      ...known.keys.slice(known.keys.length - tail),
    ];
    last = { sources, inputs, keys, result };
    return result;
  };
}

/** How many objects two lists have in common at their beginnings, and then at their ends. */
function commonEnds(before: readonly object[], after: readonly object[]): [number, number] {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < shorter - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  return [head, tail];
}
