import type { Mistake } from '../errors/app-error.ts';
import { listNames, type SiteEntry } from './build-site.ts';
import { Unread } from './check-site/unread.ts';
import { keyMistakes, wrongKind } from './schema-mistakes.ts';
import { forwardId } from './site.ts';
import { draftObject, type SiteObject } from './site-objects.ts';
import { poolSchema, segmentSchema, settingsSchema, siteSchema } from './site-schema.ts';

type Body = Record<string, unknown>;

/** Keys of the file that belong to the site as a whole. */
const settingsKeys = Object.keys(settingsSchema.shape);

const isBody = (value: unknown): value is Body => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether a segment may have a pool that it does not seem to have, because an unknown key may be a misspelt `pool`. */
const mayNamePool = (segment: Body): boolean =>
  segment.pool !== undefined || Object.keys(segment).some((key) => !Object.hasOwn(segmentSchema.shape, key));

/**
 * A segment that names no pool uses the first one of its file that is no sub-pool, and the place of a policy is its
 * place in the list: both are written into the body, because stored objects have no order.
 */
function complete(kind: SiteEntry['kind'], body: unknown, index: number, firstPool: string | undefined): unknown {
  if (!isBody(body)) return body;
  if (kind === 'segment' && firstPool !== undefined && !mayNamePool(body)) {
    return { ...body, pool: firstPool };
  }
  if (kind === 'policy') {
    const name = body.name === undefined ? { name: `policy-${index + 1}` } : {};
    return { ...body, ...name, ...(body.position === undefined ? { position: index + 1 } : {}) };
  }
  return body;
}

export interface Entries {
  readonly entries: SiteEntry[];
  readonly mistakes: Mistake[];
  readonly unread: Unread;
}

/** An unknown key may be any key that the file lacks, misspelt. */
function noteAbsent(input: Body, unread: Unread): void {
  for (const key of settingsKeys) if (key !== 'site' && input[key] === undefined) unread.note('settings', key);
  for (const [kind, key] of Object.entries(listNames)) if (input[key] === undefined) unread.note(kind, undefined);
}

/** Name of the first pool that is no sub-pool, also when it has mistakes; undefined when the name itself cannot be read. */
function nameOfFirst(pools: unknown): string | undefined {
  const isWhole = (pool: unknown): boolean => !isBody(pool) || pool.parent === undefined;
  const first: unknown = Array.isArray(pools) ? pools.find(isWhole) : undefined;
  return isBody(first) ? poolSchema.shape.name.safeParse(first.name).data : undefined;
}

/** Takes a site file's value apart into its objects. */
export function entriesOf(input: unknown): Entries {
  const unread = new Unread();
  if (!isBody(input)) {
    unread.note('settings', undefined);
    return { entries: [], mistakes: [wrongKind('', input, siteSchema)], unread };
  }
  const mistakes = keyMistakes(input, siteSchema);
  const settings: Body = {};
  for (const key of settingsKeys) if (input[key] !== undefined && input[key] !== null) settings[key] = input[key];
  const entries: SiteEntry[] = [{ kind: 'settings', key: 'site', body: settings }];
  if (mistakes.length > 0) noteAbsent(input, unread);
  const firstPool = nameOfFirst(input.pools);
  for (const [kind, key] of Object.entries(listNames) as [keyof typeof listNames, string][]) {
    const list = input[key];
    // A key with nothing after it is a list whose entries are all commented out.
    if (list === undefined || list === null) continue;
    if (Array.isArray(list)) {
      list.forEach((body: unknown, i) => {
        entries.push({ kind, key: i, body: complete(kind, body, i, firstPool) });
      });
    } else {
      unread.note(kind, undefined);
      mistakes.push(wrongKind(key, list, siteSchema.shape[listNames[kind]]));
    }
  }
  return { entries, mistakes, unread };
}

/** What the registry calls an object; undefined when its body cannot be read. */
export function nameOf(kind: SiteEntry['kind'], body: unknown): string | undefined {
  if (kind === 'settings') return 'site';
  if (kind === 'forward') {
    const drafted = draftObject(kind, body);
    return 'value' in drafted ? forwardId(drafted.value) : undefined;
  }
  const name = isBody(body) ? body.name : undefined;
  return typeof name === 'string' ? name : undefined;
}

/** Entries of a file as the registry stores them. */
export function objectsOf(entries: readonly SiteEntry[]): SiteObject[] {
  return entries.map(({ kind, body }) => ({ kind, name: nameOf(kind, body) ?? '', origin: 'file', body }));
}
