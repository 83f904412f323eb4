import type { Ipv4Address } from '../../../model/ip-address.ts';
import { shareIdOf } from '../../../model/same-address.ts';
import { End, SessionFlag, type SessionRecords } from '../../../model/session-record.ts';
import { type AddressKey, keyOfEnd, keyOfIp } from './address-key.ts';
import { type HeldPorts, isLost } from './held-ports.ts';
import type { InnerSubnets } from './inner-subnets.ts';
import type { PublishedPorts } from './published-ports.ts';

/** What a session is judged by. What is not named in it is left as it is. */
export interface Judged {
  /** Inner addresses that their guests do not have any more, whoever has them now. */
  readonly gone: ReadonlySet<AddressKey>;
  /** By inner address: ports of the shared address that its guest has. */
  readonly blocks: ReadonlyMap<AddressKey, HeldPorts>;
  /** By share id; null for a guest that is gone. */
  readonly shares: ReadonlyMap<number, HeldPorts | null>;
  readonly published: PublishedPorts;
  /** UDP ports of the shared address that lead to a guest now. */
  readonly claimed: ReadonlySet<number>;
  /** Shared addresses, those of before too, and those that are shared no more. */
  readonly shared: ReadonlySet<AddressKey>;
  readonly goneShared: ReadonlySet<AddressKey>;
  readonly inner: InnerSubnets;
  /** Subnets of guests that may have sent before anything was translated for them. */
  readonly fresh: InnerSubnets;
  /** Everything is judged, because what was before is not known: `blocks` and `shares` are all that there are. */
  readonly whole: boolean;
}

const protocolsWithPorts = new Set([1, 6, 17, 58]);
const icmp = new Set([1, 58]);
const udp = 17;

/** Whether a session belongs to something that is gone, moved, or has become another's. */
export function isStale(judged: Judged, records: SessionRecords, index: number): boolean {
  const source = keyOfEnd(records, index, End.originalSource);
  const answerer = keyOfEnd(records, index, End.replySource);
  if (judged.gone.has(source) || judged.gone.has(answerer)) return true;
  if (
    judged.whole &&
    (isUnknown(judged, records, index, source, 0) || isUnknown(judged, records, index, answerer, 2))
  ) {
    return true;
  }
  if (isUntranslated(judged, records, index)) return true;
  const shareId = shareIdOf(records.mark(index));
  const called = keyOfEnd(records, index, End.originalDestination);
  const seenAs = keyOfEnd(records, index, End.replyDestination);
  if (judged.goneShared.size > 0 && (judged.goneShared.has(called) || judged.goneShared.has(seenAs))) {
    // The host's own flows from and to that address are none of ours.
    return shareId !== undefined || concernsGuest(judged, records, index);
  }
  if (shareId !== undefined && isStaleShare(judged, shareId, records, index, called)) return true;
  if (judged.shared.has(called) && isStaleCall(judged, records, index, answerer, shareId !== undefined)) return true;
  const block = judged.blocks.get(source);
  if (block === undefined || !judged.shared.has(seenAs)) return false;
  const port = portSeen(records, index);
  return port !== undefined && isLost(block, port);
}

/** Whether a port of the shared address stood for an inner address, and does not any more. */
export function isPortGone({ gone, blocks }: Judged, inner: Ipv4Address, port: number): boolean {
  const key = keyOfIp(inner);
  const block = blocks.get(key);
  return gone.has(key) || (block !== undefined && isLost(block, port));
}

/** An end in a segment with an address that nobody was given. */
function isUnknown(judged: Judged, records: SessionRecords, index: number, key: AddressKey, end: number): boolean {
  return !judged.blocks.has(key) && judged.inner.holdsGuest(records, index, end);
}

/**
 * A guest's flow that nobody answers and nothing was translated of. The kernel never asks the rules for it again, so it
 * would leave with an inner source address for as long as the guest goes on sending. Where it goes to the host by an
 * address that we do not know, its next packet begins it anew.
 */
function isUntranslated({ fresh, inner }: Judged, records: SessionRecords, index: number): boolean {
  const { seenReply, sourceTranslated, destinationTranslated } = SessionFlag;
  if ((records.flags(index) & (seenReply | sourceTranslated | destinationTranslated)) !== 0) return false;
  return fresh.holdsGuest(records, index, End.originalSource) && !inner.holds(records, index, End.originalDestination);
}

const concernsGuest = ({ inner }: Judged, records: SessionRecords, index: number): boolean =>
  inner.holds(records, index, End.originalSource) || inner.holds(records, index, End.replySource);

/** Source port, or identifier, that the other side sees; undefined for protocols without. */
function portSeen(records: SessionRecords, index: number): number | undefined {
  const protocol = records.protocol(index);
  if (!protocolsWithPorts.has(protocol)) return undefined;
  // An echo's identifier stands with the source in either direction.
  return records.port(index, icmp.has(protocol) ? End.replySource : End.replyDestination);
}

/** A session of a same-address guest: begun by it (in its zone) or to a port of its own. */
function isStaleShare(
  judged: Judged,
  shareId: number,
  records: SessionRecords,
  index: number,
  called: AddressKey,
): boolean {
  const share = judged.shares.get(shareId);
  if (share === undefined) return judged.whole;
  if (share === null) return true;
  const callsShared = judged.shared.has(called);
  if (records.zone(index) === 0) return callsShared && isLost(share, records.port(index, End.originalDestination));
  // Between guests nothing is translated, and what left by another interface than the uplink was not either.
  if (callsShared || judged.inner.holds(records, index, End.originalDestination)) return false;
  if (judged.whole && (records.flags(index) & SessionFlag.sourceTranslated) === 0) return false;
  const port = portSeen(records, index);
  return port !== undefined && isLost(share, port);
}

/** A session to a port of the shared address. */
function isStaleCall(
  judged: Judged,
  records: SessionRecords,
  index: number,
  answerer: AddressKey,
  marked: boolean,
): boolean {
  const port = records.port(index, End.originalDestination);
  if ((records.flags(index) & SessionFlag.destinationTranslated) === 0) {
    // A stream of UDP to what was the host's port would never find the guest that has it now. Of TCP it may be a
    // connection to the host that its user wants to keep.
    return !marked && records.protocol(index) === udp && judged.claimed.has(port) && records.zone(index) === 0;
  }
  const leads = judged.published.leads(records, index);
  if (leads === 'same') return false;
  const block = judged.blocks.get(answerer);
  // A port of its block that the guest opened to anybody, or one that others published (Docker) to somebody else.
  if (leads === undefined) return block !== undefined && isLost(block, port);
  if (judged.whole && block !== undefined) return isLost(block, port);
  return judged.inner.holds(records, index, End.replySource);
}
