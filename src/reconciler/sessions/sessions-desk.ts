import type { Driver } from '../../drivers/driver.ts';
import { AppError } from '../../errors/app-error.ts';
import type { Assignments } from '../../model/assignments.ts';
import type { SessionRecords } from '../../model/session-record.ts';
import type { Site } from '../../model/site.ts';
import type { Actor, Asker } from '../../registry/journal/journal.ts';
import { Serial } from '../serial.ts';
import { chooseSessions, eachSession, type Look } from './choose-sessions.ts';
import type {
  KillAnswer,
  KillRequest,
  SeenBy,
  SessionFilter,
  SessionList,
  SessionQuery,
  SessionSummary,
  Sessions,
  SummaryQuery,
} from './contract.ts';
import { hostAddresses } from './host-addresses.ts';
import { Looks } from './looks.ts';
import { newPlacing, type Placing, placeSession } from './place-session.ts';
import { planLooks } from './plan-looks.ts';
import { type Conditions, readFilter } from './read-filter.ts';
import { renderFilter } from './render-filter.ts';
import { viewSessions } from './session-views.ts';
import { SiteNames } from './site-names.ts';
import { sumSessions } from './sum-sessions.ts';

/** Guests and sessions that the answer about an ending names. */
const mostGuests = 20;
const mostFirst = 10;

/** Milliseconds that names are used again: the host's addresses seldom change. */
const namesLast = 10_000;

/** What the host began is its own; what does not pass through it cannot be ended by it. */
const isSpared = ({ direction, bridged }: Placing): boolean => direction === 'from-host' || bridged;

interface SessionsParts {
  readonly driver: Pick<Driver, 'sessions' | 'sessionTable' | 'endSessions'>;
  readonly now: () => number;
  readonly site: () => Site | undefined;
  readonly assignments: () => Assignments;
  /** Whether the driver can read the kernel's table. */
  readonly canRead: boolean;
  readonly note: (kind: string, text: string, actor: Actor) => Promise<void>;
}

/**
 * Answers for the open sessions of the site's guests. One question at a time: a large table is read into memory, and two
 * of them would take it twice.
 */
export class SessionsDesk implements Sessions {
  readonly #parts: SessionsParts;
  readonly #looks: Looks;
  readonly #serial = new Serial();
  #names: { names: SiteNames; site: Site | undefined; assignments: Assignments; at: number } | undefined;

  constructor(parts: SessionsParts) {
    this.#parts = parts;
    this.#looks = new Looks(parts.driver, parts.now);
  }

  async list(query: SessionQuery & SeenBy): Promise<SessionList> {
    const { names, conditions } = this.#read(query);
    return this.#serial.run(async () => {
      const look = await this.#looks.take(planLooks(conditions, names));
      const { total, chosen } = await chooseSessions(look, names, conditions, query);
      const sessions = viewSessions(look.records, chosen, names, query.seenBy);
      return { at: look.at, table: this.#parts.driver.sessionTable(), total, sessions };
    });
  }

  async summary(query: SummaryQuery & SeenBy): Promise<SessionSummary> {
    const { names, conditions } = this.#read(query);
    const { nics } = conditions;
    return this.#serial.run(async () => {
      // How many ports of a block are in use, all sessions of the guest tell.
      const look = await this.#looks.take(planLooks(nics === undefined ? {} : { nics }, names));
      const sums = await sumSessions(look, names, conditions, query);
      return { at: look.at, table: this.#parts.driver.sessionTable(), ...sums };
    });
  }

  async kill({ dryRun = false, ...filter }: KillRequest & SeenBy, actor: Asker): Promise<KillAnswer> {
    const said = renderFilter(filter);
    if (said === '') {
      throw new AppError(
        'value-invalid',
        'Which sessions shall end is not said; expected at least one condition, such as a guest, a forward or a peer',
      );
    }
    const { names, conditions } = this.#read(filter);
    return this.#serial.run(async () => {
      const looks = planLooks(conditions, names);
      const about = await this.#describe(await this.#looks.take(looks), names, conditions, filter.seenBy);
      if (dryRun || actor.onlyPlan) return { ...about, ended: 0 };
      const placing = newPlacing();
      const pick = (records: SessionRecords, index: number): boolean =>
        placeSession(records, index, names, placing) &&
        !isSpared(placing) &&
        conditions.fits(records, index, placing, this.#parts.now());
      let ended = 0;
      for (const look of looks ?? [undefined]) ended += await this.#parts.driver.endSessions(pick, look);
      this.#looks.forget();
      if (ended > 0) await this.#parts.note('kill', renderEnded(ended, said, about), actor);
      return { ...about, ended };
    });
  }

  #read(filter: SessionFilter & SeenBy): { names: SiteNames; conditions: Conditions } {
    if (!this.#parts.canRead) {
      throw new AppError('unsupported', 'This daemon keeps addresses without a gateway, so it knows of no sessions');
    }
    const names = this.#namesNow();
    return { names, conditions: readFilter(filter, names) };
  }

  #namesNow(): SiteNames {
    const site = this.#parts.site();
    const assignments = this.#parts.assignments();
    const at = this.#parts.now();
    const held = this.#names;
    if (held && held.site === site && held.assignments === assignments && at - held.at < namesLast) return held.names;
    const names = new SiteNames(site, assignments, hostAddresses());
    this.#names = { names, site, assignments, at };
    return names;
  }

  async #describe(
    look: Look,
    names: SiteNames,
    conditions: Conditions,
    seenBy: string | undefined,
  ): Promise<Omit<KillAnswer, 'ended'>> {
    const { records, at } = look;
    const counts = new Map<string, number>();
    let spared = 0;
    await eachSession(look, names, (index, placing) => {
      if (!conditions.fits(records, index, placing, at)) return;
      if (isSpared(placing)) {
        spared++;
        return;
      }
      const told = [placing.nic, placing.other].filter((nic) => seenBy === undefined || names.isOf(seenBy, nic));
      const guests = new Set(told.map((nic) => names.nics[nic]?.guest));
      for (const guest of guests) if (guest !== undefined) counts.set(guest, (counts.get(guest) ?? 0) + 1);
    });
    const ending: Conditions = {
      ...conditions,
      fits: (some, index, placing, now) =>
        placing.direction !== 'from-host' && conditions.fits(some, index, placing, now),
    };
    const { total, chosen } = await chooseSessions(look, names, ending, { limit: mostFirst });
    const guests = [...counts]
      .map(([guest, sessions]) => ({ guest, sessions }))
      .sort((a, b) => b.sessions - a.sessions || (a.guest < b.guest ? -1 : 1));
    return {
      total,
      guests: guests.slice(0, mostGuests),
      guestCount: guests.length,
      first: viewSessions(records, chosen, names, seenBy),
      spared,
    };
  }
}

function renderEnded(ended: number, said: string, { guests, guestCount }: Omit<KillAnswer, 'ended'>): string {
  const named = guests.map(({ guest, sessions }) => `guest "${guest}": ${sessions}`);
  const more = guestCount > guests.length ? [`and ${guestCount - guests.length} more guests`] : [];
  return `${ended} ${ended === 1 ? 'session was' : 'sessions were'} ended, chosen by ${said} (${[...named, ...more].join(', ')})`;
}
