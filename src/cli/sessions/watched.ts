import type { Client } from '../../client/client.ts';
import type { GuestSessions, SessionFilter, SessionList, SessionSummary, SessionView } from '../../client/sessions.ts';
import { type GuestOrder, guestOrders, type SessionOrder, sessionOrders } from '../../model/session-words.ts';
import type { Rated, Rates } from './columns.ts';

/** Rows that are asked for: more than anybody scrolls through. */
const mostRows = 1000;

/** What is watched. `rate`: what moved most since the look before, among the rows with the most bytes. */
export interface Watched {
  readonly filter: SessionFilter;
  readonly byGuest: boolean;
  readonly sort: SessionOrder | GuestOrder | 'rate';
}

export const sortsOf = (byGuest: boolean): readonly Watched['sort'][] => [
  'rate',
  ...(byGuest ? guestOrders : sessionOrders),
];

/** One look, with the rates since the one before. */
export interface Shown {
  readonly at: number;
  readonly table: SessionList['table'];
  /** Sessions that fit, whatever is listed. */
  readonly sessions: number;
  /** Rows that there are, of which some are in `rows`. */
  readonly total: number;
  readonly rows:
    | { readonly kind: 'sessions'; readonly list: readonly Rated<SessionView>[] }
    | { readonly kind: 'guests'; readonly list: readonly Rated<GuestSessions>[] };
}

interface Sums {
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

/** Computes rates between two looks. */
export class Looker {
  readonly #client: Client;
  #before = new Map<string, Sums>();
  #at = 0;

  constructor(client: Client) {
    this.#client = client;
  }

  async look({ filter, byGuest, sort }: Watched): Promise<Shown> {
    const order = sort === 'rate' ? 'bytes' : sort;
    if (byGuest) {
      const query = { ...filter, sort: order as GuestOrder, limit: mostRows };
      const { at, table, all, total, guests }: SessionSummary = await this.#client.sessions.summary(query);
      const list = this.#rate(guests, at, ({ guest }) => guest, sort);
      return { at, table, sessions: all.sessions, total, rows: { kind: 'guests', list } };
    }
    const query = { ...filter, sort: order as SessionOrder, limit: mostRows };
    const { at, table, total, sessions } = await this.#client.sessions.list(query);
    const list = this.#rate(sessions, at, ({ id, startedAt = 0 }) => `${id} ${startedAt}`, sort);
    return { at, table, sessions: total, total, rows: { kind: 'sessions', list } };
  }

  #rate<Row extends Sums>(rows: readonly Row[], at: number, keyOf: (row: Row) => string, sort: string): Rated<Row>[] {
    const seconds = (at - this.#at) / 1000;
    const rated = rows.map((row): Rated<Row> => {
      const before = this.#before.get(keyOf(row));
      if (before === undefined || seconds <= 0) return row;
      const rates: Rates = {
        sent: Math.max(0, row.bytesSent - before.bytesSent) / seconds,
        received: Math.max(0, row.bytesReceived - before.bytesReceived) / seconds,
      };
      return { ...row, rates };
    });
    // The daemon may answer twice from the same look.
    if (seconds > 0) {
      this.#before = new Map(rows.map((row) => [keyOf(row), row]));
      this.#at = at;
    }
    const sum = ({ rates }: { rates?: Rates }): number => (rates ? rates.sent + rates.received : 0);
    return sort === 'rate' ? rated.sort((a, b) => sum(b) - sum(a)) : rated;
  }
}
