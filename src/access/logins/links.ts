import { AppError } from '../../errors/app-error.ts';
import type { Role } from '../principal.ts';
import { hashSecret, makeSecret } from './secrets.ts';

/** Milliseconds that a link is good for. */
export const linkTime = 5 * 60_000;
/** Links that wait; the oldest is forgotten when there are more. */
const mostLinks = 100;
/** Wrong codes of the second factor that a link bears. */
const mostTries = 5;

/** Whom a link lets in: an account, or whoever made it. */
export type LinkGuest =
  | { readonly account: string; readonly generation: string }
  | { readonly name: string; readonly role: Role; readonly owner?: string };

interface Link {
  readonly guest: LinkGuest;
  readonly madeBy: string;
  /** Monotonic. */
  readonly until: number;
  tries: number;
  /** Somebody is coming in with it. */
  taken: boolean;
}

/** Links that let somebody in once. In memory only: a restart ends them. `now` is monotonic milliseconds. */
export class Links {
  readonly #now: () => number;
  readonly #links = new Map<string, Link>();

  constructor(now: () => number) {
    this.#now = now;
  }

  make(guest: LinkGuest, madeBy: string): string {
    const now = this.#now();
    for (const [hash, { until }] of this.#links) if (until <= now) this.#links.delete(hash);
    if (this.#links.size >= mostLinks) this.#links.delete(this.#links.keys().next().value as string);
    const token = makeSecret();
    this.#links.set(hashSecret(token), { guest, madeBy, until: now + linkTime, tries: 0, taken: false });
    return token;
  }

  /**
   * Lets somebody in with it, once: `enter` answers what comes of it, and the link is gone; when it throws, the link
   * may be tried again a few times. Throws `unauthenticated` for one that is not good.
   */
  async take<T>(token: string, enter: (guest: LinkGuest, madeBy: string) => Promise<T>): Promise<T> {
    const hash = hashSecret(token);
    const link = this.#links.get(hash);
    if (link === undefined || link.taken || link.until <= this.#now())
      throw new AppError(
        'unauthenticated',
        'The link is not good, or not any more: it lets somebody in once, within 5 minutes.',
      );
    link.taken = true;
    try {
      const entered = await enter(link.guest, link.madeBy);
      this.#links.delete(hash);
      return entered;
    } catch (error) {
      link.taken = false;
      link.tries++;
      if (link.tries >= mostTries) this.#links.delete(hash);
      throw error;
    }
  }
}
