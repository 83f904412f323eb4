import type { Mistake } from '../../errors/app-error.ts';
import type { Site } from '../site.ts';
import { Unread } from './unread.ts';

export { Unread };

/** Checks how the parts of a site fit together. */
export function checkSite(_site: Site, _unread: Unread = new Unread()): Mistake[] {
  return [];
}
