import assert from 'node:assert/strict';
import { z } from 'zod';
import type { MacLease } from '../../src/client/macs.ts';
import { isAppError } from '../../src/errors/app-error.ts';

/** The answer, which must be exactly what the OpenAPI document promises. */
export async function answerOf<T>(answer: Promise<T>, schema: z.ZodType): Promise<T> {
  const value = await answer;
  (schema instanceof z.ZodObject ? schema.strict() : schema).parse(value);
  return value;
}

/** For assert.rejects: an AppError of this code whose sentence matches. */
export const rejectsWith = (code: string, pattern: RegExp) => (error: unknown) => {
  assert.ok(isAppError(error), String(error));
  assert.equal(error.code, code);
  assert.match(error.message, pattern);
  return true;
};

/** All that comes. */
export async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

/** Their addresses, in order. */
export const macsOf = (leases: readonly MacLease[]): string[] => leases.map(({ mac }) => mac);
