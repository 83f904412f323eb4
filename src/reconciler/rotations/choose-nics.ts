import { AppError } from '../../errors/app-error.ts';
import { type Guest, type Nic, nicId, type Site } from '../../model/site.ts';
import type { StoredRotation } from '../../registry/rotations.ts';
import type { RequestedNic } from '../../registry/turn-requested.ts';
import type { RotateRequest } from './contract.ts';
import { mostRequested } from './requested-nics.ts';

/** A NIC of the site, with its guest. */
export interface SiteNic {
  readonly id: string;
  readonly guest: Guest;
  readonly index: number;
  readonly nic: Nic;
}

/** A NIC that can rotate. */
export interface ChosenNic {
  readonly id: string;
  readonly guest: string;
  readonly nic: number;
}

/** Every NIC of the site, in its order. */
export function nicsOf(site: Site | undefined): SiteNic[] {
  return (site?.guests ?? []).flatMap((guest) =>
    guest.nics.map((nic, index) => ({ id: nicId(guest.name, index), guest, index, nic })),
  );
}

/** Why a NIC of the site cannot rotate now, as a sentence; undefined when it can. */
export function reasonAgainst(
  { id, nic }: SiteNic,
  rotations: ReadonlyMap<string, StoredRotation>,
): string | undefined {
  if (nic.mac === undefined) return rotatesAlready(id, rotations);
  return `NIC "${id}" has MAC address "${nic.mac}" by the site file; take \`mac\` out of it there, then it can rotate`;
}

/** A sentence when it does. */
export function rotatesAlready(id: string, rotations: ReadonlyMap<string, StoredRotation>): string | undefined {
  const phase = rotations.get(id)?.phase;
  if (phase === undefined || phase === 'failed') return undefined;
  return `NIC "${id}" rotates already (${phase}); see \`bridgekeeper rotate --list\``;
}

/** A NIC that is meant, and why it cannot rotate. */
type Candidate = ChosenNic & { readonly reason: string | undefined };

/**
 * The NICs that a request means, of the site and of those that requests made (`requested`, by NIC id, as far as the
 * request may mean them). Throws `not-found`, and `conflict` for a NIC named that cannot rotate.
 */
export function chooseNics(
  request: RotateRequest,
  site: Site | undefined,
  requested: ReadonlyMap<string, RequestedNic>,
  rotations: ReadonlyMap<string, StoredRotation>,
): { chosen: ChosenNic[]; skipped: string[] } {
  const { owner, segment } = request;
  const all = nicsOf(site);
  const own = new Set(all.map(({ id }) => id));
  const ofSite = (one: SiteNic): Candidate => ({
    id: one.id,
    guest: one.guest.name,
    nic: one.index,
    reason: reasonAgainst(one, rotations),
  });
  const others = [...requested].flatMap(([id, { guest, nic }]): Candidate[] =>
    own.has(id) ? [] : [{ id, guest, nic, reason: rotatesAlready(id, rotations) }],
  );
  if (request.nics !== undefined) {
    const byId = new Map([...all.map(ofSite), ...others].map((one) => [one.id, one]));
    const ids = new Set(request.nics.map(({ guest, nic }) => nicId(guest, nic)));
    const chosen = [...ids].map((id) => {
      const found = byId.get(id);
      if (!found)
        throw new AppError('not-found', `there is no NIC "${id}" in this site, and no MAC address is leased for it`);
      if (found.reason !== undefined) throw new AppError('conflict', found.reason);
      return found;
    });
    return { chosen, skipped: [] };
  }
  const meant = all.filter(({ guest, nic }) => (owner === undefined ? nic.segment === segment : guest.owner === owner));
  const candidates = [...meant.map(ofSite), ...others];
  if (candidates.length === 0) {
    const whose = owner === undefined ? `in segment "${segment}"` : `of owner "${owner}"`;
    throw new AppError('not-found', `there is no NIC ${whose} in this site, and none was leased by a request`);
  }
  const skipped = candidates.flatMap(({ reason }) => reason ?? []);
  if (requested.size >= mostRequested) {
    skipped.push(
      `only the first ${mostRequested} NICs that requests made were looked at; ask again when these are done`,
    );
  }
  return { chosen: candidates.filter(({ reason }) => reason === undefined), skipped };
}
