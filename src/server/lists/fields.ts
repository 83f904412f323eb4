import { z } from 'zod';
import { AppError } from '../../errors/app-error.ts';

/** Keys that are asked for, and of each those within it; empty: all of it. */
export type FieldTree = ReadonlyMap<string, FieldTree>;

/** `name,subject.guest`: characters and depth bounded, nothing that could name a prototype's key by accident. */
export const fieldsText = /^[\w-]{1,64}(?:\.[\w-]{1,64}){0,4}(?:,[\w-]{1,64}(?:\.[\w-]{1,64}){0,4}){0,63}$/;

/** The schema below wrappers that do not matter here. */
function bare(schema: unknown): unknown {
  let inner = schema;
  while (
    inner instanceof z.ZodOptional ||
    inner instanceof z.ZodReadonly ||
    inner instanceof z.ZodNullable ||
    inner instanceof z.ZodExactOptional ||
    inner instanceof z.ZodArray
  ) {
    inner = inner instanceof z.ZodArray ? inner.element : inner.unwrap();
  }
  return inner;
}

/** Keys that a schema has; undefined where it does not say. */
export function keysOf(schema: unknown): readonly string[] | undefined {
  const inner = bare(schema);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : undefined;
}

function innerSchema(schema: unknown, key: string): unknown {
  const inner = bare(schema);
  return inner instanceof z.ZodObject ? inner.shape[key] : undefined;
}

function add(tree: Map<string, FieldTree>, path: readonly string[], schema: unknown, whole: string): void {
  const [key, ...rest] = path;
  if (key === undefined) return;
  const known = keysOf(schema);
  if (known !== undefined && !known.includes(key)) {
    throw new AppError(
      'request-invalid',
      `Query fields names ${JSON.stringify(whole)}, which an item does not have; expected some of ${known.join(', ')}.`,
    );
  }
  const held = tree.get(key) as Map<string, FieldTree> | undefined;
  const inner = held ?? new Map<string, FieldTree>();
  // All of a key and a part of it together are all of it.
  if (held !== undefined && (held.size === 0 || rest.length === 0)) {
    tree.set(key, new Map());
    return;
  }
  tree.set(key, inner);
  add(inner, rest, innerSchema(schema, key), whole);
}

/** Reads `?fields=` against the schema of an item; `request-invalid` names what an item does not have. */
export function parseFields(text: string, item: z.ZodType): FieldTree {
  const tree = new Map<string, FieldTree>();
  for (const field of text.split(',')) add(tree, field.split('.'), item, field);
  return tree;
}

/** A value with only the fields that are asked for; of a list, each of its items. */
export function pickFields(value: unknown, tree: FieldTree): unknown {
  if (tree.size === 0 || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => pickFields(item, tree));
  const picked: [string, unknown][] = [];
  for (const [key, inner] of tree) {
    if (Object.hasOwn(value, key)) picked.push([key, pickFields((value as Record<string, unknown>)[key], inner)]);
  }
  return Object.fromEntries(picked);
}
