import { systemClock } from '../../../system/clock.ts';
import { runCommand } from '../../../system/run-command.ts';
import type { HostLink, Sighting, WireAnswer, WireQuestion } from '../../driver.ts';
import type { OffenderListing } from '../nftables/nftables-part.ts';
import { askWire } from './ask-wire.ts';
import {
  interfaceSightings,
  type Link,
  parseFdbLines,
  parseLinkLines,
  parseNeighbourLines,
  parseOffenderListing,
} from './parse-sightings.ts';

/** Milliseconds that a look at the wire serves everybody who asks. */
const freshFor = 1_000;
/** The same where the kernel would have told of a change; it never tells what the guard drops. */
const freshUnlessChanged = 9_000;
/** Milliseconds that a burst of changes is waited for. */
const settle = 400;

const output = async (...argv: string[]): Promise<string> => (await runCommand(argv)).stdout;

interface Look {
  readonly links: ReadonlyMap<string, HostLink>;
  readonly sightings: readonly Sighting[];
}

/**
 * What this host shows of the wire: its interfaces, what its bridges have behind their ports, its neighbours, and what
 * the guard has dropped (those frames reach no forwarding table). Three processes a look, and a listing for each way
 * in which a port offended.
 */
export class WirePart {
  readonly #offenders: () => Promise<OffenderListing[]>;
  #look: { readonly at: number; readonly seen: Promise<Look> } | undefined;
  readonly #onChange = new Set<() => void>();
  #changed = true;
  #settling: NodeJS.Timeout | undefined;

  constructor(offenders: () => Promise<OffenderListing[]>) {
    this.#offenders = offenders;
  }

  /** Rejects with `command-failed` when the host cannot be asked. */
  async sightings(unlessChanged = false): Promise<readonly Sighting[]> {
    return (await this.#lookAgain(unlessChanged)).sightings;
  }

  /** Rejects with `command-failed` when the host cannot be asked. */
  async links(): Promise<ReadonlyMap<string, HostLink>> {
    return (await this.#lookAgain(true)).links;
  }

  #lookAgain(unlessChanged: boolean): Promise<Look> {
    const now = systemClock.monotonic();
    const watched = unlessChanged && this.#onChange.size > 0 && !this.#changed;
    if (this.#look === undefined || now - this.#look.at > (watched ? freshUnlessChanged : freshFor)) {
      this.#changed = false;
      const look = { at: now, seen: this.#read() };
      this.#look = look;
      look.seen.catch(() => {
        if (this.#look === look) this.#look = undefined;
      });
    }
    return this.#look.seen;
  }

  async ask(questions: readonly WireQuestion[]): Promise<readonly WireAnswer[]> {
    if (questions.length === 0) return [];
    return askWire(questions, await readLinks(), systemClock.now);
  }

  watch(onChange: () => void): () => void {
    this.#onChange.add(onChange);
    return () => this.#onChange.delete(onChange);
  }

  /** Something about devices, neighbours or forwarding entries changed. */
  changed(): void {
    this.#changed = true;
    if (this.#onChange.size === 0) return;
    this.#settling ??= setTimeout(() => {
      this.#settling = undefined;
      this.#look = undefined;
      for (const tell of this.#onChange) tell();
    }, settle);
  }

  close(): void {
    this.#onChange.clear();
    clearTimeout(this.#settling);
  }

  async #read(): Promise<Look> {
    const [links, fdb, neighbours, offenders] = await Promise.all([
      readLinks(),
      output('bridge', '-s', 'fdb', 'show'),
      output('ip', '-s', 'neighbour', 'show'),
      this.#offenders(),
    ]);
    const now = systemClock.now();
    const bridgeOf = bridgeFinder(links);
    const isPatch = patchFinder(links);
    const found = [
      ...interfaceSightings(links, now),
      ...(await parseFdbLines(fdb, now)).map((seen) =>
        isPatch(seen.device) ? { ...seen, kind: 'trunk' as const } : seen,
      ),
      ...(await parseNeighbourLines(neighbours, bridgeOf, now)),
    ];
    for (const { text, at } of offenders) found.push(...(await parseOffenderListing(text, bridgeOf, at)));
    return { links: new Map(links.map((link) => [link.name, link])), sightings: found };
  }
}

async function readLinks(): Promise<Link[]> {
  return parseLinkLines(await output('ip', '-o', 'link', 'show'));
}

/**
 * Whether a port is one end of a pair whose other end is a port of another bridge of this host, as firewalls build them
 * (Proxmox: fwpr100p0 and fwln100i0): who is behind it is behind a port over there, too.
 */
function patchFinder(links: readonly Link[]): (device: string) => boolean {
  const byName = new Map(links.map((link) => [link.name, link]));
  return (device) => {
    const { lower } = byName.get(device) ?? {};
    const other = lower === undefined ? undefined : byName.get(lower);
    return other?.lower === device && other.master !== undefined;
  };
}

/** The bridge that a device is plugged into, or that it is, or that it stands on. */
function bridgeFinder(links: readonly Link[]): (device: string) => string | undefined {
  const byName = new Map(links.map((link) => [link.name, link]));
  const masters = new Set(links.flatMap(({ master }) => master ?? []));
  return (device) => {
    const { master, lower } = byName.get(device) ?? {};
    if (master !== undefined) return master;
    if (masters.has(device)) return device;
    return lower !== undefined && masters.has(lower) ? lower : undefined;
  };
}
