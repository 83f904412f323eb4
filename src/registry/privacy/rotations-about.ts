import { type Kysely, sql } from 'kysely';
import type { RotationRow, Tables } from '../tables.ts';
import { chunksOf, type Subject } from './subject.ts';

/** NICs that one statement deletes. */
const pairsAtOnce = 200;

/**
 * Rotations of the owner's NICs: of its guests, and of those whose latest lease is the owner's. They hold no address,
 * but the name of the guest, and the reason of a failed one what its hook said.
 */
export async function rotationsAbout(db: Kysely<Tables>, { owner, guests }: Subject): Promise<RotationRow[]> {
  const rows = await db
    .selectFrom('rotations')
    .selectAll()
    .select((build) =>
      build
        .selectFrom('leases')
        .select('leases.owner')
        .whereRef('leases.guest', '=', 'rotations.guest')
        .whereRef('leases.nic', '=', 'rotations.nic')
        .orderBy('leases.id', 'desc')
        .limit(1)
        .as('holder'),
    )
    .orderBy('guest')
    .orderBy('nic')
    .execute();
  return rows.filter(({ guest, holder }) => holder === owner || guests.has(guest));
}

/** Those that an erasure takes out: they failed. Others are of NICs that are in use, and end by themselves. */
export async function failedRotations(db: Kysely<Tables>, subject: Subject): Promise<RotationRow[]> {
  return (await rotationsAbout(db, subject)).filter(({ phase }) => phase === 'failed');
}

export async function eraseRotations(db: Kysely<Tables>, rows: readonly RotationRow[]): Promise<void> {
  for (const some of chunksOf(rows, pairsAtOnce)) {
    const pairs = sql.join(some.map(({ guest, nic }) => sql`(${guest}, ${nic})`));
    await db
      .deleteFrom('rotations')
      .where('phase', '=', 'failed')
      .where(sql<boolean>`(guest, nic) in (values ${pairs})`)
      .execute();
  }
}
