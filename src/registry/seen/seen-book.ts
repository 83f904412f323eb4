import type { SeenEntry, SeenInput } from './seen.ts';

/** An entry is written again when it was last noted so long ago. */
const noteEvery = 60_000;
/** Addresses that a port may show: a port that somebody spoofs from, one of a host's other bridges or trunks. */
const portLimits = { offender: 512, other: 16_384 } as const;
/** Entries of all ports together, those of reports among them. */
const limit = 65_536;
/** An address that was last seen so long ago may be handed out again. */
export const seenFor = 7 * 86_400_000;

type Place = Pick<SeenEntry, 'mac' | 'host' | 'device'>;

const keyOf = ({ mac, host, device }: Place): string => `${mac} ${host} ${device}`;
const portOf = ({ host, device }: Omit<Place, 'mac'>): string => `${host} ${device}`;

/** What noting something writes and removes. */
export interface SeenWrites {
  readonly put: readonly SeenEntry[];
  readonly remove: readonly SeenEntry[];
}

/** The entries in memory: finds them by address, and keeps every port within its limit. No I/O. */
export class SeenBook {
  readonly #entries = new Map<string, SeenEntry>();
  readonly #byMac = new Map<number, readonly SeenEntry[]>();
  readonly #ports = new Map<string, Set<string>>();
  #omitted = new Map<string, { host: string; device: string; count: number }>();

  constructor(entries: readonly SeenEntry[]) {
    for (const entry of entries) this.#put(entry);
  }

  get size(): number {
    return this.#entries.size;
  }

  entries(): Iterable<SeenEntry> {
    return this.#entries.values();
  }

  of(mac: number): readonly SeenEntry[] {
    return this.#byMac.get(mac) ?? [];
  }

  get omitted(): readonly { host: string; device: string; count: number }[] {
    return [...this.#omitted.values()];
  }

  /** The newest of each port, as many as are kept; counts the rest. What nobody keeps need not be looked up either. */
  admit(inputs: readonly SeenInput[]): SeenInput[] {
    const ports = Map.groupBy(inputs, (input) => `${portOf(input)} ${input.kind === 'offender'}`);
    const hosts = new Set(inputs.map(({ host }) => host));
    for (const [port, { host }] of this.#omitted) if (hosts.has(host)) this.#omitted.delete(port);
    const admitted: SeenInput[] = [];
    for (const group of ports.values()) {
      const [{ host, device, kind }] = group as [SeenInput];
      const room = kind === 'offender' ? portLimits.offender : portLimits.other;
      if (group.length <= room) {
        for (const input of group) admitted.push(input);
        continue;
      }
      // In the same order at every look, so that those which are kept stay the same.
      group.sort((a, b) => b.at - a.at || a.mac - b.mac);
      for (const input of group.slice(0, room)) admitted.push(input);
      this.#omitted.set(portOf({ host, device }), { host, device, count: group.length - room });
    }
    return admitted;
  }

  /** Takes what is new in, and lets go of the oldest of ports that show too many. */
  note(inputs: readonly SeenInput[]): SeenWrites {
    const put = new Map<string, SeenEntry>();
    for (const input of inputs) {
      const key = keyOf(input);
      const known = this.#entries.get(key);
      const entry = advance(known, input);
      if (entry === known) continue;
      this.#put(entry);
      put.set(key, entry);
    }
    const remove = this.#trim(inputs);
    // What came and went in one step was never there.
    const gone = remove.filter((entry) => !put.delete(keyOf(entry)) || entry.count > 1);
    return { put: [...put.values()], remove: gone };
  }

  /** Entries last seen before a time. */
  before(time: number): SeenEntry[] {
    return [...this.#entries.values()].filter(({ lastAt }) => lastAt < time);
  }

  /** The entries of these that were there. */
  remove(places: readonly Place[]): SeenEntry[] {
    return places.flatMap((place) => this.#remove(keyOf(place)) ?? []);
  }

  #trim(inputs: readonly SeenInput[]): SeenEntry[] {
    const removed: SeenEntry[] = [];
    for (const port of new Set(inputs.map(portOf))) {
      const keys = this.#ports.get(port) ?? new Set();
      const entries = [...keys].map((key) => this.#entries.get(key) as SeenEntry);
      for (const kind of ['offender', 'other'] as const) {
        const of = entries.filter((entry) => (entry.kind === 'offender') === (kind === 'offender'));
        const surplus = oldest(of, of.length - portLimits[kind]);
        for (const entry of surplus) this.#remove(keyOf(entry));
        removed.push(...surplus);
      }
    }
    if (this.#entries.size <= limit) return removed;
    for (const entry of oldest([...this.#entries.values()], this.#entries.size - limit)) {
      this.#remove(keyOf(entry));
      removed.push(entry);
    }
    return removed;
  }

  #put(entry: SeenEntry): void {
    const key = keyOf(entry);
    this.#entries.set(key, entry);
    this.#byMac.set(entry.mac, [...this.of(entry.mac).filter((other) => keyOf(other) !== key), entry]);
    const port = portOf(entry);
    const keys = this.#ports.get(port);
    if (keys) keys.add(key);
    else this.#ports.set(port, new Set([key]));
  }

  #remove(key: string): SeenEntry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    const rest = this.of(entry.mac).filter((other) => other !== entry);
    if (rest.length > 0) this.#byMac.set(entry.mac, rest);
    else this.#byMac.delete(entry.mac);
    const port = portOf(entry);
    this.#ports.get(port)?.delete(key);
    if (this.#ports.get(port)?.size === 0) this.#ports.delete(port);
    return entry;
  }
}

function oldest(entries: readonly SeenEntry[], count: number): SeenEntry[] {
  return count <= 0 ? [] : [...entries].sort((a, b) => a.lastAt - b.lastAt).slice(0, count);
}

/** The entry after a sighting; the very same when there is nothing to note. */
function advance(known: SeenEntry | undefined, input: SeenInput): SeenEntry {
  const { at, ...place } = input;
  if (known === undefined) return { ...place, firstAt: at, lastAt: at, count: 1 };
  const ip = input.ip ?? known.ip;
  const same = ip === known.ip && input.segment === known.segment && input.bridge === known.bridge;
  if (same && at - known.lastAt < noteEvery) return known;
  return {
    ...place,
    ...(ip === undefined ? {} : { ip }),
    firstAt: Math.min(known.firstAt, at),
    lastAt: Math.max(known.lastAt, at),
    count: known.count + 1,
  };
}
