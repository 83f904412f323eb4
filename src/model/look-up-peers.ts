import type { Mistake } from '../errors/app-error.ts';
import type { Unread } from './check-site/unread.ts';
import type { Label } from './names.ts';
import { nearestName } from './nearest-name.ts';
import { quoteValue } from './quote-value.ts';
import type { Guest, Policy, PolicyPeer, Segment } from './site.ts';
import type { PolicyDraft } from './site-drafts.ts';

interface Names {
  readonly guests: ReadonlySet<string>;
  readonly segments: ReadonlySet<string>;
}

/** Known policies by draft, so that a policy whose peers mean the same again is the same object. */
const known = new WeakMap<PolicyDraft, Policy>();

function lookUp(
  peer: PolicyDraft['from'],
  names: Names,
  unread: Unread,
  refuse: (message: string, seen: string, expected: string) => void,
): PolicyPeer {
  if (peer.kind !== 'name') return peer;
  const isGuest = names.guests.has(peer.name);
  const isSegment = names.segments.has(peer.name);
  const seen = quoteValue(peer.name);
  if (isGuest && isSegment) {
    refuse(`${seen} is both a guest and a segment`, seen, 'a name that only one of them has');
  } else if (!isGuest && !isSegment && !unread.mayHold('guest', peer.name) && !unread.mayHold('segment', peer.name)) {
    const near = nearestName(peer.name, [...names.guests, ...names.segments, 'world', 'host']);
    const hint = near === undefined ? '' : `; did you mean ${quoteValue(near)}?`;
    refuse(`there is no guest or segment ${seen}${hint}`, seen, 'a guest, a segment, "world", "host" or a subnet');
  }
  // A name that is neither was reported, or is that of something unreadable; no such site is ever used.
  return isSegment && !isGuest
    ? { kind: 'segment', segment: peer.name as Label }
    : { kind: 'guest', guest: peer.name as Label };
}

function same(a: PolicyPeer, b: PolicyPeer): boolean {
  return a.kind === b.kind;
}

/** Looks up the names that policies use. What cannot be found is noted in `mistakes`. */
export function lookUpPolicies(
  drafts: readonly PolicyDraft[],
  guests: readonly Guest[],
  segments: readonly Segment[],
  unread: Unread,
  mistakes: Mistake[],
): Policy[] {
  if (drafts.length === 0) return [];
  const names: Names = {
    guests: new Set(guests.map((guest) => guest.name)),
    segments: new Set(segments.map((segment) => segment.name)),
  };
  return drafts.map((draft, i) => {
    const peerOf = (key: 'from' | 'to'): PolicyPeer =>
      lookUp(draft[key], names, unread, (message, seen, expected) =>
        mistakes.push({ path: `policies[${i}].${key}`, message, seen, expected, severity: 'error' }),
      );
    const from = peerOf('from');
    const to = peerOf('to');
    const before = known.get(draft);
    if (before && same(before.from, from) && same(before.to, to)) return before;
    const { position: _, ...rest } = draft;
    const policy: Policy = { ...rest, name: draft.name ?? (`policy-${i + 1}` as Label), from, to };
    known.set(draft, policy);
    return policy;
  });
}
