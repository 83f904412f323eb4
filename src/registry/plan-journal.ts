import { macFromInteger } from '../model/mac-address.ts';
import { nicId } from '../model/site.ts';
import type { JournalInput } from './journal/journal.ts';
import type { LeaseWrites, NicLease } from './plan-leases.ts';
import { standingOwner } from './plan-owners.ts';
import type { Commit } from './registry.ts';
import type { RegistryState } from './registry-state.ts';

/** Objects of a commit by kind and name, such as `guest web1`. */
export interface ChangedNames {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

/** Names, leases and owners that one entry lists of each kind; of more it has the count. */
const listedLimit = 100;

/** The journal entry of a commit: what was at the revision before, and what is. Costs what the change is about. */
export function planJournal(
  state: RegistryState,
  commit: Commit,
  { number, names, leases }: { number: number; names: ChangedNames; leases: LeaseWrites },
): JournalInput {
  const ended = [...leases.ended.map(({ lease }) => lease), ...leases.turned.map(({ before }) => before)];
  const begun = [...leases.begun, ...leases.turned.map(({ after }) => after)];
  return {
    kind: commit.kind ?? 'apply',
    text: `revision ${number} by ${commit.author}: ${commit.comment}`,
    at: commit.at,
    actor: { who: commit.author, from: commit.from ?? 'this host' },
    before: {
      revision: number - 1,
      ...listed('removed', names.removed),
      ...listed('changed', names.changed),
      ...listed('leases', ended, describeLease),
    },
    after: {
      revision: number,
      ...listed('added', names.added),
      ...listed('changed', names.changed),
      ...listed('leases', begun, describeLease),
    },
    owners: ownersOf(state, leases, names).slice(0, listedLimit),
  };
}

/** `{ added: […] }`, with `addedCount` when they are too many to be listed; nothing for none. */
function listed<T>(name: string, values: readonly T[], describe: (value: T) => unknown = (value) => value): object {
  if (values.length === 0) return {};
  const list = { [name]: values.slice(0, listedLimit).map(describe) };
  return values.length > listedLimit ? { ...list, [`${name}Count`]: values.length } : list;
}

function describeLease({ guest, nic, mac, state, ipv4, ipv6 }: NicLease): object {
  return {
    nic: nicId(guest, nic),
    mac: macFromInteger(mac),
    state,
    ...(ipv4 === null ? {} : { ipv4 }),
    ...(ipv6 === null ? {} : { ipv6 }),
  };
}

/** Owners of the guests that are added, removed or changed: as it was and as it will be. */
function ownersOf(state: RegistryState, { owners }: LeaseWrites, names: ChangedNames): string[] {
  const found = new Set<string>();
  for (const owner of [...owners.begun.values(), ...owners.changed.values()]) if (owner !== null) found.add(owner);
  for (const name of [...names.removed, ...names.changed]) {
    if (found.size >= listedLimit) break;
    if (!name.startsWith('guest ')) continue;
    const owner = standingOwner(state, name.slice('guest '.length));
    if (owner) found.add(owner);
  }
  return [...found];
}
