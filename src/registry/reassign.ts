import type { Transaction } from 'kysely';
import { EventLoopTurn } from './event-loop-turn.ts';
import { appendJournal } from './journal/journal.ts';
import type { AddressChanges } from './leases/address-memory.ts';
import type { LeaseStore } from './leases/lease-store.ts';
import type { BlockWrites } from './plan-blocks.ts';
import type { LeaseWrites } from './plan-leases.ts';
import { type Reassignment, writeRotations } from './rotations.ts';
import type { Tables } from './tables.ts';
import { turnRequested } from './turn-requested.ts';
import { writeBlocks } from './write-blocks.ts';
import { writeLeases } from './write-leases.ts';

/** Writes a reassignment in a transaction that the caller opened. Answers what became of addresses. */
export async function writeReassignment(
  transaction: Transaction<Tables>,
  store: LeaseStore,
  { leases, blocks }: { readonly leases: LeaseWrites; readonly blocks: BlockWrites },
  change: Reassignment,
): Promise<AddressChanges> {
  const turn = new EventLoopTurn();
  const changes = await writeLeases(transaction, store, leases, change.at, turn);
  await writeBlocks(transaction, blocks, change.at, turn);
  const requested = await turnRequested(transaction, store, change.requested ?? [], change.at);
  await writeRotations(transaction, change, turn);
  await appendJournal(transaction, change.journal ?? []);
  const both = (kind: keyof AddressChanges) => [...(changes[kind] ?? []), ...(requested[kind] ?? [])];
  return { held: both('held'), rested: both('rested'), freed: both('freed'), woken: both('woken') };
}
