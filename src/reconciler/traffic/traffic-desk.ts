import { AppError } from '../../errors/app-error.ts';
import { defaultPortName } from '../../model/default-names.ts';
import type { Site } from '../../model/site.ts';
import type { Clock } from '../../system/clock.ts';
import { type DeviceCounters, readDeviceCounters } from '../../system/device-counters.ts';
import type { NicTraffic, Traffic, TrafficQuery, TrafficSums, TrafficView } from './contract.ts';

interface TrafficParts {
  readonly clock: Clock;
  readonly site: () => Site | undefined;
  /** Whether devices of this host are the guests' ports; without a gateway nobody says so. */
  readonly gateway: boolean;
}

/** Milliseconds for which one reading serves whoever asks: pages that look at the same time cost one. */
const freshFor = 500;

interface Counted {
  readonly at: number;
  readonly devices: ReadonlyMap<string, DeviceCounters>;
}

interface Plugged {
  readonly guest: string;
  readonly nic: number;
  readonly segment: string;
  readonly owner: string | undefined;
  readonly port: string;
}

/** What the host's end of a cable received, the guest has sent. */
function asGuest(counters: DeviceCounters): TrafficSums {
  return {
    bytesSent: counters.bytesReceived,
    bytesReceived: counters.bytesSent,
    packetsSent: counters.packetsReceived,
    packetsReceived: counters.packetsSent,
  };
}

const plus = (one: TrafficSums, other: TrafficSums): TrafficSums => ({
  bytesSent: one.bytesSent + other.bytesSent,
  bytesReceived: one.bytesReceived + other.bytesReceived,
  packetsSent: one.packetsSent + other.packetsSent,
  packetsReceived: one.packetsReceived + other.packetsReceived,
});

const nothing: TrafficSums = { bytesSent: 0, bytesReceived: 0, packetsSent: 0, packetsReceived: 0 };

function pluggedOf(site: Site): Plugged[] {
  return site.guests.flatMap((guest) =>
    guest.nics.flatMap((nic, index) =>
      nic.detached
        ? []
        : [
            {
              guest: guest.name,
              nic: index,
              segment: nic.segment,
              owner: guest.owner,
              port: nic.port ?? defaultPortName(guest.name, index),
            },
          ],
    ),
  );
}

/** Reads the counters of the guests' ports and adds them up in the words of the site. */
export class TrafficDesk implements Traffic {
  readonly #parts: TrafficParts;
  #counted: Promise<Counted> | undefined;
  #countedAt = Number.NEGATIVE_INFINITY;
  #plugged: { readonly site: Site; readonly nics: readonly Plugged[] } | undefined;

  constructor(parts: TrafficParts) {
    this.#parts = parts;
  }

  async show(query: TrafficQuery = {}): Promise<TrafficView> {
    const site = this.#parts.site();
    this.#checkNames(site, query);
    const { at, devices } = await this.#count();
    if (site === undefined) return { at, segments: [], ...(query.nics && { nics: [] }) };
    const sums = new Map<string, TrafficSums & { nics: number }>();
    for (const { name } of site.segments)
      if (query.segment === undefined || query.segment === name) sums.set(name, { ...nothing, nics: 0 });
    const nics: NicTraffic[] = [];
    for (const { port, owner, ...place } of this.#nicsOf(site)) {
      if (query.segment !== undefined && query.segment !== place.segment) continue;
      if (query.guest !== undefined && query.guest !== place.guest) continue;
      if (query.owner !== undefined && query.owner !== owner) continue;
      const counters = devices.get(port);
      const before = sums.get(place.segment);
      if (counters === undefined || before === undefined) continue;
      const own = asGuest(counters);
      sums.set(place.segment, { ...plus(before, own), nics: before.nics + 1 });
      if (query.nics) nics.push({ ...place, ...(owner !== undefined && { owner }), ...own });
    }
    const uplink = site.uplink && query.owner === undefined ? devices.get(site.uplink.interface) : undefined;
    return {
      at,
      ...(uplink !== undefined && { uplink }),
      segments: [...sums].map(([segment, sum]) => ({ segment, ...sum })),
      ...(query.nics && { nics }),
    };
  }

  #checkNames(site: Site | undefined, { segment, guest }: TrafficQuery): void {
    if (segment !== undefined && !site?.segments.some(({ name }) => name === segment))
      throw new AppError('not-found', `There is no segment ${JSON.stringify(segment)}.`);
    if (guest !== undefined && !site?.guests.some(({ name }) => name === guest))
      throw new AppError('not-found', `There is no guest ${JSON.stringify(guest)}.`);
  }

  #nicsOf(site: Site): readonly Plugged[] {
    if (this.#plugged?.site !== site) this.#plugged = { site, nics: pluggedOf(site) };
    return this.#plugged.nics;
  }

  #count(): Promise<Counted> {
    const { clock, gateway } = this.#parts;
    const now = clock.now();
    // A clock that was set back must not leave an old reading for hours.
    const age = now - this.#countedAt;
    if (this.#counted === undefined || age >= freshFor || age < 0) {
      this.#countedAt = now;
      const read: Promise<ReadonlyMap<string, DeviceCounters>> = gateway
        ? readDeviceCounters()
        : Promise.resolve(new Map());
      this.#counted = read.then((devices) => ({ at: clock.now(), devices }));
    }
    return this.#counted;
  }
}
