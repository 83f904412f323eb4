import { nicId } from '../../model/site.ts';
import { type HeldBetween, type NicHolding, overlaps, type Span } from '../../registry/holders/holders.ts';
import type { TracedGuest, TracedNic, TraceSource } from './contract.ts';
import type { Claim } from './find-claims.ts';
import type { Party } from './find-parties.ts';
import type { Asked } from './read-question.ts';
import type { SeenSession } from './seen-session.ts';

/** One reason to think that it was this guest. */
interface Reason extends Span {
  readonly guest: string;
  readonly nic?: number;
  readonly source: TraceSource;
  readonly by?: string;
}

export interface Evidence {
  /** Sessions with the side that was asked for. */
  readonly sessions: readonly { readonly session: SeenSession; readonly party: Party }[];
  readonly claims: readonly Claim[];
}

function reasonsOf({ sessions, claims }: Evidence, asked: Asked): Reason[] {
  const seen = sessions.flatMap(({ session, party }) =>
    party.guests.map((guest): Reason => {
      const { begin = asked.from, end, source } = session;
      const nic = party.nic === undefined ? {} : { nic: party.nic };
      return { guest, ...nic, source, since: begin, ...(end === undefined ? {} : { until: end }) };
    }),
  );
  const said = claims.flatMap(({ guest, ...claim }): Reason[] => (guest === undefined ? [] : [{ guest, ...claim }]));
  return [...seen, ...said];
}

/** Guests that may be meant, the best known first: those that had a session, then those that could have had one. */
export async function gatherGuests(
  evidence: Evidence,
  asked: Asked,
  held: HeldBetween,
): Promise<{ readonly guest: TracedGuest; readonly seen: boolean }[]> {
  const found = new Map<string, { guest: TracedGuest; seen: boolean; reasons: Reason[] }>();
  for (const reason of reasonsOf(evidence, asked)) {
    const from = Math.max(asked.from, reason.since);
    const to = Math.max(from, Math.min(asked.to, reason.until ?? asked.to));
    const nics = (await held.nicsOf(reason.guest)).filter(
      (holding) => overlaps(holding, from, to) && (reason.nic === undefined || holding.nic === reason.nic),
    );
    const owner = ownerAt(nics, from);
    const key = JSON.stringify([reason.guest, owner]);
    const seen = reason.source === 'log' || reason.source === 'live';
    const known = found.get(key);
    if (known === undefined) {
      const guest = { guest: reason.guest, ...(owner === undefined ? {} : { owner }), nics: nicsOf(nics) };
      found.set(key, { guest: { ...guest, sources: [], ...timesOf(reason) }, seen, reasons: [reason] });
      continue;
    }
    known.reasons.push(reason);
    // A session knows its NIC; a block is its guest's alone.
    if (!known.seen || seen) known.guest = { ...known.guest, nics: joinNics(known.guest.nics, nicsOf(nics)) };
    if (known.seen === seen) known.guest = { ...known.guest, ...widest(known.guest, reason) };
    known.seen ||= seen;
  }
  const guests = [...found.values()].map(({ guest, seen, reasons }) => {
    const by = reasons.find((reason) => reason.by !== undefined)?.by;
    const sources = [...new Set(reasons.map(({ source }) => source))];
    return { guest: { ...guest, sources, ...(by === undefined ? {} : { by }) }, seen };
  });
  return guests.sort((a, b) => Number(b.seen) - Number(a.seen));
}

const timesOf = ({ since, until }: Span): Pick<TracedGuest, 'since' | 'until'> => ({
  since,
  ...(until === undefined ? {} : { until }),
});

/** From the first begin to the last end; open while one of them is. */
function widest(a: Pick<TracedGuest, 'since' | 'until'>, b: Span): { since: number; until?: number } {
  const since = Math.min(a.since ?? b.since, b.since);
  return a.until === undefined || b.until === undefined ? { since } : { since, until: Math.max(a.until, b.until) };
}

/** The newest of those that held at a moment: a change of owner is told of both for as long as it took. */
function ownerAt(nics: readonly NicHolding[], at: number): string | undefined {
  const then = nics.filter((holding) => holding.state === 'active' && overlaps(holding, at, at));
  return then.reduce<NicHolding | undefined>((last, one) => (last && last.since > one.since ? last : one), undefined)
    ?.owner;
}

function nicsOf(holdings: readonly NicHolding[]): TracedNic[] {
  return [...Map.groupBy(holdings, ({ guest, nic }) => nicId(guest, nic))].map(([nic, rows]) => {
    const { segment, ipv4, ipv6 } = rows.at(-1) as NicHolding;
    const macs = new Map(rows.flatMap(({ mac, state }) => (mac === undefined ? [] : [[mac, { mac, state }] as const])));
    const addresses = { ...(ipv4 === undefined ? {} : { ipv4 }), ...(ipv6 === undefined ? {} : { ipv6 }) };
    return { nic, segment, macs: [...macs.values()], ...addresses };
  });
}

function joinNics(known: readonly TracedNic[], more: readonly TracedNic[]): TracedNic[] {
  const joined = new Map(known.map((nic) => [nic.nic, nic]));
  for (const nic of more) {
    const before = joined.get(nic.nic);
    const macs = new Map([...(before?.macs ?? []), ...nic.macs].map((mac) => [mac.mac, mac]));
    joined.set(nic.nic, { ...before, ...nic, macs: [...macs.values()] });
  }
  return [...joined.values()];
}
