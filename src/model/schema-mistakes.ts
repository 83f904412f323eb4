import { z } from 'zod';
import type { Mistake } from '../errors/app-error.ts';
import { nearestName } from './nearest-name.ts';
import { quoteValue } from './quote-value.ts';
import { expectationOf } from './schema-leaf.ts';

/** A mistake that belongs to a key rather than to the value after it. */
export type KeyMistake = Mistake & { readonly onKey?: true };

/** Unknown keys of one mapping that are listed, and those for which the nearest known one is looked for. */
const mostUnknownKeys = 1001;
const mostHints = 50;

type Path = readonly PropertyKey[];
/** A schema with what zod keeps inside it: `shape` of a mapping, `element` of a list. */
export type AnySchema = z.core.$ZodType & { _zod: { def: { [key: string]: unknown; type: string } } };

/** `nics[0].mac`; the whole document or object is the empty path. */
export function renderPath(path: Path): string {
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i > 0 ? '.' : ''}${String(part)}`))
    .join('');
}

function unwrap(schema: AnySchema): AnySchema {
  let inner = schema;
  for (;;) {
    const { innerType } = inner._zod.def;
    if (!innerType) return inner;
    inner = innerType as AnySchema;
  }
}

/** The schema of what stands at a path, without what makes it optional. */
export function schemaAt(schema: z.core.$ZodType, path: Path): AnySchema | undefined {
  let here = unwrap(schema as AnySchema);
  for (const part of path) {
    const { shape, element } = here._zod.def as { shape?: Record<string, AnySchema>; element?: AnySchema };
    const next = typeof part === 'number' ? element : shape?.[String(part)];
    if (!next) return undefined;
    here = unwrap(next);
  }
  return here;
}

/** What stands at a path of a body. */
export function valueAt(body: unknown, path: Path): unknown {
  return path.reduce((value: unknown, part) => (value as Record<PropertyKey, unknown> | undefined)?.[part], body);
}

function mistake(path: Path, message: string, seen?: string, expected?: string): Mistake {
  return {
    path: renderPath(path),
    message,
    ...(seen === undefined ? {} : { seen }),
    ...(expected === undefined ? {} : { expected }),
    severity: 'error',
  };
}

function describeKind(value: unknown): string {
  if (value === null) return 'nothing (null)';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object') return 'a mapping';
  return `the ${typeof value} ${quoteValue(value)}`;
}

function unknownKeys(keys: readonly string[], path: Path, schema: AnySchema | undefined): KeyMistake[] {
  const known = Object.keys((schema?._zod.def.shape as object | undefined) ?? {});
  return keys.slice(0, mostUnknownKeys).map((key, i) => {
    const near = i < mostHints ? nearestName(key, known) : undefined;
    const hint = near === undefined ? '' : `; did you mean ${quoteValue(near)}?`;
    const message = `unknown key ${quoteValue(key)}${hint}`;
    return { ...mistake([...path, key], message, quoteValue(key), `one of ${known.join(', ')}`), onKey: true };
  });
}

/** Mistakes in the keys that stand at the top of a mapping; their values are left alone. */
export function keyMistakes(body: Record<string, unknown>, schema: z.core.$ZodType): KeyMistake[] {
  const known = Object.keys((schema as AnySchema)._zod.def.shape as object);
  return unknownKeys(
    Object.keys(body).filter((key) => !known.includes(key)),
    [],
    schema as AnySchema,
  );
}

/** A value that is not even of the right kind, such as a text where a list is expected. */
export function wrongKind(path: string, value: unknown, schema: z.core.$ZodType): KeyMistake {
  const expected = expectationOf(schema) ?? expectationOf(unwrap(schema as AnySchema));
  const subject = path === '' ? 'the file' : quoteValue(path);
  const message = `${subject} is ${describeKind(value)}; expected ${expected}`;
  return { ...mistake([], message, describeKind(value), expected), path };
}

function fromIssue(issue: z.core.$ZodIssue, schema: z.core.$ZodType, body: unknown): Mistake[] {
  const at = schemaAt(schema, issue.path);
  if (issue.code === 'unrecognized_keys') return unknownKeys(issue.keys, issue.path, at);
  const expected = at && expectationOf(at);
  const value = valueAt(body, issue.path);
  if (issue.code === 'custom') return [mistake(issue.path, issue.message, quoteValue(value), expected)];
  const key = issue.path.at(-1);
  if (value === undefined) {
    const where = issue.path.slice(0, -1);
    const message = `the key ${quoteValue(String(key))} is missing; expected ${expected ?? issue.message}`;
    return [mistake(where, message, undefined, expected)];
  }
  const subject = typeof key === 'string' ? quoteValue(key) : 'the entry';
  const message = `${subject} is ${describeKind(value)}; expected ${expected ?? issue.message}${hintFor(at, value)}`;
  return [mistake(issue.path, message, typeof value === 'object' ? describeKind(value) : quoteValue(value), expected)];
}

/** A name such as 123 is a number to YAML; a choice may be misspelt. */
function hintFor(schema: AnySchema | undefined, value: unknown): string {
  if (!schema) return '';
  const { entries } = schema._zod.def as { entries?: Record<string, string> };
  if (entries && typeof value === 'string') {
    const near = nearestName(value, Object.values(entries));
    return near === undefined ? '' : `; did you mean ${quoteValue(near)}?`;
  }
  if (typeof value !== 'number' && typeof value !== 'boolean') return '';
  const quoted = z.safeParse(schema, String(value)).success;
  return quoted ? '; write it in quotes if it is meant as text' : '';
}

/** What zod found wrong, in whole sentences. Paths are those inside `body`. */
export function mistakesOfIssues(
  issues: readonly z.core.$ZodIssue[],
  schema: z.core.$ZodType,
  body: unknown,
): Mistake[] {
  return issues.flatMap((issue) => fromIssue(issue, schema, body));
}
