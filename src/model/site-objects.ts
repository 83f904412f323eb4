import { z } from 'zod';
import type { Mistake } from '../errors/app-error.ts';
import { mistakesOfIssues } from './schema-mistakes.ts';
import type { Forward, Guest, Pool, Segment } from './site.ts';
import {
  draftForward,
  draftGuest,
  draftPolicy,
  draftPool,
  draftSegment,
  draftSettings,
  type PolicyDraft,
  type Refuse,
  type Settings,
} from './site-drafts.ts';
import { forwardSchema, guestSchema, policySchema, poolSchema, segmentSchema, settingsSchema } from './site-schema.ts';

/** What each kind of object becomes. */
export interface Drafts {
  settings: Settings;
  pool: Pool;
  segment: Segment;
  guest: Guest;
  forward: Forward;
  policy: PolicyDraft;
}

export type SiteObjectKind = keyof Drafts;

/** One object of a site in its input form; the registry stores these. */
export interface SiteObject {
  readonly kind: SiteObjectKind;
  /** Unique within its kind; forward id for a forward, `site` for the settings. */
  readonly name: string;
  readonly origin: 'file' | 'api';
  readonly body: unknown;
}

export type Drafted<K extends SiteObjectKind> = { readonly value: Drafts[K] } | { readonly mistakes: Mistake[] };

function drafting<S extends z.ZodType, V extends object>(
  schema: S,
  draft: (input: z.output<S>, refuse: Refuse) => V | undefined,
): (body: unknown) => { value: V } | { mistakes: Mistake[] } {
  const fast = z.compile(schema);
  const known = new WeakMap<object, { value: V }>();
  return (body) => {
    const remembered = typeof body === 'object' && body !== null ? known.get(body) : undefined;
    if (remembered) return remembered;
    const parsed = fast.safeParse(body);
    if (!parsed.success) return { mistakes: mistakesOfIssues(parsed.error.issues, schema, body) };
    const mistakes: Mistake[] = [];
    const value = draft(parsed.data as z.output<S>, (path, message, seen, expected) =>
      mistakes.push({ path, message, seen, expected, severity: 'error' }),
    );
    if (!value || mistakes.length > 0) return { mistakes };
    const result = { value };
    known.set(body as object, result);
    return result;
  };
}

const makers: { [K in SiteObjectKind]: (body: unknown) => Drafted<K> } = {
  settings: drafting(settingsSchema, draftSettings),
  pool: drafting(poolSchema, draftPool),
  segment: drafting(segmentSchema, draftSegment),
  guest: drafting(guestSchema, draftGuest),
  forward: drafting(forwardSchema, draftForward),
  policy: drafting(policySchema, draftPolicy),
};

/**
 * Reads one object. The same body (by identity) gives the very same value again, so a site that is rebuilt from
 * bodies that did not change is made of the same parts. Bodies must not be changed once they were read.
 */
export function draftObject<K extends SiteObjectKind>(kind: K, body: unknown): Drafted<K> {
  return makers[kind](body);
}
