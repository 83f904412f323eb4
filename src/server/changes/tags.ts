import { createHash } from 'node:crypto';
import type { Revision, StoredObject } from '../../registry/registry.ts';

/** Characters of a hash in an ETag: 132 bits, so that nobody finds two of one (RFC 9110, 8.8.3). */
const length = 22;

const hash = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, length);

/** ETag of one object: that of an object with the same content is the same. */
export const tagOfObject = ({ kind, name, origin, body }: StoredObject): string =>
  `"${hash([kind, name, origin, body])}"`;

/** ETag of a revision as it is told: another one when it was confirmed. */
export const tagOfRevision = (revision: Revision): string => `"${hash(revision)}"`;

/** ETag of the site: another one after each change. The time tells registries apart that count from 1 alike. */
export const tagOfSite = (head: Revision | undefined): string =>
  head === undefined ? '"0"' : `"${head.number}-${head.at.toString(36)}"`;
