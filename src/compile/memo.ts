import { LayeredMap } from '../model/layered-map.ts';
import { recordDelta, sameMap } from '../model/map-delta.ts';

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

/** Gives the result of the call before when every input is the same value as then. */
export function rememberLast<Inputs extends readonly unknown[], Result>(
  make: (...inputs: Inputs) => Result,
): (...inputs: Inputs) => Result {
  let last: { inputs: Inputs; result: Result } | undefined;
  return (...inputs) => {
    if (last?.inputs.every((value, i) => value === inputs[i])) return last.result;
    last = { inputs, result: make(...inputs) };
    return last.result;
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

/**
 * Compiles a long list into a map by key. Only the part of the list that is not the same objects as in the call before
 * is compiled again; the rest is copied. `inputs` are what all of them depend on besides.
 */
export function incrementalMap<Source extends object, Result>(
  keyOf: (source: Source) => string,
  make: (source: Source, ...inputs: never[]) => Result,
): (sources: readonly Source[], ...inputs: unknown[]) => ReadonlyMap<string, Result> {
  let last: { sources: readonly Source[]; inputs: unknown[]; result: LayeredMap<Result> } | undefined;
  const compileOne = make as (source: Source, ...inputs: unknown[]) => Result;
  return (sources, ...inputs) => {
    const usable = last?.inputs.length === inputs.length && last.inputs.every((value, i) => value === inputs[i]);
    const known = usable && last ? last : { sources: [], result: new LayeredMap<Result>() };
    const [head, tail] = commonEnds(known.sources, sources);
    const gone = known.sources.slice(head, known.sources.length - tail).map(keyOf);
    const fresh = sources.slice(head, sources.length - tail);
    if (gone.length === 0 && fresh.length === 0 && usable && last) return last.result;
    const result = known.result.with([
      ...gone.map((key): [string, undefined] => [key, undefined]),
      ...fresh.map((source): [string, Result] => [keyOf(source), compileOne(source, ...inputs)]),
    ]);
    if (usable) recordDelta(result, known.result, [...gone, ...fresh.map(keyOf)]);
    last = { sources, inputs, result };
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
