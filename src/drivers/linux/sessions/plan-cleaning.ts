import type {
  DesiredBlock,
  DesiredForward,
  DesiredSameAddress,
  DesiredSegment,
  DesiredState,
} from '../../../model/desired-state.ts';
import { bytesOfIp, type IpAddress } from '../../../model/ip-address.ts';
import { changedKeys } from '../../../model/map-delta.ts';
import { markMask, markOf } from '../../../model/same-address.ts';
import type { SessionFilter } from '../../../model/session-record.ts';
import { type AddressKey, keyOfIp } from './address-key.ts';
import { type HeldPorts, nothingLost, portsOfBlock, portsOfShare } from './held-ports.ts';
import { InnerSubnets } from './inner-subnets.ts';
import { PublishedPorts } from './published-ports.ts';
import type { Judged } from './stale-sessions.ts';

/** Each look is a walk through the kernel's table: with more of them all of it is read at once. */
const mostLooks = 8;
const udp = 17;

export interface Cleaning {
  readonly judged: Judged;
  /** What to ask of the kernel, so that every session that may be stale is among the answers. */
  readonly looks: readonly SessionFilter[];
}

/**
 * Which sessions a change from `before` to `after` leaves behind; undefined when there can be none, which costs a
 * comparison by reference. `before` is undefined when it is not known what an earlier process left: then every session
 * is judged by `after`. `remade`: somebody had taken the rules away, and nobody knows for how long.
 */
export function planCleaning(
  before: DesiredState | null | undefined,
  after: DesiredState | null,
  remade = false,
): Cleaning | undefined {
  if (before === after && !remade) return undefined;
  if (before === undefined || sharesOther(before, after)) return wholeCleaning(before ?? undefined, after);
  const change = new Change(before, after);
  change.segments(remade);
  change.guests();
  change.shares();
  change.forwards();
  return change.cleaning();
}

const addressesOf = (block: DesiredBlock): IpAddress[] => [...block.inner4, ...block.inner6];
const sharedOf = (state: DesiredState | null | undefined): IpAddress[] =>
  state ? [state.uplink.ipv4, ...(state.uplink.ipv6 ? [state.uplink.ipv6] : [])] : [];
const keysOf = (addresses: readonly IpAddress[]): Set<AddressKey> => new Set(addresses.map(keyOfIp));

/** Whether both share an address, and not the same. */
function sharesOther(before: DesiredState | null, after: DesiredState | null): boolean {
  return before !== null && after !== null && sharedOf(before).join() !== sharedOf(after).join();
}

/** Everything is judged by `after`. */
function wholeCleaning(before: DesiredState | undefined, after: DesiredState | null): Cleaning {
  const published = new PublishedPorts(true);
  const claimed = new Set<number>();
  for (const forward of after?.forwards.values() ?? []) {
    published.open(forward);
    if (forward.protocol === 'udp') claim(claimed, forward.ports);
  }
  const blocks = new Map<AddressKey, HeldPorts>();
  for (const block of after?.blocks.values() ?? []) {
    const held = { now: portsOfBlock(block) };
    for (const address of addressesOf(block)) blocks.set(keyOfIp(address), held);
  }
  const shares = new Map<number, HeldPorts>();
  for (const share of after?.sameAddress.values() ?? []) {
    shares.set(share.shareId, { now: portsOfShare(share, after?.blocks.get(share.guest)) });
    for (const ports of share.ports) claim(claimed, ports);
  }
  const shared = keysOf(sharedOf(after));
  const goneShared = new Set([...keysOf(sharedOf(before))].filter((key) => !shared.has(key)));
  const gone = new Set<AddressKey>();
  for (const block of before?.blocks.values() ?? []) {
    for (const address of lostAddresses(block, after?.blocks.get(block.guest))) gone.add(keyOfIp(address));
  }
  const inner = new InnerSubnets(before, after);
  return {
    judged: {
      gone,
      blocks,
      shares,
      published,
      claimed,
      shared,
      goneShared,
      inner,
      fresh: new InnerSubnets(after),
      whole: true,
    },
    looks: [{}],
  };
}

function claim(claimed: Set<number>, { first, last }: { first: number; last: number }): void {
  for (let port = first; port <= last; port++) claimed.add(port);
}

function lostAddresses(before: DesiredBlock, after: DesiredBlock | undefined): IpAddress[] {
  const kept = new Set(after ? addressesOf(after) : []);
  return addressesOf(before).filter((address) => !kept.has(address));
}

/** Whether only who may use the forward differs, or nothing at all. */
function leadSame(a: DesiredForward, b: DesiredForward): boolean {
  return (
    a.protocol === b.protocol &&
    a.ports.first === b.ports.first &&
    a.ports.last === b.ports.last &&
    a.toFirst === b.toFirst &&
    a.to4 === b.to4 &&
    a.to6 === b.to6
  );
}

const subnetsOf = ({ subnet, subnet6 }: DesiredSegment): string[] => [subnet.text, ...(subnet6 ? [subnet6.text] : [])];

const none: ReadonlyMap<string, never> = new Map<string, never>();

/** Collects what a change takes away, and where its sessions are to be looked for. */
class Change {
  readonly #before: DesiredState | null;
  readonly #after: DesiredState | null;
  readonly #gone = new Set<AddressKey>();
  readonly #blocks = new Map<AddressKey, HeldPorts>();
  readonly #shares = new Map<number, HeldPorts | null>();
  readonly #claimed = new Set<number>();
  #published: PublishedPorts | undefined;
  readonly #looks: SessionFilter[] = [];
  #fresh: Pick<DesiredState, 'segments'> | undefined;
  #ipv6 = false;

  constructor(before: DesiredState | null, after: DesiredState | null) {
    this.#before = before;
    this.#after = after;
  }

  /** Segments that nothing was translated for until now. */
  segments(all: boolean): void {
    const known = new Set(all ? [] : [...(this.#before?.segments.values() ?? [])].flatMap(subnetsOf));
    const segments = [...(this.#after?.segments ?? [])].filter(([, segment]) =>
      subnetsOf(segment).some((text) => !known.has(text)),
    );
    if (segments.length > 0) this.#fresh = { segments: new Map(segments) };
  }

  /** Addresses and port blocks; an address that another guest has now was lost by the one that had it. */
  guests(): void {
    for (const name of this.#changed('blocks')) {
      const before = this.#before?.blocks.get(name);
      const after = this.#after?.blocks.get(name);
      if (before === undefined) continue;
      const lost = lostAddresses(before, after);
      for (const address of lost) this.#gone.add(keyOfIp(address));
      this.#lookFor(lost);
      if (after === undefined || nothingLost(portsOfBlock(before), portsOfBlock(after))) continue;
      const held = { now: portsOfBlock(after), before: portsOfBlock(before) };
      const kept = addressesOf(after);
      for (const address of kept) this.#blocks.set(keyOfIp(address), held);
      this.#lookFor(kept);
    }
  }

  shares(): void {
    for (const name of new Set([...this.#changed('sameAddress'), ...this.#changed('blocks')])) {
      const before = this.#before?.sameAddress.get(name);
      const after = this.#after?.sameAddress.get(name);
      if (after) this.#claimFor(before, after);
      if (before === undefined) continue;
      const held = portsOfShare(before, this.#before?.blocks.get(name));
      if (after?.shareId !== before.shareId) this.#shares.set(before.shareId, null);
      else {
        const now = portsOfShare(after, this.#after?.blocks.get(name));
        if (nothingLost(held, now)) continue;
        this.#shares.set(before.shareId, { now, before: held });
      }
      this.#looks.push({ mark: { value: markOf(before.shareId), mask: markMask } });
    }
  }

  forwards(): void {
    let gone = false;
    const opened = [];
    for (const id of this.#changed('forwards')) {
      const before = this.#before?.forwards.get(id);
      const after = this.#after?.forwards.get(id);
      if (before && after && leadSame(before, after)) continue;
      if (before) {
        gone = true;
        this.#ipv6 ||= before.to6 !== undefined;
        this.#table().close(before);
      }
      if (after) opened.push(after);
    }
    for (const forward of opened) {
      if (forward.protocol === 'udp') {
        claim(this.#claimed, forward.ports);
        this.#ipv6 ||= forward.to6 !== undefined;
      }
      if (gone) this.#table().open(forward);
    }
    const [shared] = sharedOf(this.#before ?? this.#after);
    if (shared === undefined) return;
    if (gone) this.#looks.push({ originalDestination: bytesOfIp(shared) });
    else if (this.#claimed.size > 0) this.#looks.push({ originalDestination: bytesOfIp(shared), protocol: udp });
  }

  cleaning(): Cleaning | undefined {
    const looks = this.#ipv6 ? [...this.#looks, { family: 6 as const }] : this.#looks;
    if (looks.length === 0 && this.#fresh === undefined) return undefined;
    const judged = {
      gone: this.#gone,
      blocks: this.#blocks,
      shares: this.#shares,
      published: this.#table(),
      claimed: this.#claimed,
      shared: keysOf([...sharedOf(this.#before), ...sharedOf(this.#after)]),
      goneShared: new Set<AddressKey>(),
      inner: new InnerSubnets(this.#before, this.#after),
      fresh: new InnerSubnets(this.#fresh),
      whole: false,
    };
    return { judged, looks: looks.length > mostLooks || this.#fresh !== undefined ? [{}] : looks };
  }

  #changed(part: 'blocks' | 'sameAddress' | 'forwards'): string[] {
    return changedKeys(this.#before?.[part] ?? none, this.#after?.[part] ?? none);
  }

  #table(): PublishedPorts {
    this.#published ??= new PublishedPorts(false);
    return this.#published;
  }

  /** Ports that are a same-address guest's from now on. */
  #claimFor(before: DesiredSameAddress | undefined, after: DesiredSameAddress): void {
    if (before && nothingLost(after.ports, before.ports)) return;
    for (const ports of after.ports) claim(this.#claimed, ports);
  }

  #lookFor(addresses: readonly IpAddress[]): void {
    for (const address of addresses) {
      const bytes = bytesOfIp(address);
      if (bytes.length === 16) this.#ipv6 = true;
      else if (this.#looks.length <= mostLooks) this.#looks.push({ originalSource: bytes }, { replySource: bytes });
    }
  }
}
