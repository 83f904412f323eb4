import { AppError } from '../errors/app-error.ts';
import { blocksOf, type GuestAssignment } from '../model/assignments.ts';
import { type PortRange, portCount } from '../model/port-range.ts';
import type { Site } from '../model/site.ts';
import { longestRested, type RestingPorts } from './resting-ports.ts';

const firstPort = 1024;
const lastPort = 65535;

/**
 * Port blocks of every guest: `limits.portBlock` contiguous ports of the shared address each, for TCP and UDP alike,
 * clear of forwards, same-address ports and `avoid`. New ones are clear of `busy` as well; who holds such a port keeps it. A guest keeps its blocks while that is so and it may have as many;
 * without a first one it gets that which it gave back last, else ports that nobody had, else those that rested longest.
 * While there is room, as many ports as it may grow by are left free behind it, and those that tenants may publish are
 * kept clear. To make room for a first block, further ones of others are taken. Throws `ports-exhausted`.
 */
export function proposePortBlocks(
  site: Site,
  current: ReadonlyMap<string, GuestAssignment>,
  avoid: readonly PortRange[],
  resting?: RestingPorts,
  busy: readonly PortRange[] = [],
): ReadonlyMap<string, readonly PortRange[]> {
  const size = site.limits.portBlock;
  const taken = claimedPorts(site, avoid);
  const firsts = new Map<string, PortRange | undefined>();
  for (const { name } of site.guests) {
    const had = current.get(name);
    const kept = had !== undefined && isFree(had, size, taken) ? { first: had.first, last: had.last } : undefined;
    if (kept) claim(taken, kept);
    firsts.set(name, kept);
  }
  const rests = resting?.withLeaving(current, (guest) => firsts.has(guest));
  const withMore = taken.slice();
  const more = keepFurther(site, current, withMore);
  for (const range of busy) for (const claimed of [taken, withMore]) claim(claimed, range);
  for (const range of publishable(site)) claim(withMore, range);
  const placed =
    new Places(withMore, site.limits, rests).placeAll(firsts) ??
    new Places(taken.slice(), site.limits, rests).placeAll(firsts);
  if (!placed) throw exhausted(site, firsts, taken);
  const claimed = new Uint8Array(lastPort + 1);
  for (const range of placed.values()) claim(claimed, range);
  // Further blocks in whose place another guest's first one was put are gone.
  const left = (guest: string) => (more.get(guest) ?? []).filter((range) => lastClaimed(claimed, range) === undefined);
  return new Map([...placed].map(([guest, first]) => [guest, [first, ...left(guest)]]));
}

/**
 * One more block for a guest: next to one that it has, so that they are one wide range for its flows; else found as a
 * first one is. Undefined when there is no room.
 */
export function proposeFurtherBlock(
  site: Site,
  guest: string,
  current: ReadonlyMap<string, GuestAssignment>,
  avoid: readonly PortRange[],
  resting?: RestingPorts,
): PortRange | undefined {
  const size = site.limits.portBlock;
  const taken = allClaimed(site, current, avoid);
  const own = current.get(guest);
  const beside = (own === undefined ? [] : blocksOf(own)).flatMap(({ first, last }) => [
    { first: last + 1, last: last + size },
    { first: first - size, last: first - 1 },
  ]);
  // What somebody else gave back rests, here as elsewhere.
  const fresh = ({ first, last }: PortRange) =>
    resting === undefined || resting.since.subarray(first, last + 1).every((at) => at === 0);
  const last = resting?.lastOf(guest);
  const near = beside.filter((range) => isFree(range, size, taken));
  const found = near.find((range) => fresh(range) || range.first === last?.first);
  if (found) return found;
  for (const held of current.values()) keepRoom(taken, held, site.limits);
  const roomy = new Places(taken, { portBlock: size, portBlocks: 1 }, resting).place(guest);
  if (roomy) return roomy;
  return (
    near[0] ?? new Places(allClaimed(site, current, avoid), { portBlock: size, portBlocks: 1 }, resting).place(guest)
  );
}

function allClaimed(
  site: Site,
  current: ReadonlyMap<string, GuestAssignment>,
  avoid: readonly PortRange[],
): Uint8Array {
  const taken = claimedPorts(site, avoid);
  for (const range of publishable(site)) claim(taken, range);
  for (const held of current.values()) for (const range of blocksOf(held)) claim(taken, range);
  return taken;
}

/** Ports that tenants may publish: a forward takes the block away in which its port lies. */
const publishable = ({ owners = [] }: Site): PortRange[] => owners.flatMap(({ ports }) => ports ?? []);

/** Claims what a guest may yet grow into, as far as it lies right behind its first block. */
function keepRoom(taken: Uint8Array, { first }: PortRange, { portBlock, portBlocks }: Sizes): void {
  claim(taken, { first, last: Math.min(lastPort, first + portBlock * portBlocks - 1) });
}

type Sizes = Pick<Site['limits'], 'portBlock' | 'portBlocks'>;

/** Finds room for blocks of one size, one after the other. */
class Places {
  readonly #taken: Uint8Array;
  readonly #size: number;
  readonly #resting: RestingPorts | undefined;
  readonly #sizes: Sizes;
  /** Taken, or held by somebody before. */
  readonly #touched: Uint8Array;
  /** The same, and what guests may yet grow into. */
  readonly #roomy: Uint8Array;
  /** Where to go on: a gap that was too narrow for one guest is too narrow for the next; undefined when there is none left. */
  #from: { touched: number | undefined; roomy: number | undefined };

  /** `taken` is changed. */
  constructor(taken: Uint8Array, sizes: Sizes, resting: RestingPorts | undefined) {
    this.#taken = taken;
    this.#size = sizes.portBlock;
    this.#sizes = sizes;
    this.#resting = resting;
    taken.fill(1, 0, firstPort);
    this.#touched = resting === undefined ? taken : taken.map((one, port) => one | Number(resting.since[port] !== 0));
    this.#roomy = this.#touched.slice();
    this.#from = { touched: firstPort, roomy: sizes.portBlocks > 1 ? firstPort : undefined };
  }

  /** A block for everyone who has none; undefined when one of them finds none. */
  placeAll(firsts: ReadonlyMap<string, PortRange | undefined>): Map<string, PortRange> | undefined {
    const placed = new Map<string, PortRange>();
    for (const kept of firsts.values()) if (kept) keepRoom(this.#roomy, kept, this.#sizes);
    for (const [guest, kept] of firsts) {
      const range = kept ?? this.place(guest);
      if (range === undefined) return undefined;
      placed.set(guest, range);
    }
    return placed;
  }

  place(guest: string): PortRange | undefined {
    const last = this.#resting?.lastOf(guest);
    const range = last !== undefined && isFree(last, this.#size, this.#taken) ? last : this.#gap();
    if (range === undefined) return undefined;
    claim(this.#taken, range);
    claim(this.#touched, range);
    keepRoom(this.#roomy, range, this.#sizes);
    return range;
  }

  #gap(): PortRange | undefined {
    const since = this.#resting?.since;
    const first =
      this.#next('roomy', this.#roomy, this.#size * this.#sizes.portBlocks) ??
      this.#next('touched', this.#touched, this.#size) ??
      (since && longestRested(this.#taken, since, this.#size));
    return first === undefined ? undefined : { first, last: first + this.#size - 1 };
  }

  #next(kind: 'roomy' | 'touched', claimed: Uint8Array, width: number): number | undefined {
    const from = this.#from[kind];
    const first = from === undefined ? undefined : nextGap(claimed, from, width);
    this.#from[kind] = first === undefined ? undefined : first + width;
    return first;
  }
}

/** Further blocks that guests may keep, claimed in `taken`. */
function keepFurther(
  { guests, limits }: Site,
  current: ReadonlyMap<string, GuestAssignment>,
  taken: Uint8Array,
): Map<string, PortRange[]> {
  const kept = new Map<string, PortRange[]>();
  for (const { name } of guests) {
    const ranges: PortRange[] = [];
    for (const range of current.get(name)?.more ?? []) {
      if (ranges.length + 1 >= limits.portBlocks || !isFree(range, limits.portBlock, taken)) continue;
      claim(taken, range);
      ranges.push(range);
    }
    if (ranges.length > 0) kept.set(name, ranges);
  }
  return kept;
}

/** One byte for each port: 1 where a block must not be. */
function claimedPorts(site: Site, avoid: readonly PortRange[]): Uint8Array {
  const taken = new Uint8Array(lastPort + 1);
  for (const range of avoid) claim(taken, range);
  for (const forward of site.forwards) claim(taken, forward.ports);
  for (const guest of site.guests) for (const range of guest.ports) claim(taken, range);
  return taken;
}

function claim(taken: Uint8Array, { first, last }: PortRange): void {
  taken.fill(1, first, last + 1);
}

function isFree(range: PortRange, size: number, taken: Uint8Array): boolean {
  if (portCount(range) !== size || range.first < firstPort || range.last > lastPort) return false;
  return lastClaimed(taken, range) === undefined;
}

function nextGap(taken: Uint8Array, from: number, size: number): number | undefined {
  for (let first = from; first + size - 1 <= lastPort; ) {
    const claimed = lastClaimed(taken, { first, last: first + size - 1 });
    if (claimed === undefined) return first;
    first = claimed + 1;
  }
  return undefined;
}

/** Looks from the end, so that a search for a gap can leap behind what it met. */
function lastClaimed(taken: Uint8Array, { first, last }: PortRange): number | undefined {
  for (let port = last; port >= first; port--) if (taken[port] === 1) return port;
  return undefined;
}

/** `taken` is without further blocks; who came first got what there was. */
function exhausted(site: Site, firsts: ReadonlyMap<string, PortRange | undefined>, taken: Uint8Array): AppError {
  const size = site.limits.portBlock;
  let placed = 0;
  let guest = '';
  let from = firstPort;
  for (const kept of firsts.values()) if (kept) placed++;
  for (const [name, kept] of firsts) {
    if (kept) continue;
    guest = name;
    const first = nextGap(taken, from, size);
    if (first === undefined) break;
    taken.fill(1, first, first + size);
    from = first + size;
    placed++;
  }
  let free = 0;
  let widest = 0;
  for (let port = firstPort, run = 0; port <= lastPort; port++) {
    run = taken[port] === 0 ? run + 1 : 0;
    if (run > 0) free++;
    widest = Math.max(widest, run);
  }
  return new AppError(
    'ports-exhausted',
    `guest "${guest}" gets no port block: ${site.guests.length} guests want ${size} ports each of ${firstPort}-${lastPort}, ` +
      `${placed} have theirs, and of the ${free} ports left (forwards, same-address ports and the host's own left out) no more than ${widest} are contiguous; expected ${size}`,
    { details: { guest, size, guests: site.guests.length, placed, free, widest } },
  );
}
