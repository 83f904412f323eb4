import { AppError } from '../../errors/app-error.ts';
import { defaultPortName } from '../../model/default-names.ts';
import type { Site } from '../../model/site.ts';
import type { Clock } from '../../system/clock.ts';
import { type DeviceCounters, readDeviceCounters } from '../../system/device-counters.ts';
import type { NicTraffic, SegmentTraffic, Traffic, TrafficQuery, TrafficSums, TrafficView } from './contract.ts';

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

/** One reading in the words of the site: ten thousand NICs are gone through once for all who ask. */
interface Told {
  readonly counted: Counted;
  readonly site: Site;
  readonly nics: readonly NicTraffic[];
  /** Of all of them. */
  readonly segments: readonly SegmentTraffic[];
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

/** NICs by their segments; segments without any stand there with nothing. */
function sumBySegment(names: Iterable<string>, nics: readonly NicTraffic[]): SegmentTraffic[] {
  const sums = new Map<string, Writable<SegmentTraffic>>();
  for (const segment of names)
    sums.set(segment, { segment, nics: 0, bytesSent: 0, bytesReceived: 0, packetsSent: 0, packetsReceived: 0 });
  for (const nic of nics) {
    const sum = sums.get(nic.segment);
    if (sum === undefined) continue;
    sum.nics += 1;
    sum.bytesSent += nic.bytesSent;
    sum.bytesReceived += nic.bytesReceived;
    sum.packetsSent += nic.packetsSent;
    sum.packetsReceived += nic.packetsReceived;
  }
  return [...sums.values()];
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

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
  #told: Told | undefined;
  #plugged: { readonly site: Site; readonly nics: readonly Plugged[] } | undefined;

  constructor(parts: TrafficParts) {
    this.#parts = parts;
  }

  async show(query: TrafficQuery = {}): Promise<TrafficView> {
    const site = this.#parts.site();
    this.#checkNames(site, query);
    const counted = await this.#count();
    const { at } = counted;
    if (site === undefined) return { at, segments: [], ...(query.nics && { nics: [] }) };
    const told = this.#tell(site, counted);
    const { segment, guest, owner } = query;
    const whole = segment === undefined && guest === undefined && owner === undefined;
    const nics = whole
      ? told.nics
      : told.nics.filter(
          (nic) =>
            (segment === undefined || nic.segment === segment) &&
            (guest === undefined || nic.guest === guest) &&
            (owner === undefined || nic.owner === owner),
        );
    const names = segment === undefined ? site.segments.map(({ name }) => name) : [segment];
    const uplink = site.uplink && owner === undefined ? counted.devices.get(site.uplink.interface) : undefined;
    return {
      at,
      ...(uplink !== undefined && { uplink }),
      segments: whole ? told.segments : sumBySegment(names, nics),
      ...(query.nics && { nics }),
    };
  }

  #tell(site: Site, counted: Counted): Told {
    if (this.#told?.counted === counted && this.#told.site === site) return this.#told;
    const nics = this.#nicsOf(site).flatMap(({ port, owner, ...place }): NicTraffic[] => {
      const counters = counted.devices.get(port);
      return counters === undefined ? [] : [{ ...place, ...(owner !== undefined && { owner }), ...asGuest(counters) }];
    });
    const names = site.segments.map(({ name }) => name);
    this.#told = { counted, site, nics, segments: sumBySegment(names, nics) };
    return this.#told;
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
