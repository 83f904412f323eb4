import type { Commit } from './registry.ts';
import { objectKeyOf, type RegistryState } from './registry-state.ts';

/** Whom guests belong to after a change; null is nobody. */
export interface Owners {
  /** Of guests whose leases begin or change. */
  readonly begun: ReadonlyMap<string, string | null>;
  /** Of guests that stay and get another owner. */
  readonly changed: ReadonlyMap<string, string | null>;
}

export function planOwners(
  state: RegistryState,
  change: Pick<Commit, 'put'>,
  begun: readonly { readonly guest: string }[],
): Owners {
  const put = new Map<string, string | null>();
  const changed = new Map<string, string | null>();
  for (const { kind, name, body } of change.put) {
    if (kind !== 'guest') continue;
    const owner = ownerOf(body);
    put.set(name, owner);
    const standing = standingOwner(state, name);
    if (standing !== undefined && standing !== owner) changed.set(name, owner);
  }
  const names = new Set(begun.map(({ guest }) => guest));
  const ownerNow = (guest: string) => (put.has(guest) ? put.get(guest) : standingOwner(state, guest)) ?? null;
  return { begun: new Map(Array.from(names, (guest) => [guest, ownerNow(guest)])), changed };
}

/** The owner of a guest at the head revision; undefined for a guest that is not there. */
export function standingOwner(state: RegistryState, guest: string): string | null | undefined {
  const standing = state.objects.get(objectKeyOf({ kind: 'guest', name: guest }));
  return standing && ownerOf(standing.object?.body ?? JSON.parse(standing.row.body));
}

function ownerOf(body: unknown): string | null {
  const owner = (body as { owner?: unknown } | null | undefined)?.owner;
  return typeof owner === 'string' ? owner : null;
}
