import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DesiredState } from '../model/desired-state.ts';
import { bytesOfIp, type IpAddress } from '../model/ip-address.ts';
import { sameAddressGateway, shareIdOf } from '../model/same-address.ts';
import { End, type SessionRecords, tcpStates } from '../model/session-record.ts';

/** Sessions that are looked at without a pause. */
const stretch = 5_000;
/** The kernel keeps closed connections for a while; they count for no limit (nf_conncount.c). */
const closed = new Set([tcpStates.indexOf('time-wait'), tcpStates.indexOf('close')]);

interface Entry {
  readonly words: Uint32Array;
  readonly place: number;
}

/** What counts for itself: an address of a guest, or a guest with the shared address as a whole. */
interface Counted {
  readonly guest: string;
  readonly limit: number;
}

/** Addresses of the guests of a site, found in packed records without making anything of them. */
export class GuestAddresses {
  readonly of: DesiredState;
  readonly counted: Counted[] = [];
  /** The lowest limit of any guest. */
  readonly least: number;
  readonly #byWord = new Map<number, Entry[]>();
  readonly #hostByWord = new Map<number, Entry[]>();
  readonly #byShare = new Map<number, number>();

  constructor(desired: DesiredState) {
    this.of = desired;
    let least = desired.limits.sessionsPerGuest;
    for (const { guest, limits, share, ipv4, ipv6 } of desired.nics.values()) {
      const limit = limits?.sessions ?? desired.limits.sessionsPerGuest;
      least = Math.min(least, limit);
      if (share === 'nat') this.#add(ipv4, { guest, limit });
      if (ipv6 !== undefined) this.#add(ipv6, { guest, limit });
    }
    for (const { guest, shareId, limits } of desired.sameAddress.values()) {
      const limit = limits?.sessions ?? desired.limits.sessionsPerGuest;
      this.#byShare.set(shareId, this.counted.push({ guest, limit }) - 1);
    }
    this.least = least;
    const { uplink, segments } = desired;
    const own: (IpAddress | undefined)[] = [uplink.ipv4, uplink.ipv6, sameAddressGateway as IpAddress];
    for (const { gateway, gateway6 } of segments.values()) own.push(gateway, gateway6);
    for (const address of own) if (address !== undefined) add(this.#hostByWord, address, 0);
  }

  /** Sessions with the host itself have a limit of their own. */
  isHost(records: SessionRecords, index: number, end: number): boolean {
    return find(this.#hostByWord, records, index, end) === 0;
  }

  /** Index into `counted`; -1 for nobody. */
  at(records: SessionRecords, index: number, end: number): number {
    return find(this.#byWord, records, index, end);
  }

  /** The guest with the shared address whose session it is; -1 for nobody's. */
  ofShare(records: SessionRecords, index: number): number {
    const shareId = shareIdOf(records.mark(index));
    return shareId === undefined ? -1 : (this.#byShare.get(shareId) ?? -1);
  }

  #add(address: IpAddress, counted: Counted): void {
    add(this.#byWord, address, this.counted.push(counted) - 1);
  }
}

function add(to: Map<number, Entry[]>, address: IpAddress, place: number): void {
  const bytes = new Uint8Array(16);
  bytes.set(bytesOfIp(address));
  const words = new Uint32Array(bytes.buffer);
  const key = words[address.includes(':') ? 3 : 0] as number;
  const others = to.get(key);
  if (others === undefined) to.set(key, [{ words, place }]);
  else others.push({ words, place });
}

function find(among: ReadonlyMap<number, Entry[]>, records: SessionRecords, index: number, end: number): number {
  const { u32 } = records;
  const at = index * 32 + 16 + end * 4;
  const entries = among.get(u32[records.family(index) === 6 ? at + 3 : at] as number);
  if (entries === undefined) return -1;
  for (const { words, place } of entries) {
    if (u32[at] === words[0] && u32[at + 1] === words[1] && u32[at + 2] === words[2] && u32[at + 3] === words[3])
      return place;
  }
  return -1;
}

/**
 * Open sessions of all guests together, and of each guest the most that one of its addresses has against what it may: it
 * is addresses that are limited. Lets others have their turn meanwhile.
 */
export async function countSessions(
  records: SessionRecords,
  addresses: GuestAddresses,
): Promise<{ all: number; guests: Map<string, { open: number; limit: number }> }> {
  const open = new Uint32Array(addresses.counted.length);
  let all = 0;
  for (let index = 0; index < records.length; index++) {
    if (index % stretch === stretch - 1) await nextTurn();
    if (closed.has(records.tcpState(index))) continue;
    const share = addresses.ofShare(records, index);
    const from = addresses.at(records, index, End.originalSource);
    const to = addresses.at(records, index, End.replySource);
    if (share < 0 && from < 0 && to < 0) continue;
    if (
      share < 0 &&
      (addresses.isHost(records, index, End.originalSource) || addresses.isHost(records, index, End.replySource))
    )
      continue;
    all++;
    if (share >= 0) open[share] = (open[share] as number) + 1;
    if (from >= 0) open[from] = (open[from] as number) + 1;
    if (to >= 0 && to !== from) open[to] = (open[to] as number) + 1;
  }
  const guests = new Map<string, { open: number; limit: number }>();
  for (const [place, { guest, limit }] of addresses.counted.entries()) {
    const count = open[place] as number;
    const most = guests.get(guest);
    if (count > 0 && (most === undefined || count / limit > most.open / most.limit))
      guests.set(guest, { open: count, limit });
  }
  return { all, guests };
}
