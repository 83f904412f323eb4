import { ipOfBytes } from '../../model/ip-address.ts';
import { hasPorts } from '../../model/protocols.ts';
import { shareIdOf } from '../../model/same-address.ts';
import { End, SessionFlag, type SessionRecords } from '../../model/session-record.ts';
import type { SessionPlace } from '../sessions/contract.ts';
import type { Asked } from './read-question.ts';

/** A record that was found, in words. */
export interface SeenSession {
  readonly source: 'log' | 'live';
  /** Its protocol and its ends. */
  readonly key: string;
  readonly protocol: number;
  /** Who began it, as itself and as the other side knows it; then the one that was called. */
  readonly inner: { readonly from: SessionPlace; readonly to: SessionPlace };
  readonly outer: { readonly from: SessionPlace; readonly to: SessionPlace };
  /** Same-address guest that has a part in it, and whether it began it. */
  readonly share?: { readonly id: number; readonly began: boolean };
  readonly begin?: number;
  readonly end?: number;
  readonly endUnknown: boolean;
  /** By the one that began it, and by the other; absent while they are not known. */
  readonly counts?: {
    readonly bytes: readonly [number, number];
    readonly packets: readonly [number, number];
  };
}

/** ICMP has an identifier in place of the source port, and a type where the other one is. */
function placeOf(records: SessionRecords, index: number, end: number): SessionPlace {
  const address = ipOfBytes(records.address(index, end));
  const port = records.port(index, end);
  if (hasPorts(records.protocol(index))) return { address, port };
  const identifier = end === End.originalSource || end === End.replyDestination;
  return identifier && port !== 0 ? { address, port } : { address };
}

export function seenSession(records: SessionRecords, index: number, source: SeenSession['source']): SeenSession {
  const flags = records.flags(index);
  const id = shareIdOf(records.mark(index));
  const open = source === 'live' || records.end(index) === 0 || (flags & SessionFlag.stillOpen) !== 0;
  const begun = records.start(index) > 0;
  const inner = { from: placeOf(records, index, End.originalSource), to: placeOf(records, index, End.replySource) };
  const outer = {
    from: placeOf(records, index, End.replyDestination),
    to: placeOf(records, index, End.originalDestination),
  };
  const bytes = [records.octets(index, 0), records.octets(index, 1)] as const;
  const packets = [records.packets(index, 0), records.packets(index, 1)] as const;
  return {
    source: open ? 'live' : 'log',
    key: JSON.stringify([records.protocol(index), inner, outer]),
    protocol: records.protocol(index),
    inner,
    outer,
    ...(id === undefined || records.family(index) !== 4 ? {} : { share: { id, began: records.zone(index) !== 0 } }),
    ...(begun ? { begin: records.start(index) } : {}),
    ...(open ? {} : { end: records.end(index) }),
    endUnknown: (flags & SessionFlag.endUnknown) !== 0,
    ...(packets[0] + packets[1] === 0 ? {} : { counts: { bytes, packets } }),
  };
}

const isAt = (place: SessionPlace, { address, port }: Pick<Asked, 'address' | 'port'>): boolean =>
  place.address === address && (port === undefined || place.port === port);

/**
 * Which side of the session was asked for. Of a shared address that is how the world sees a side, of any other how it
 * knows itself. Undefined when it is neither: the inner port of a same-address guest is none that the world saw.
 */
export function sideOf(session: SeenSession, asked: Asked, isShared: boolean): 'from' | 'to' | undefined {
  const places = isShared ? session.outer : session.inner;
  if (isAt(places.from, asked)) return 'from';
  return isAt(places.to, asked) ? 'to' : undefined;
}

/** Milliseconds by which the begin of one session may differ in the log and in the kernel's table. */
const sameBegin = 1000;

/**
 * A record of a day that ended, one of its end and one of the kernel's table may be one session: what knows most of it
 * stays. In the order of their begin.
 */
export function withoutRepeats(sessions: readonly SeenSession[]): SeenSession[] {
  const byEnds = new Map<string, SeenSession[]>();
  for (const session of sessions) {
    const same = byEnds.get(session.key) ?? [];
    const place = same.findIndex((other) => isSame(other, session));
    if (place < 0) same.push(session);
    else same[place] = knowsMore(session, same[place] as SeenSession) ? session : (same[place] as SeenSession);
    byEnds.set(session.key, same);
  }
  return [...byEnds.values()].flat().sort((a, b) => (a.begin ?? 0) - (b.begin ?? 0));
}

/** Two that ended are two, however soon the ports were used again. */
function isSame(a: SeenSession, b: SeenSession): boolean {
  if (a.end !== undefined && b.end !== undefined) return false;
  return a.begin === undefined || b.begin === undefined || Math.abs(a.begin - b.begin) <= sameBegin;
}

function knowsMore(a: SeenSession, b: SeenSession): boolean {
  if (a.end !== undefined || b.end !== undefined) return b.end === undefined;
  return a.counts !== undefined && b.counts === undefined;
}
