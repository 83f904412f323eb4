import type { Mistake } from '../../errors/app-error.ts';
import type { Site } from '../../model/site.ts';
import type { Revision } from '../../registry/registry.ts';
import type {
  ApplyResult,
  ChangeOptions,
  ChangeOrder,
  Engine,
  ObjectOrder,
  PlanOptions,
  PlanResult,
} from '../engine-contract.ts';
import { Serial } from '../serial.ts';
import { blindly, closedToTenants, tellTenant } from './blind-failures.ts';
import { checkAlone } from './check-alone.ts';
import { checkFree } from './check-forward.ts';
import { checkTurn } from './check-turn.ts';
import { countAddresses, nicsOfAddresses } from './count-addresses.ts';
import { type OwnSites, ownView } from './own-site.ts';
import { readOrders } from './read-orders.ts';
import type { TenantPorts } from './tenant-ports.ts';

interface ChangeParts {
  readonly engine: Engine;
  readonly owner: string;
  readonly sites: OwnSites;
  readonly ports: TenantPorts;
  /** Who acts for the tenant. */
  readonly nameOf: (who: string) => string;
}

type Check = NonNullable<PlanOptions['check']>;

/** A change that was looked at, with what is known when its turn has come. */
interface Prepared {
  readonly orders: readonly ObjectOrder[];
  readonly warnings: Mistake[];
  readonly check: Check;
  lines: ApplyResult['lines'];
}

/**
 * Changes that a tenant makes: of its own guests and their forwards, within its quota. One after the other, so that two
 * of them cannot use the same rest of a quota. Failures name nothing that is not its own.
 */
export class TenantChanges {
  readonly #parts: ChangeParts;
  readonly #serial = new Serial();

  constructor(parts: ChangeParts) {
    this.#parts = parts;
  }

  /** Does work that counts what the owner has before it takes more of it: nobody else of the owner does meanwhile. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    return this.#serial.run(work);
  }

  plan(order: ChangeOrder, { check }: PlanOptions = {}): Promise<PlanResult> {
    return blindly(() =>
      this.alone(async () => {
        const prepared = await this.#prepare(order, check);
        await this.#parts.engine.planChange({ objects: prepared.orders }, { check: prepared.check });
        const { lines, warnings } = prepared;
        return { lines, raw: '', empty: lines.length === 0, warnings, baseRevision: 0 };
      }),
    );
  }

  change(order: ChangeOrder, options: ChangeOptions): Promise<ApplyResult> {
    const { author, confirmSeconds, check, ...rest } = options;
    return blindly(async () => {
      // Until it is confirmed nobody else could change the site.
      if (confirmSeconds !== undefined) throw closedToTenants('A change that waits to be confirmed');
      return this.alone(async () => {
        const prepared = await this.#prepare(order, check);
        const done = await this.#parts.engine.change(
          { objects: prepared.orders },
          { ...rest, author: this.#parts.nameOf(author), check: prepared.check },
        );
        const { lines, warnings } = prepared;
        return { revision: ownRevision(done.revision, lines), lines, warnings, timings: {} };
      });
    });
  }

  async #prepare(order: ChangeOrder, also: Check | undefined): Promise<Prepared> {
    const { engine, owner, sites, ports } = this.#parts;
    if (!('objects' in order)) throw closedToTenants('A change of the whole site');
    const view = engine.view();
    const { site } = view;
    if (site === undefined) throw tellTenant('conflict', 'There is no site yet; nothing can be added to it.');
    const own = sites.of(site);
    const leases = (await engine.leases()).filter((lease) => lease.owner === owner);
    const { orders, guests, forwards, fresh } = readOrders(order.objects, owner, own, leases, view, ports);
    const warnings = checkAlone(site, guests.values(), forwards.values(), segmentsOf(site, own, guests.values()));
    if (fresh.length > 0) {
      const { ranges } = await engine.sharedPorts.map();
      for (const forward of fresh) checkFree(forward, owner, ranges, own.entry?.ports !== undefined);
    }
    const extra = nicsOfAddresses(await countAddresses(engine.macs, owner));
    const prepared: Prepared = {
      orders,
      warnings,
      lines: [],
      check: (before, after) => {
        const { was, is, lines } = checkTurn(before, after, owner, extra);
        also?.(ownView(before, was), ownView(after, is));
        prepared.lines = lines;
      },
    };
    return prepared;
  }
}

/** Segments of the owner's, and those that its guests would be in: the order was refused if they are not for it. */
function segmentsOf(
  site: Site,
  { segments }: ReturnType<OwnSites['of']>,
  guests: Iterable<Site['guests'][number]>,
): Site['segments'] {
  const used = new Set<string>([...guests].flatMap(({ nics }) => nics.map(({ segment }) => segment)));
  return site.segments.filter(({ name }) => segments.has(name) || used.has(name));
}

/** How many revisions there are tells how much others do. */
function ownRevision({ at, author, comment }: Revision, lines: ApplyResult['lines']): Revision {
  const count = (change: string): number => lines.filter((line) => line.change === change).length;
  const summary = { added: count('add'), removed: count('remove'), changed: count('change') };
  return { number: 0, at, author, comment, summary };
}
