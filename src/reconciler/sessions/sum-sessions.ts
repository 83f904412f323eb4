import { portCount } from '../../model/port-range.ts';
import { protocolName } from '../../model/protocols.ts';
import { End, SessionFlag, type SessionRecords } from '../../model/session-record.ts';
import type { GuestOrder } from '../../model/session-words.ts';
import { EventLoopTurn } from '../../registry/event-loop-turn.ts';
import { eachSession, type Look } from './choose-sessions.ts';
import type { GuestSessions, SeenBy, SessionSummary, SessionSums, SummaryQuery } from './contract.ts';
import { sideOf } from './one-sided.ts';
import type { Conditions } from './read-filter.ts';
import { sessionStates, stateOf } from './session-states.ts';
import type { NamedGuest, SiteNames } from './site-names.ts';

/** Sums of many guests in arrays: row 0 is all together, row n + 1 is guest n. */
class Sums {
  readonly sessions: Float64Array;
  /** Bytes sent and received, packets sent and received. */
  readonly amounts: Float64Array;
  readonly #states: Float64Array;
  /** Of each protocol that there is, sessions by row. */
  readonly #protocols = new Map<number, Float64Array>();
  readonly #rows: number;

  constructor(rows: number) {
    this.#rows = rows;
    this.sessions = new Float64Array(rows);
    this.amounts = new Float64Array(rows * 4);
    this.#states = new Float64Array(rows * sessionStates.length);
  }

  /** `sends` is the direction of the record in which the guest of the row sends. */
  add(row: number, records: SessionRecords, index: number, state: number, sends: 0 | 1): void {
    const receives = sends === 0 ? 1 : 0;
    const protocols = this.#byRow(records.protocol(index));
    protocols[row] = (protocols[row] as number) + 1;
    this.sessions[row] = (this.sessions[row] as number) + 1;
    this.#states[row * sessionStates.length + state] = (this.#states[row * sessionStates.length + state] as number) + 1;
    this.#amount(row * 4, records.octets(index, sends));
    this.#amount(row * 4 + 1, records.octets(index, receives));
    this.#amount(row * 4 + 2, records.packets(index, sends));
    this.#amount(row * 4 + 3, records.packets(index, receives));
  }

  keyOf(row: number, order: GuestOrder): number {
    if (order === 'sessions') return this.sessions[row] as number;
    const first = row * 4 + (order === 'bytes' ? 0 : 2);
    return (this.amounts[first] as number) + (this.amounts[first + 1] as number);
  }

  view(row: number): SessionSums {
    const protocols: Record<string, number> = {};
    for (const [protocol, counts] of this.#protocols) {
      if ((counts[row] as number) > 0) protocols[protocolName(protocol)] = counts[row] as number;
    }
    const states: Record<string, number> = {};
    for (const [state, name] of sessionStates.entries()) {
      const count = this.#states[row * sessionStates.length + state] as number;
      if (count > 0) states[name] = count;
    }
    const [bytesSent = 0, bytesReceived = 0, packetsSent = 0, packetsReceived = 0] = this.amounts.subarray(
      row * 4,
      row * 4 + 4,
    );
    return {
      sessions: this.sessions[row] as number,
      protocols,
      states,
      bytesSent,
      bytesReceived,
      packetsSent,
      packetsReceived,
    };
  }

  #byRow(protocol: number): Float64Array {
    let counts = this.#protocols.get(protocol);
    if (counts === undefined) {
      counts = new Float64Array(this.#rows);
      this.#protocols.set(protocol, counts);
    }
    return counts;
  }

  #amount(at: number, by: number): void {
    this.amounts[at] = (this.amounts[at] as number) + by;
  }
}

const portSpace = 65_536;

/** Ports of the shared address in use as sources, by protocol. */
class UsedPorts {
  readonly #byProtocol = new Map<number, Uint8Array>();

  note(records: SessionRecords, index: number): void {
    if ((records.flags(index) & SessionFlag.sourceTranslated) === 0) return;
    const protocol = records.protocol(index);
    let used = this.#byProtocol.get(protocol);
    if (used === undefined) {
      used = new Uint8Array(portSpace);
      this.#byProtocol.set(protocol, used);
    }
    used[records.port(index, End.replyDestination)] = 1;
  }

  view({ blocks }: NamedGuest): GuestSessions['ports'] {
    let most = 0;
    for (const used of this.#byProtocol.values()) {
      let count = 0;
      for (const { first, last } of blocks) for (let port = first; port <= last; port++) count += used[port] as number;
      most = Math.max(most, count);
    }
    return { size: blocks.reduce((sum, block) => sum + portCount(block), 0), used: most };
  }
}

/** Sums over all sessions that fit and over those of each guest. */
export async function sumSessions(
  look: Look,
  names: SiteNames,
  conditions: Conditions,
  { sort = 'bytes', limit, seenBy }: Pick<SummaryQuery, 'sort' | 'limit'> & SeenBy,
): Promise<Pick<SessionSummary, 'all' | 'total' | 'guests'>> {
  const { records, at } = look;
  const sums = new Sums(names.guests.length + 1);
  const ports = new UsedPorts();
  const rowOf = (nic: number): number => (names.nics[nic]?.of ?? 0) + 1;
  const counts = (nic: number): boolean => nic >= 0 && (conditions.nics === undefined || conditions.nics[nic] === 1);
  await eachSession(look, names, (index, placing) => {
    ports.note(records, index);
    if (!conditions.fits(records, index, placing, at)) return;
    const { direction, nic, other } = placing;
    const state = stateOf(records, index);
    const sends = direction === 'in' || direction === 'from-host' ? 1 : 0;
    sums.add(0, records, index, state, sideOf(placing, names, seenBy) === 'called' ? 1 : sends);
    if (counts(nic)) sums.add(rowOf(nic), records, index, state, sends);
    // A guest that speaks to itself by a published port has one session.
    if (counts(other) && (!counts(nic) || rowOf(other) !== rowOf(nic)))
      sums.add(rowOf(other), records, index, state, 1);
  });
  const rows: number[] = [];
  for (let row = 1; row <= names.guests.length; row++) if ((sums.sessions[row] as number) > 0) rows.push(row);
  rows.sort((a, b) => sums.keyOf(b, sort) - sums.keyOf(a, sort) || a - b);
  const turn = new EventLoopTurn();
  const guests: GuestSessions[] = [];
  for (const row of rows.slice(0, limit)) {
    await turn.pause();
    const guest = names.guests[row - 1] as NamedGuest;
    guests.push({
      guest: guest.name,
      ...(guest.owner === undefined ? {} : { owner: guest.owner }),
      ...sums.view(row),
      limit: guest.limit,
      ports: ports.view(guest),
    });
  }
  return { all: sums.view(0), total: rows.length, guests };
}
