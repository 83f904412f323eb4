import { AppError } from '../../errors/app-error.ts';
import type { Assignments } from '../../model/assignments.ts';
import type { Site } from '../../model/site.ts';
import type { Holders } from '../../registry/holders/holders.ts';
import type { Clock } from '../../system/clock.ts';
import { HostPortReader } from '../host-ports.ts';
import type { SharedPortHistory, SharedPortHolding, SharedPortMap, SharedPortRange, SharedPorts } from './contract.ts';
import { countPorts } from './count-ports.ts';
import { hostRanges, siteRanges } from './port-ranges.ts';

interface SharedPortParts {
  readonly holders: Holders;
  readonly clock: Clock;
  readonly site: () => Site | undefined;
  readonly assignments: () => Assignments;
}

/** Holdings of one port that are shown. */
const mostHoldings = 100;

interface Drawn {
  readonly site: Site;
  readonly assignments: Assignments;
  readonly ranges: Promise<readonly SharedPortRange[]>;
}

/** Tells whose the ports of the shared address are: by the applied site, by what the registry gave, and by the host. */
export class SharedPortsDesk implements SharedPorts {
  readonly #parts: SharedPortParts;
  readonly #hostPorts: HostPortReader;
  #drawn: Drawn | undefined;

  constructor(parts: SharedPortParts) {
    this.#parts = parts;
    this.#hostPorts = new HostPortReader(parts.clock);
  }

  async map(): Promise<SharedPortMap> {
    const { clock, site } = this.#parts;
    const uplink = site()?.uplink;
    const ranges = await this.#ranges();
    return {
      at: clock.now(),
      ...(uplink === undefined ? {} : { ipv4: uplink.ipv4 }),
      ...(uplink?.ipv6 === undefined ? {} : { ipv6: uplink.ipv6 }),
      ranges,
      ports: countPorts(ranges),
    };
  }

  async show(port: number): Promise<SharedPortHistory> {
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
      throw new AppError('value-invalid', `Port ${port} is no port of the shared address; expected 0 to 65535`);
    }
    const ranges = await this.#ranges();
    const held = this.#parts.holders.between(0, this.#parts.clock.now());
    const [blocks, published] = await Promise.all([held.blocksWith(port), held.publishedAt(port)]);
    const holdings: SharedPortHolding[] = [
      ...blocks.map(({ shareId: _, ...block }) => ({ kind: 'block' as const, ...block })),
      ...published,
    ];
    holdings.sort((a, b) => b.since - a.since);
    return {
      port,
      now: ranges.filter(({ first, last }) => first <= port && last >= port),
      holdings: holdings.slice(0, mostHoldings),
    };
  }

  async #ranges(): Promise<readonly SharedPortRange[]> {
    const site = this.#parts.site();
    const { uplink } = site ?? {};
    if (site === undefined || uplink === undefined) return [];
    const own = await this.#siteRanges(site);
    const host = hostRanges(await this.#hostPorts.read(), uplink);
    return [...own, ...host].sort((a, b) => a.first - b.first || a.last - b.last);
  }

  /** Read again only when the site or what it was given has changed: it is the same for whoever looks. */
  #siteRanges(site: Site): Promise<readonly SharedPortRange[]> {
    const assignments = this.#parts.assignments();
    if (this.#drawn?.site === site && this.#drawn.assignments === assignments) return this.#drawn.ranges;
    const ranges = this.#parts.holders.sharedNow().then((since) => siteRanges(site, assignments, since));
    const drawn = { site, assignments, ranges };
    this.#drawn = drawn;
    ranges.catch(() => {
      if (this.#drawn === drawn) this.#drawn = undefined;
    });
    return ranges;
  }
}
