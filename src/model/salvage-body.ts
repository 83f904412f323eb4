import { z } from 'zod';
import { type AnySchema, renderPath, schemaAt, valueAt } from './schema-mistakes.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** Entries of a list of the wrong length that are looked at, and unknown keys of a mapping that are taken out. */
const mostLookedAt = 1000;

/** What is left of a body when its mistakes are taken out, and the paths of optional keys that nobody knows now. */
export interface SalvagedBody {
  readonly body: unknown;
  readonly gaps: ReadonlySet<string>;
}

/** zod leaves the entries of a list of the wrong length alone; this adds what is wrong with them. */
export function withEntryIssues(issues: readonly Issue[], schema: z.core.$ZodType, body: unknown): Issue[] {
  return issues.flatMap((issue) => {
    const list = issue.code === 'too_big' || issue.code === 'too_small' ? valueAt(body, issue.path) : undefined;
    const element = schemaAt(schema, issue.path)?._zod.def.element as z.core.$ZodType | undefined;
    if (!Array.isArray(list) || !element) return [issue];
    const found = list.slice(0, mostLookedAt).flatMap((entry: unknown, i) => {
      const { error } = z.safeParse(element, entry);
      const inside = withEntryIssues(error?.issues ?? [], element, entry);
      return inside.map((one) => ({ ...one, path: [...issue.path, i, ...one.path] }));
    });
    return [issue, ...found];
  });
}

const keyOf = (path: Path): string => JSON.stringify(path);

const optionalKinds = new Set(['optional', 'prefault', 'default']);

const shapeAt = (schema: z.core.$ZodType, path: Path): Record<string, AnySchema> =>
  (schemaAt(schema, path)?._zod.def.shape as Record<string, AnySchema> | undefined) ?? {};

function isOptional(schema: z.core.$ZodType, path: Path): boolean {
  const key = path.at(-1);
  const field = typeof key === 'string' ? shapeAt(schema, path.slice(0, -1))[key] : undefined;
  return field !== undefined && optionalKinds.has(field._zod.def.type);
}

/** The innermost optional key that a wrong value belongs to; without it the rest of the object can still be read. */
function optionalKeyAround(schema: z.core.$ZodType, path: Path): Path | undefined {
  for (let length = path.length; length > 0; length--) {
    const key = path.slice(0, length);
    if (isOptional(schema, key)) return key;
  }
  return undefined;
}

/** Optional keys that a mapping does not have: an unknown key may be any of them, misspelt. */
function absentKeys(schema: z.core.$ZodType, body: unknown, path: Path): Path[] {
  const mapping = valueAt(body, path) as Record<string, unknown>;
  const keys = Object.keys(shapeAt(schema, path)).map((key) => [...path, key]);
  return keys.filter((key) => isOptional(schema, key) && mapping[key.at(-1) as string] === undefined);
}

/** A copy without the keys of `dropped`, which holds paths in JSON. */
function without(value: unknown, dropped: ReadonlySet<string>, path: Path): unknown {
  if (Array.isArray(value)) return value.map((entry: unknown, i) => without(entry, dropped, [...path, i]));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => !dropped.has(keyOf([...path, key])));
  return Object.fromEntries(kept.map(([key, inner]) => [key, without(inner, dropped, [...path, key])]));
}

/**
 * Takes unknown keys and wrong optional keys out of a body that `schema` refused, so that the rest of it can be
 * checked. `standIns` take the place of wrong keys that the object needs. Undefined when a wrong key cannot be left
 * out, or there are more than anyone reads. The gaps say which keys a check must not rely on: those that were left out, and where a mapping has an unknown
 * key, every optional key that it lacks.
 */
export function salvageBody(
  schema: z.core.$ZodType,
  body: unknown,
  issues: readonly Issue[],
  standIns: Readonly<Record<string, unknown>>,
): SalvagedBody | undefined {
  const dropped = new Set<string>();
  const gaps = new Set<string>();
  const replaced: Record<string, unknown> = {};
  for (const { path, ...issue } of issues) {
    if (issue.code === 'unrecognized_keys') {
      if (issue.keys.length > mostLookedAt) return undefined;
      for (const key of issue.keys) dropped.add(keyOf([...path, key]));
      for (const key of absentKeys(schema, body, path)) gaps.add(renderPath(key));
      continue;
    }
    const [first] = path;
    if (path.length === 1 && typeof first === 'string' && Object.hasOwn(standIns, first)) {
      replaced[first] = standIns[first];
      continue;
    }
    const key = optionalKeyAround(schema, path);
    if (!key) return undefined;
    dropped.add(keyOf(key));
    gaps.add(renderPath(key));
  }
  return { body: { ...(without(body, dropped, []) as object), ...replaced }, gaps };
}
