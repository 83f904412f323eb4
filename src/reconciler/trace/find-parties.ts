import {
  type BlockHolding,
  type HeldBetween,
  type NicHolding,
  overlaps,
  type Span,
} from '../../registry/holders/holders.ts';
import type { TracedParty } from './contract.ts';
import type { SeenSession } from './seen-session.ts';

/** One side of a session, with its NIC where that is known. */
export interface Party extends TracedParty {
  readonly nic?: number;
}

export interface Surroundings {
  readonly held: HeldBetween;
  /** Addresses of the host: shared ones and gateways. */
  readonly host: ReadonlySet<string>;
  /** First moment that was asked for. */
  readonly from: number;
}

/**
 * Those that held at a moment of the session. An address that changes hands is told of both for as long as the change
 * took; then whoever held it when the session began is meant, since sessions of who goes are ended.
 */
function holdersAt<T extends Span>(holdings: readonly T[], { begin, end }: SeenSession, from: number): T[] {
  const at = Math.min(Math.max(from, begin ?? from), end ?? Number.POSITIVE_INFINITY);
  const then = holdings.filter((holding) => overlaps(holding, at, at));
  if (begin === undefined || then.length < 2) return then;
  const first = then.filter((holding) => overlaps(holding, begin, begin));
  return first.length > 0 ? first : then;
}

const names = (holdings: readonly { readonly guest?: string }[]): string[] => [
  ...new Set(holdings.flatMap(({ guest }) => (guest === undefined ? [] : [guest]))),
];

/** Who began the session, and who was called. */
export async function findParties(session: SeenSession, around: Surroundings): Promise<{ from: Party; to: Party }> {
  return { from: await beginner(session, around), to: await called(session, around) };
}

async function beginner(session: SeenSession, around: Surroundings): Promise<Party> {
  const { held, from } = around;
  const { share, inner, outer } = session;
  if (share?.began) return ofShare(session, 'from', around);
  const nics = holdersAt(await held.nicsWith(inner.from.address), session, from);
  if (outer.from.address === inner.from.address && outer.from.port === inner.from.port)
    return ofNics(session, 'from', nics, around);
  // Its port was its guest's alone, also in the moment in which its address changed hands.
  const blocks = holdersAt(await held.blocksWith(outer.from.port ?? 0), session, from);
  const own = nics.filter(({ guest }) => blocks.some((block) => block.guest === guest));
  if (own.length > 0 || nics.length > 0) return ofNics(session, 'from', own.length > 0 ? own : nics, around);
  return ofBlocks(session, 'from', blocks, around);
}

async function called(session: SeenSession, around: Surroundings): Promise<Party> {
  const { share, inner } = session;
  if (share !== undefined && !share.began && around.host.has(inner.to.address)) return ofShare(session, 'to', around);
  return ofNics(session, 'to', holdersAt(await around.held.nicsWith(inner.to.address), session, around.from), around);
}

async function ofShare(session: SeenSession, side: 'from' | 'to', around: Surroundings): Promise<Party> {
  const blocks = await around.held.blocksOfShare(session.share?.id ?? 0);
  const party = await ofBlocks(session, side, holdersAt(blocks, session, around.from), around);
  return party.kind === 'guest' ? { ...party, nic: 0 } : party;
}

function placesOf({ inner, outer }: SeenSession, side: 'from' | 'to'): Pick<Party, 'inner' | 'public'> {
  const [own, seen] = [inner[side], outer[side]];
  return own.address === seen.address && own.port === seen.port ? { inner: own } : { inner: own, public: seen };
}

async function ofBlocks(
  session: SeenSession,
  side: 'from' | 'to',
  blocks: readonly BlockHolding[],
  around: Surroundings,
): Promise<Party> {
  const guests = names(blocks);
  const places = placesOf(session, side);
  if (guests.length > 0) return { kind: 'guest', guests, ...places };
  return blocks.length > 0 ? { kind: 'erased', guests, ...places } : ofNobody(session, side, around);
}

async function ofNics(
  session: SeenSession,
  side: 'from' | 'to',
  nics: readonly NicHolding[],
  around: Surroundings,
): Promise<Party> {
  const [first] = nics;
  if (first === undefined) return ofNobody(session, side, around);
  const guests = names(nics);
  return { kind: 'guest', guests, ...placesOf(session, side), ...(guests.length === 1 ? { nic: first.nic } : {}) };
}

/** An inner address that nobody held, at a time of which something was erased, was one of theirs. */
async function ofNobody(session: SeenSession, side: 'from' | 'to', { held, host, from }: Surroundings): Promise<Party> {
  const places = placesOf(session, side);
  if (host.has(places.inner.address)) return { kind: 'host', guests: [], ...places };
  // What is translated on the way was not the world's.
  const ours = places.public !== undefined;
  const erased = ours && holdersAt(await held.erased(), session, from).length > 0;
  return { kind: erased ? 'erased' : 'world', guests: [], ...places };
}
