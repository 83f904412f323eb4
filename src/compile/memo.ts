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
