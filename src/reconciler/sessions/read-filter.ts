import { AppError } from '../../errors/app-error.ts';
import { bytesOfIp, ipv4FromInteger, ipv6FromInteger } from '../../model/ip-address.ts';
import { hasPorts, parseProtocol } from '../../model/protocols.ts';
import { quoteValue } from '../../model/quote-value.ts';
import { End, recordSize, type SessionRecords } from '../../model/session-record.ts';
import { parseSubnet } from '../../model/subnet.ts';
import { unknownName } from '../macs/read-item.ts';
import type { SeenBy, SessionFilter } from './contract.ts';
import { directionFrom, type Side, sideOf } from './one-sided.ts';
import type { Placing } from './place-session.ts';
import { stateOf, statesNamed, stateWords } from './session-states.ts';
import type { SiteNames } from './site-names.ts';

/** A network that a peer is looked for in. */
interface PeerNetwork {
  readonly family: 4 | 6;
  readonly bytes: Uint8Array;
  readonly prefix: number;
}

/** A filter with its names looked up. */
export interface Conditions {
  /** Of each NIC whether sessions of it may fit; undefined: all. */
  readonly nics?: Uint8Array;
  readonly protocol?: number;
  readonly peer?: PeerNetwork;
  /** Conditions are about what this owner sees. */
  readonly seenBy?: string;
  /** Whether a session fits that was placed; `at` is now. */
  fits(records: SessionRecords, index: number, placing: Placing, at: number): boolean;
}

function readNics(
  { guest, owner, segment, seenBy }: SessionFilter & SeenBy,
  { nics: all }: SiteNames,
): Uint8Array | undefined {
  if (guest === undefined && owner === undefined && segment === undefined && seenBy === undefined) return undefined;
  const nics = seenBy === undefined ? all : all.filter((nic) => nic.owner === seenBy);
  for (const [kind, wanted] of Object.entries({ guest, owner, segment }) as [
    'guest' | 'owner' | 'segment',
    string?,
  ][]) {
    if (wanted === undefined || nics.some((nic) => nic[kind] === wanted)) continue;
    throw unknownName(kind, wanted, [...new Set(nics.flatMap((nic) => nic[kind] ?? []))]);
  }
  return Uint8Array.from(all, (nic) =>
    (seenBy === undefined || nic.owner === seenBy) &&
    (guest === undefined || nic.guest === guest) &&
    (owner === undefined || nic.owner === owner) &&
    (segment === undefined || nic.segment === segment)
      ? 1
      : 0,
  );
}

function readForward({ forward, seenBy }: SessionFilter & SeenBy, names: SiteNames): number | undefined {
  if (forward === undefined) return undefined;
  const index = names.forwards.indexOf(forward);
  const known = seenBy === undefined ? names.forwards : names.forwards.filter((_, i) => names.leadsTo(seenBy, i));
  if (index < 0 || !known.includes(forward)) throw unknownName('forward', forward, known);
  return index;
}

function readStates(state: string | undefined): readonly number[] | undefined {
  if (state === undefined) return undefined;
  const states = statesNamed(state.toLowerCase());
  if (states.length > 0) return states;
  throw new AppError('value-invalid', `state ${quoteValue(state)} is none of ${stateWords.join(', ')}`);
}

function readPeer(peer: string | undefined): PeerNetwork | undefined {
  if (peer === undefined) return undefined;
  const subnet = parseSubnet(peer);
  const first = subnet.family === 4 ? ipv4FromInteger(subnet.first) : ipv6FromInteger(subnet.first);
  return { family: subnet.family, bytes: bytesOfIp(first), prefix: subnet.prefix };
}

/** Whether an end's address is in the network. */
function isIn({ family, bytes, prefix }: PeerNetwork, records: SessionRecords, index: number, end: number): boolean {
  if (records.family(index) !== family) return false;
  const at = index * recordSize + 64 + end * 16;
  const whole = prefix >> 3;
  for (let i = 0; i < whole; i++) if (records.bytes[at + i] !== bytes[i]) return false;
  const rest = prefix & 7;
  return rest === 0 || ((records.bytes[at + whole] as number) ^ (bytes[whole] as number)) >> (8 - rest) === 0;
}

/** The other end than the guest's; of a session between two guests, either. */
function hasPeer(
  peer: PeerNetwork,
  records: SessionRecords,
  index: number,
  { direction }: Placing,
  side: Side,
): boolean {
  const { originalSource, originalDestination, replySource, replyDestination } = End;
  if (side === 'began') return isIn(peer, records, index, originalDestination);
  if (side === 'called') return isIn(peer, records, index, replyDestination);
  if (direction === 'between')
    return isIn(peer, records, index, originalSource) || isIn(peer, records, index, replySource);
  const end = direction === 'out' || direction === 'to-host' ? originalDestination : originalSource;
  return isIn(peer, records, index, end);
}

/** Where the guest of somebody else really is does not show at the other side. */
const hidden: Readonly<Record<Side, number>> = { began: End.replySource, called: End.originalSource, both: -1 };

function hasPort(port: number, records: SessionRecords, index: number, side: Side): boolean {
  if (!hasPorts(records.protocol(index))) return false;
  for (let end = 0; end < 4; end++) if (end !== hidden[side] && records.port(index, end) === port) return true;
  return false;
}

/** Looks up what a filter names. Throws `value-invalid` and `not-found`. */
export function readFilter(filter: SessionFilter & SeenBy, names: SiteNames): Conditions {
  const { port, older, younger, direction, seenBy } = filter;
  const nics = readNics(filter, names);
  const forward = readForward(filter, names);
  const protocol = filter.protocol === undefined ? undefined : parseProtocol(filter.protocol);
  const states = readStates(filter.state);
  const peer = readPeer(filter.peer);
  return {
    ...(nics === undefined ? {} : { nics }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(peer === undefined ? {} : { peer }),
    ...(seenBy === undefined ? {} : { seenBy }),
    fits(records, index, placing, at) {
      if (protocol !== undefined && records.protocol(index) !== protocol) return false;
      if (nics !== undefined && nics[placing.nic] !== 1 && (placing.other < 0 || nics[placing.other] !== 1))
        return false;
      const side = sideOf(placing, names, seenBy);
      if (forward !== undefined && (placing.forward !== forward || side === 'began')) return false;
      if (direction !== undefined && directionFrom(side, placing.direction) !== direction) return false;
      if (states !== undefined && !states.includes(stateOf(records, index))) return false;
      if (older !== undefined || younger !== undefined) {
        const start = records.start(index);
        if (start === 0) return false;
        if (older !== undefined && start > at - older * 1000) return false;
        if (younger !== undefined && start < at - younger * 1000) return false;
      }
      if (port !== undefined && !hasPort(port, records, index, side)) return false;
      return peer === undefined || hasPeer(peer, records, index, placing, side);
    },
  };
}
