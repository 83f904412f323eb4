import { z } from 'zod';
import { isAppError } from '../errors/app-error.ts';

/** What a reader needs to know about one key. `expected` completes the sentence "… is not …". */
export interface KeyText {
  readonly description: string;
  readonly expected: string;
  readonly examples?: readonly unknown[];
}

/** No value of a site file is longer; longer ones are refused before any pattern looks at them. */
const longest = 300;

const expectations = new WeakMap<z.core.$ZodType, string>();

/** What a schema expects, for messages; undefined for schemas that were not described. */
export function expectationOf(schema: z.core.$ZodType): string | undefined {
  return expectations.get(schema);
}

/** Notes what `schema` expects, and puts description and examples into its metadata. */
export function described<S extends z.ZodType>(schema: S, text: KeyText): S {
  const noted = schema.meta({ description: text.description, examples: [...(text.examples ?? [])] }) as S;
  expectations.set(noted, text.expected);
  return noted;
}

function construct<I, T>(parse: (value: I) => T, value: I, issues: z.core.$ZodRawIssue[]): T {
  const refuse = (message: string): T => {
    issues.push({ code: 'custom', input: value, message });
    return z.NEVER;
  };
  if (typeof value === 'string' && value.length > longest) {
    return refuse(`a text of ${value.length} characters is too long; expected at most ${longest}`);
  }
  try {
    return parse(value);
  } catch (error) {
    if (isAppError(error)) return refuse(error.message);
    throw error;
  }
}

/** A string that `parse`, a constructor of the model, turns into a value. */
export function textKey<T>(parse: (text: string) => T, text: KeyText) {
  // Metadata of a transformed schema is not part of the JSON Schema of its input, so the string carries it too.
  const input = described(z.string(), text);
  return described(
    input.transform((value, context) => construct(parse, value, context.issues)),
    text,
  );
}

/** A string or a whole number, such as a port. */
export function numberOrTextKey<T>(parse: (value: string | number) => T, text: KeyText) {
  const input = described(z.union([z.int(), z.string()]), text);
  return described(
    input.transform((value, context) => construct(parse, value, context.issues)),
    text,
  );
}

/** A whole number between two bounds, both included. */
export function countKey(minimum: number, maximum: number, text: Omit<KeyText, 'expected'>) {
  return described(z.int().min(minimum).max(maximum), {
    ...text,
    expected: `a whole number from ${minimum} to ${maximum}`,
  });
}

/** A list; `text.expected` says of what. */
export function listKey<S extends z.ZodType>(item: S, text: KeyText, bounds: { min?: number; max?: number } = {}) {
  let list = z.array(item);
  if (bounds.min !== undefined) list = list.min(bounds.min);
  if (bounds.max !== undefined) list = list.max(bounds.max);
  return described(list, text);
}
