import { ipOfBytes } from '../../model/ip-address.ts';
import { hasPorts, protocolName } from '../../model/protocols.ts';
import { End, SessionFlag, type SessionRecords } from '../../model/session-record.ts';
import type { SessionNic, SessionPlace, SessionView } from './contract.ts';
import { type Side, sideOf } from './one-sided.ts';
import { newPlacing, type Placing, placeSession } from './place-session.ts';
import { sessionStates, stateOf } from './session-states.ts';
import type { NamedNic, SiteNames } from './site-names.ts';

function nicView({ guest, nic, segment, owner }: NamedNic): SessionNic {
  return { guest, nic, segment, ...(owner === undefined ? {} : { owner }) };
}

const icmp: ReadonlySet<number> = new Set([1, 58]);

/** Of ICMP the identifier of the source is what a port is elsewhere; a destination has none. */
function placeView(records: SessionRecords, index: number, end: number): SessionPlace {
  const address = ipOfBytes(records.address(index, end));
  const protocol = records.protocol(index);
  const isSource = end === End.originalSource || end === End.replySource;
  return hasPorts(protocol) || (icmp.has(protocol) && isSource)
    ? { address, port: records.port(index, end) }
    : { address };
}

/** Where the guest is, where the world sees it, and where the other is. */
function placesOf(
  records: SessionRecords,
  index: number,
  { direction }: Placing,
): Pick<SessionView, 'inner' | 'public' | 'peer'> {
  const at = (end: number): SessionPlace => placeView(records, index, end);
  const flags = records.flags(index);
  const published = (flags & SessionFlag.destinationTranslated) !== 0;
  if (direction === 'in' || direction === 'from-host') {
    // Of a same-address guest's own ports nothing is translated, and yet the world sees them.
    const seen = published || direction === 'in';
    return {
      inner: at(End.replySource),
      ...(seen ? { public: at(End.originalDestination) } : {}),
      peer: at(End.originalSource),
    };
  }
  if (direction === 'between') {
    return {
      inner: at(End.originalSource),
      ...(published ? { public: at(End.originalDestination) } : {}),
      peer: at(End.replySource),
    };
  }
  return {
    inner: at(End.originalSource),
    ...(direction === 'out' ? { public: publicSource(records, index) } : {}),
    peer: at(End.originalDestination),
  };
}

/** Where answers to a session go that leaves. The identifier of an echo is in the source of either direction. */
function publicSource(records: SessionRecords, index: number): SessionPlace {
  const { address } = placeView(records, index, End.replyDestination);
  const protocol = records.protocol(index);
  if (hasPorts(protocol)) return { address, port: records.port(index, End.replyDestination) };
  return icmp.has(protocol) ? { address, port: records.port(index, End.replySource) } : { address };
}

/** A session with a guest of somebody else, as a side of it sees it: who the other is does not show. */
function oneSided(
  records: SessionRecords,
  index: number,
  { nic, other, forward }: Placing,
  side: Exclude<Side, 'both'>,
  names: SiteNames,
): Partial<SessionView> & ReturnType<typeof placesOf> {
  const at = (end: number): SessionPlace => placeView(records, index, end);
  if (side === 'began')
    return {
      ...nicView(names.nics[nic] as NamedNic),
      direction: 'out',
      inner: at(End.originalSource),
      peer: at(End.originalDestination),
    };
  const published = (records.flags(index) & SessionFlag.destinationTranslated) !== 0;
  return {
    ...nicView(names.nics[other] as NamedNic),
    direction: 'in',
    ...(forward < 0 ? {} : { forward: names.forwards[forward] as string }),
    inner: at(End.replySource),
    ...(published ? { public: at(End.originalDestination) } : {}),
    peer: at(End.replyDestination),
  };
}

function viewSession(
  records: SessionRecords,
  index: number,
  names: SiteNames,
  placing: Placing,
  side: Side,
): SessionView {
  const { direction, nic, other, forward } = placing;
  const sends = direction === 'in' || direction === 'from-host' || side === 'called' ? 1 : 0;
  const receives = sends === 0 ? 1 : 0;
  const start = Math.round(records.start(index));
  const expires = records.expires(index);
  return {
    id: records.id(index),
    ...nicView(names.nics[nic] as NamedNic),
    direction,
    ...(other < 0 || side !== 'both' ? {} : { other: nicView(names.nics[other] as NamedNic) }),
    ...(forward < 0 || side !== 'both' ? {} : { forward: names.forwards[forward] as string }),
    protocol: protocolName(records.protocol(index)),
    state: sessionStates[stateOf(records, index)] as string,
    ...(side === 'both' ? placesOf(records, index, placing) : oneSided(records, index, placing, side, names)),
    bytesSent: records.octets(index, sends),
    bytesReceived: records.octets(index, receives),
    packetsSent: records.packets(index, sends),
    packetsReceived: records.packets(index, receives),
    ...(start === 0 ? {} : { startedAt: start }),
    ...(expires === 0 ? {} : { expiresAt: expires }),
  };
}

/** Objects of sessions that were chosen, as an owner sees them if one is given. */
export function viewSessions(
  records: SessionRecords,
  indexes: readonly number[],
  names: SiteNames,
  seenBy?: string,
): SessionView[] {
  const placing = newPlacing();
  return indexes.map((index) => {
    placeSession(records, index, names, placing);
    return viewSession(records, index, names, placing, sideOf(placing, names, seenBy));
  });
}
