import { quoteValue } from '../../model/quote-value.ts';
import { nicId } from '../../model/site.ts';
import type { Asker } from '../../registry/journal/journal.ts';
import type { Macs } from '../macs/contract.ts';
import type { RotateAnswer, RotateRequest, Rotations, RotationView } from '../rotations/contract.ts';
import { blindly, closedToTenants, tellTenant } from './blind-failures.ts';
import { refuseOver } from './check-turn.ts';
import { countAddresses } from './count-addresses.ts';
import type { OwnSite } from './own-site.ts';

interface RotationParts {
  readonly rotations: Rotations;
  readonly macs: Macs;
  readonly owner: string;
  readonly own: () => OwnSite;
  readonly nameOf: (who: string) => string;
  /** Does work that counts what the owner has before it takes more of it. */
  readonly alone: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Who ordered it: a request, whoever's, or a schedule. */
const shownOrigin = (origin: string): string => (/^request( of |$)/.test(origin) ? 'request' : 'schedule');

/** A rotation as the owner of its NIC may read it. */
export function blindRotation({ error, origin, ...rotation }: RotationView): RotationView {
  return {
    ...rotation,
    // The words of a schedule, and what a hook of the operator's said, are the operator's.
    origin: shownOrigin(origin),
    ...(error === undefined ? {} : { error: 'it could not be moved to the new MAC address' }),
  };
}

/** Rotations of the owner's NICs. */
export class TenantRotations implements Rotations {
  readonly #parts: RotationParts;

  constructor(parts: RotationParts) {
    this.#parts = parts;
  }

  rotate({ nics, owner, segment, ...rest }: RotateRequest, actor: Asker): Promise<RotateAnswer> {
    const { rotations, alone } = this.#parts;
    return blindly(
      () =>
        alone(async () => {
          if (segment !== undefined) throw closedToTenants('Rotating all of a segment');
          if (owner !== undefined && owner !== this.#parts.owner) throw noNics(`of owner ${quoteValue(owner)}`);
          for (const { guest, nic } of nics ?? []) await this.#refuseForeign(guest, nic);
          await this.#refuseBound(nics ?? []);
          await this.#refuseWaste(nics?.length);
          const choice = nics === undefined ? { owner: this.#parts.owner } : { nics };
          const answer = await rotations.rotate({ ...rest, ...choice }, this.#asker(actor));
          return { ...answer, rotations: answer.rotations.map(blindRotation) };
        }),
      ['value-invalid'],
    );
  }

  list(): Promise<RotationView[]> {
    return blindly(async () => (await this.#list()).map(blindRotation));
  }

  back(guest: string, nic: number, actor: Asker): Promise<RotationView> {
    return this.#step(guest, nic, () => this.#parts.rotations.back(guest, nic, this.#asker(actor)));
  }

  moved(guest: string, nic: number, actor: Asker): Promise<RotationView> {
    return this.#step(guest, nic, () => this.#parts.rotations.moved(guest, nic, this.#asker(actor)));
  }

  #asker(actor: Asker): Asker {
    return { ...actor, who: this.#parts.nameOf(actor.who), tenant: this.#parts.owner };
  }

  async #list(): Promise<RotationView[]> {
    return (await this.#parts.rotations.list()).filter(({ owner }) => owner === this.#parts.owner);
  }

  #step(guest: string, nic: number, work: () => Promise<RotationView>): Promise<RotationView> {
    return blindly(async () => {
      const found = (await this.#list()).some((each) => each.guest === guest && each.nic === nic);
      if (!found) throw tellTenant('not-found', `NIC ${quoteValue(nicId(guest, nic))} does not rotate`);
      return blindRotation(await work());
    }, ['conflict']);
  }

  /** A NIC is the owner's by the site, or because it was leased for the owner. */
  async #refuseForeign(guest: string, nic: number): Promise<void> {
    if (this.#parts.own().guests.get(guest)?.nics[nic] !== undefined) return;
    const { leases } = await this.#parts.macs.list({ owner: this.#parts.owner, guest }, { limit: 10_000 });
    if (!leases.some((lease) => lease.nic === nic && lease.source === 'request'))
      throw noNics(quoteValue(nicId(guest, nic)));
  }

  /** Why a NIC of the owner's cannot rotate now, in words of its own. */
  async #refuseBound(nics: readonly { readonly guest: string; readonly nic: number }[]): Promise<void> {
    const going = await this.#list();
    for (const { guest, nic } of nics) {
      const id = quoteValue(nicId(guest, nic));
      if (this.#parts.own().guests.get(guest)?.nics[nic]?.mac !== undefined)
        throw tellTenant('conflict', `NIC ${id} has a MAC address that the site names, so it cannot rotate`);
      const found = going.find((each) => each.guest === guest && each.nic === nic && each.phase !== 'failed');
      if (found) throw tellTenant('conflict', `NIC ${id} rotates already (${found.phase})`);
    }
  }

  /** Every rotation lays an address to rest: who rotates without end would use up the pool. */
  async #refuseWaste(count: number | undefined): Promise<void> {
    const { macs, owner, own } = this.#parts;
    const site = own();
    const held = [...site.guests.values()].reduce((sum, { nics }) => sum + nics.length, 0);
    const { requested, resting } = await countAddresses(macs, owner);
    const was = held + requested + Math.floor(resting / 4);
    const is = held + requested + Math.ceil((resting + (count ?? held + requested)) / 4);
    if (is > was) refuseOver(owner, 'nics', site, { was, is });
  }
}

const noNics = (whose: string) => tellTenant('not-found', `there is no NIC ${whose} that is yours`);
