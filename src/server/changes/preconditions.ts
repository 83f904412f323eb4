import type { FastifyRequest } from 'fastify';
import { AppError } from '../../errors/app-error.ts';
import type { ObjectNoun, PlanOptions, SiteView } from '../../reconciler/engine-contract.ts';
import type { Revision } from '../../registry/registry.ts';
import { tagOfObject, tagOfSite } from './tags.ts';

/** ETags of a condition, or `*`. */
type Tags = readonly string[] | '*';

const opaque = (tag: string): string => tag.replace(/^W\//, '');

/** Reads a list of entity tags (RFC 9110, 13.1). Throws `request-invalid`. */
export function parseTags(name: string, text: string): Tags {
  if (text.trim() === '*') return '*';
  const tags = text.split(',').map((tag) => tag.trim());
  if (tags.every((tag) => /^(?:W\/)?"[\x21\x23-\x7e]*"$/.test(tag))) return tags;
  throw new AppError(
    'request-invalid',
    `Header ${name} ${JSON.stringify(text.slice(0, 200))} is no list of ETags; expected one such as ${JSON.stringify('"12-m3x9"')}, or *.`,
  );
}

/** Weak comparison, as If-None-Match wants it. */
export const matchesWeakly = (tags: Tags, current: readonly string[]): boolean =>
  tags === '*' ? current.length > 0 : tags.some((tag) => current.includes(opaque(tag)));

/** Strong comparison, as If-Match wants it. */
const matchesStrongly = (tags: Tags, current: readonly string[]): boolean =>
  tags === '*' ? current.length > 0 : tags.some((tag) => current.includes(tag));

/** What compares the ETag of `title` with what a request asks for; undefined when it asks for nothing. */
function conditionOf(
  { headers }: FastifyRequest,
  title: string,
): ((...current: readonly string[]) => void) | undefined {
  const { 'if-match': match, 'if-none-match': noneMatch } = headers;
  if (match === undefined && noneMatch === undefined) return undefined;
  const wanted = match === undefined ? undefined : parseTags('If-Match', match);
  const unwanted = noneMatch === undefined ? undefined : parseTags('If-None-Match', noneMatch);
  return (...current) => {
    const [etag] = current;
    const now = etag === undefined ? 'it is not there' : `its ETag is ${etag} now`;
    const details = etag === undefined ? {} : { etag };
    if (wanted !== undefined && !matchesStrongly(wanted, current))
      throw new AppError('precondition-failed', `${title} is not what If-Match ${match} asks for: ${now}.`, {
        details,
      });
    if (unwanted !== undefined && matchesWeakly(unwanted, current))
      throw new AppError('precondition-failed', `${title} is what If-None-Match ${noneMatch} excludes: ${now}.`, {
        details,
      });
  };
}

/** The ETag of the site; the number of its revision alone does as well, as a plan tells it. */
const tagsOfHead = (head: Revision | undefined): readonly string[] => [tagOfSite(head), `"${head?.number ?? 0}"`];

/** The condition of a request on the applied revision; undefined when it asks for nothing. */
export function headCondition(request: FastifyRequest): ((head: Revision | undefined) => void) | undefined {
  const condition = conditionOf(request, 'The site');
  if (condition === undefined) return undefined;
  const { 'if-match': match, 'if-none-match': noneMatch } = request.headers;
  const isFirst = match === undefined && noneMatch === '*';
  // Before the first revision there is a site, an empty one; but who asks that there be none has it.
  return (head) => (head === undefined && isFirst ? undefined : condition(...tagsOfHead(head)));
}

/** The same, for a change. */
export function siteCondition(request: FastifyRequest): PlanOptions {
  const condition = headCondition(request);
  return condition === undefined ? {} : { check: ({ head }: SiteView) => condition(head) };
}

/** The condition of a request on one object. */
export function objectCondition(request: FastifyRequest, kind: ObjectNoun, name: string): PlanOptions {
  const condition = conditionOf(request, `The ${kind} ${JSON.stringify(name)}`);
  if (condition === undefined) return {};
  return {
    check: (before: SiteView) => {
      const held = before.get(kind, name);
      condition(...(held === undefined ? [] : [tagOfObject(held)]));
    },
  };
}
