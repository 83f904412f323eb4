import type { GuestAssignment } from '../../model/assignments.ts';
import { bytesOfIp } from '../../model/ip-address.ts';
import { renderPortRange } from '../../model/port-range.ts';
import type { SessionRecords } from '../../model/session-record.ts';
import type { Site } from '../../model/site.ts';
import { Rounds } from '../../observers/rounds.ts';
import { itself, type JournalInput } from '../../registry/journal/journal.ts';
import { proposeFurtherBlock } from '../../registry/port-blocks.ts';
import type { EngineParts } from '../engine-parts.ts';
import { HostPortReader, portsToAvoid } from '../host-ports.ts';
import type { Serial } from '../serial.ts';
import type { SiteKeeper } from '../site-keeper.ts';
import { PortUse } from './count-use.ts';
import { type BlockStep, type Calm, nextBlocks } from './next-blocks.ts';

/** Milliseconds between two looks at least and at most: longer where a look takes long, so that it is a small part of the time. */
const lookEvery = 2_000;
const lookAtLatest = 20_000;
const restFactor = 15;

/**
 * Sees which guests near the end of their port blocks and gives them further ones, up to `limits.portBlocks`; takes
 * those back that have not been needed for long. Outside of any revision, each step in the journal.
 */
export class BlockKeeper {
  readonly #parts: EngineParts;
  readonly #serial: Serial;
  readonly #keeper: SiteKeeper;
  readonly #hostPorts: HostPortReader;
  readonly #calm: Calm = new Map();
  readonly #rounds: Rounds;
  /** Milliseconds until the next look. */
  #rest = lookEvery;
  #closed = false;

  constructor(parts: EngineParts, serial: Serial, keeper: SiteKeeper) {
    this.#parts = parts;
    this.#serial = serial;
    this.#keeper = keeper;
    this.#hostPorts = new HostPortReader(parts.clock);
    this.#rounds = new Rounds({
      every: () => this.#rest,
      look: () => this.#look(),
      failing: 'the use of port blocks could not be looked at',
      log: parts.log,
    });
  }

  start(): void {
    this.#rounds.start(lookEvery);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#rounds.close();
  }

  async #look(): Promise<void> {
    const { clock } = this.#parts;
    const started = clock.monotonic();
    try {
      const site = this.#siteOfInterest();
      if (site === undefined) return;
      const use = await this.#readUse(site);
      if (this.#plan(site, use).length > 0) await this.#serial.run(() => this.#change(use));
    } finally {
      this.#rest = Math.min(lookAtLatest, Math.max(lookEvery, restFactor * (clock.monotonic() - started)));
    }
  }

  /** The site, while a guest may have several blocks and one has, or there are sessions enough to need them. */
  #siteOfInterest(): Site | undefined {
    const { desired, stored, assignments } = this.#keeper;
    if (desired === null || stored.site === undefined || stored.site.limits.portBlocks === 1) return undefined;
    for (const { more } of assignments.guests.values()) if (more !== undefined) return stored.site;
    return this.#parts.driver.sessionTable().count * 2 >= stored.site.limits.portBlock ? stored.site : undefined;
  }

  async #readUse({ uplink }: Site): Promise<PortUse> {
    const rows: SessionRecords[] = [];
    for (const [family, address] of [
      [4, uplink?.ipv4],
      [6, uplink?.ipv6],
    ] as const) {
      if (address === undefined) continue;
      rows.push(await this.#parts.driver.sessions({ family, replyDestination: bytesOfIp(address) }));
    }
    return new PortUse(...rows);
  }

  /** Guests whose blocks change. */
  #plan(
    site: Site,
    use: PortUse,
    avoid: ReturnType<typeof portsToAvoid> = [],
  ): NonNullable<ReturnType<typeof nextBlocks>>[] {
    const guests = new Map(this.#keeper.assignments.guests);
    const { restingPorts } = this.#parts.registry;
    const now = this.#parts.clock.monotonic();
    const free = (held: GuestAssignment) =>
      proposeFurtherBlock(site, held.guest, new Map(guests).set(held.guest, held), avoid, restingPorts);
    const changes: NonNullable<ReturnType<typeof nextBlocks>>[] = [];
    for (const held of this.#keeper.assignments.guests.values()) {
      const change = nextBlocks(held, use, site.limits, { calm: this.#calm, now, free });
      if (change === undefined) continue;
      guests.set(held.guest, change.held);
      changes.push(change);
    }
    return changes;
  }

  /** In turn with other changes: the site may be another one by now. */
  async #change(use: PortUse): Promise<void> {
    const site = this.#siteOfInterest();
    if (this.#closed || site === undefined) return;
    const changes = this.#plan(site, use, portsToAvoid(await this.#hostPorts.read()));
    if (changes.length === 0) return;
    const owners = new Map(site.guests.map(({ name, owner }) => [name as string, owner]));
    const at = this.#parts.clock.now();
    const entries = changes.flatMap(({ held: { guest }, steps }) =>
      steps.map((step): JournalInput => {
        const owner = owners.get(guest);
        const text = describe(guest, step);
        return { kind: 'port-block', text, at, actor: itself, ...(owner === undefined ? {} : { owners: [owner] }) };
      }),
    );
    await this.#keeper.regrow(new Map(changes.map(({ held }) => [held.guest, held])), { at, journal: entries });
    for (const { held } of changes) this.#calm.delete(held.guest);
    for (const { text } of entries) this.#parts.log.info({}, text);
  }
}

function describe(guest: string, { kind, block }: BlockStep): string {
  const ports = renderPortRange(block);
  if (kind === 'grow') return `guest "${guest}" nears the end of its ports and gets port block ${ports} besides`;
  if (kind === 'close') return `port block ${ports} of guest "${guest}" gets no new sessions: the others are enough`;
  return `port block ${ports} of guest "${guest}" has no sessions any more and is given back`;
}
