import { AppError } from '../../errors/app-error.ts';
import { type Guest, type Nic, nicId, type Site } from '../../model/site.ts';
import type { StoredRotation } from '../../registry/rotations.ts';
import type { RotateRequest } from './contract.ts';

/** A NIC of the site, with its guest. */
export interface SiteNic {
  readonly id: string;
  readonly guest: Guest;
  readonly index: number;
  readonly nic: Nic;
}

/** Every NIC of the site, in its order. */
export function nicsOf(site: Site | undefined): SiteNic[] {
  return (site?.guests ?? []).flatMap((guest) =>
    guest.nics.map((nic, index) => ({ id: nicId(guest.name, index), guest, index, nic })),
  );
}

/** Why a NIC cannot rotate now, as a sentence; undefined when it can. */
export function reasonAgainst(
  { id, nic }: SiteNic,
  rotations: ReadonlyMap<string, StoredRotation>,
): string | undefined {
  if (nic.mac !== undefined) {
    return `NIC "${id}" has MAC address "${nic.mac}" by the site file; take \`mac\` out of it there, then it can rotate`;
  }
  const phase = rotations.get(id)?.phase;
  if (phase === undefined || phase === 'failed') return undefined;
  return `NIC "${id}" rotates already (${phase}); see \`bridgekeeper rotate --list\``;
}

/** The NICs that a request means. Throws `not-found`, and `conflict` for a NIC named that cannot rotate. */
export function chooseNics(
  request: RotateRequest,
  site: Site | undefined,
  rotations: ReadonlyMap<string, StoredRotation>,
): { chosen: SiteNic[]; skipped: string[] } {
  const { owner, segment } = request;
  const all = nicsOf(site);
  if (request.nics !== undefined) {
    const byId = new Map(all.map((nic) => [nic.id, nic]));
    const ids = new Set(request.nics.map(({ guest, nic }) => nicId(guest, nic)));
    const chosen = [...ids].map((id) => {
      const found = byId.get(id);
      if (!found) throw new AppError('not-found', `there is no NIC "${id}" in this site`);
      const reason = reasonAgainst(found, rotations);
      if (reason !== undefined) throw new AppError('conflict', reason);
      return found;
    });
    return { chosen, skipped: [] };
  }
  const meant = all.filter(({ guest, nic }) => (owner === undefined ? nic.segment === segment : guest.owner === owner));
  if (meant.length === 0) {
    const whose = owner === undefined ? `in segment "${segment}"` : `of owner "${owner}"`;
    throw new AppError('not-found', `there is no NIC ${whose} in this site`);
  }
  const chosen: SiteNic[] = [];
  const skipped: string[] = [];
  for (const nic of meant) {
    const reason = reasonAgainst(nic, rotations);
    if (reason === undefined) chosen.push(nic);
    else skipped.push(reason);
  }
  return { chosen, skipped };
}
