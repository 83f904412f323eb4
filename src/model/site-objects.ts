import { z } from 'zod';
import type { Mistake } from '../errors/app-error.ts';
import { salvageBody, withEntryIssues } from './salvage-body.ts';
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

/**
 * What could be read of an object that has mistakes, only for finding more of them. `gaps` are the paths of keys, such
 * as `nics[0].mac`, whose value nobody knows: that they are absent here means nothing.
 */
export interface Salvaged<V> {
  readonly value: V;
  readonly gaps: ReadonlySet<string>;
}

interface Refused<V> {
  readonly mistakes: Mistake[];
  readonly salvaged?: Salvaged<V>;
}

export type Drafted<K extends SiteObjectKind> = { readonly value: Drafts[K] } | Refused<Drafts[K]>;

type Draft<S extends z.ZodType, V> = (input: z.output<S>, refuse: Refuse) => V | undefined;

function draftWith<S extends z.ZodType, V>(draft: Draft<S, V>, input: z.output<S>): { value?: V; mistakes: Mistake[] } {
  const mistakes: Mistake[] = [];
  const value = draft(input, (path, message, seen, expected) =>
    mistakes.push({ path, message, seen, expected, severity: 'error' }),
  );
  return value === undefined ? { mistakes } : { value, mistakes };
}

/** What was refused stands in the key at the top of its path, and the value went without it. */
const refusedKeys = (mistakes: readonly Mistake[]): string[] =>
  mistakes.map(({ path }) => path.split('.')[0] as string);

/** Entries of lists, such as `alerts.rules[2]`, in which the value of some key is not known. */
function entriesWithGaps(gaps: ReadonlySet<string>): string[] {
  return [...gaps].flatMap((gap) => /^(?:.*\])(?=\.[^.[\]]+$)/.exec(gap)?.[0] ?? []);
}

/** Whether a mistake may be for want of a key that was there, with a value that could not be read. */
const isForWant = ({ path }: Mistake, entries: readonly string[]): boolean =>
  entries.some((entry) => path === entry || path.startsWith(`${entry}.`));

/** Reads what the mistakes of a body leave of it. */
function salvage<S extends z.ZodType, V>(
  schema: S,
  draft: Draft<S, V>,
  body: unknown,
  issues: readonly z.core.$ZodIssue[],
  standIns: object,
): Refused<V> {
  const rest = salvageBody(schema, body, issues, { ...standIns });
  if (!rest) return { mistakes: [] };
  const parsed = schema.safeParse(rest.body);
  if (!parsed.success) return { mistakes: [] };
  const drafted = draftWith(draft, parsed.data);
  const { value } = drafted;
  const entries = entriesWithGaps(rest.gaps);
  const mistakes = drafted.mistakes.filter((mistake) => !isForWant(mistake, entries));
  // That nothing can be made of the rest may be for want of the very key that is misspelt.
  if (value === undefined) return { mistakes: [] };
  return { mistakes, salvaged: { value, gaps: new Set([...rest.gaps, ...refusedKeys(mistakes)]) } };
}

function drafting<S extends z.ZodType, V extends object>(
  schema: S,
  draft: Draft<S, V>,
  standIns: Partial<z.input<S>> = {},
): (body: unknown) => { value: V } | Refused<V> {
  const fast = z.compile(schema);
  const known = new WeakMap<object, { value: V }>();
  return (body) => {
    const remembered = typeof body === 'object' && body !== null ? known.get(body) : undefined;
    if (remembered) return remembered;
    const parsed = fast.safeParse(body);
    if (!parsed.success) {
      const issues = withEntryIssues(parsed.error.issues, schema, body);
      const { mistakes, ...rest } = salvage(schema, draft, body, issues, standIns);
      return { mistakes: [...mistakesOfIssues(issues, schema, body), ...mistakes], ...rest };
    }
    const { value, mistakes } = draftWith(draft, parsed.data as z.output<S>);
    if (value === undefined) return { mistakes };
    if (mistakes.length > 0) return { mistakes, salvaged: { value, gaps: new Set(refusedKeys(mistakes)) } };
    const result = { value };
    known.set(body as object, result);
    return result;
  };
}

const makers: { [K in SiteObjectKind]: (body: unknown) => Drafted<K> } = {
  settings: drafting(settingsSchema, draftSettings, { site: 'unread' }),
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
