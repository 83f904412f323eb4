import { listNames } from './build-site.ts';
import type { SiteObject } from './site-objects.ts';

type Body = Readonly<Record<string, unknown>>;

const positionOf = ({ body }: SiteObject): number => {
  const { position } = body as Body;
  return typeof position === 'number' ? position : Number.POSITIVE_INFINITY;
};

/**
 * The site file that would say these objects, as a value: what `siteObjects` made of it is made of it again. Comments of
 * the file are not kept.
 */
export function siteOfObjects(objects: readonly SiteObject[]): Record<string, unknown> {
  const settings = objects.find(({ kind }) => kind === 'settings');
  const file: Record<string, unknown> = { ...((settings?.body as Body | undefined) ?? { site: 'unnamed' }) };
  for (const [kind, key] of Object.entries(listNames)) {
    const some = objects.filter((object) => object.kind === kind);
    if (kind === 'policy') some.sort((a, b) => positionOf(a) - positionOf(b));
    if (some.length > 0) file[key] = some.map(({ body }) => body);
  }
  return file;
}
