import type { Kysely, Transaction } from 'kysely';
import type { Assignments } from '../model/assignments.ts';
import { nicId } from '../model/site.ts';
import type { EventLoopTurn } from './event-loop-turn.ts';
import { inChunks } from './in-chunks.ts';
import type { Actor, JournalInput } from './journal/journal.ts';
import type { RotationRow, Tables } from './tables.ts';
import type { RequestedTurn } from './turn-requested.ts';

/**
 * `waiting`: for its turn. `prepared`: both MAC addresses are allowed, the guest has not moved. `moved`: it has, the old
 * one retires when it is silent. `failed`: it ended with the old one; kept until the next rotation of the NIC.
 */
export type RotationPhase = 'waiting' | 'prepared' | 'moved' | 'failed';

/** A rotation of one NIC. Its MAC addresses are those of the NIC's assignment. Times in ms since the epoch. */
export interface StoredRotation {
  readonly guest: string;
  readonly nic: number;
  readonly phase: RotationPhase;
  /** What it is counted with: `request`, or the words of a schedule. */
  readonly origin: string;
  /** Rotations of this origin that may be `prepared` at the same time. */
  readonly atMost: number;
  readonly askedAt: number;
  readonly phaseSince: number;
  /** When both addresses may be used no longer; absent while it waits for its turn. */
  readonly deadline?: number;
  /** Seconds. */
  readonly overlap: number;
  /** Seconds. */
  readonly grace: number;
  /** `due`: to be run, or under way when the daemon ended. `none`: the guest moves by itself. */
  readonly hook: 'none' | 'due' | 'done' | 'failed';
  /** One sentence: why it failed, or why it does not get on. Without MAC addresses. */
  readonly error?: string;
  readonly actor: Actor;
}

/** What changes in one durable transaction without a new revision of the site. */
export interface Reassignment {
  readonly at: number;
  /** When the kernel began to take it, as in `Commit`. */
  readonly kernelSince?: number;
  /** The whole of the assignments after the change; absent when no lease changes. */
  readonly assignments?: Assignments;
  /** Steps of NICs that are none of the site's. `conflict` when the leases of one have changed meanwhile. */
  readonly requested?: readonly RequestedTurn[];
  /** Rotations to write; one of the same NIC is replaced. */
  readonly put?: readonly StoredRotation[];
  /** NICs whose rotations are over. */
  readonly remove?: readonly { readonly guest: string; readonly nic: number }[];
  /** When a schedule was last looked after, by its words. */
  readonly runs?: ReadonlyMap<string, number>;
  readonly journal?: readonly JournalInput[];
}

const rowOf = (rotation: StoredRotation): RotationRow => ({
  guest: rotation.guest,
  nic: rotation.nic,
  phase: rotation.phase,
  origin: rotation.origin,
  at_most: rotation.atMost,
  asked_at: rotation.askedAt,
  phase_since: rotation.phaseSince,
  deadline: rotation.deadline ?? null,
  overlap: rotation.overlap,
  grace: rotation.grace,
  hook: rotation.hook,
  error: rotation.error ?? null,
  who: rotation.actor.who,
  from_where: rotation.actor.from,
});

const rotationOf = (row: RotationRow): StoredRotation => ({
  guest: row.guest,
  nic: row.nic,
  phase: row.phase,
  origin: row.origin,
  atMost: row.at_most,
  askedAt: row.asked_at,
  phaseSince: row.phase_since,
  ...(row.deadline === null ? {} : { deadline: row.deadline }),
  overlap: row.overlap,
  grace: row.grace,
  hook: row.hook,
  ...(row.error === null ? {} : { error: row.error }),
  actor: { who: row.who, from: row.from_where },
});

/** All of them, by NIC id, in the order in which they were asked for. */
export async function readRotations(db: Kysely<Tables>): Promise<Map<string, StoredRotation>> {
  const rows = await db
    .selectFrom('rotations')
    .selectAll()
    .orderBy('asked_at')
    .orderBy('guest')
    .orderBy('nic')
    .execute();
  return new Map(rows.map((row) => [nicId(row.guest, row.nic), rotationOf(row)]));
}

/** When each schedule was last looked after. */
export async function readRotationRuns(db: Kysely<Tables>): Promise<Map<string, number>> {
  const rows = await db.selectFrom('rotation_runs').selectAll().execute();
  return new Map(rows.map(({ schedule, at }) => [schedule, at]));
}

/** Writes the rotations of a reassignment; leases and journal are for others. */
export async function writeRotations(
  transaction: Transaction<Tables>,
  change: Reassignment,
  turn: EventLoopTurn,
): Promise<void> {
  for (const { guest, nic } of change.remove ?? []) {
    await turn.pause();
    await transaction.deleteFrom('rotations').where('guest', '=', guest).where('nic', '=', nic).execute();
  }
  await inChunks(turn, (change.put ?? []).map(rowOf), (rows) =>
    transaction
      .insertInto('rotations')
      .values(rows)
      .onConflict((conflict) =>
        conflict.columns(['guest', 'nic']).doUpdateSet((build) => ({
          phase: build.ref('excluded.phase'),
          origin: build.ref('excluded.origin'),
          at_most: build.ref('excluded.at_most'),
          asked_at: build.ref('excluded.asked_at'),
          phase_since: build.ref('excluded.phase_since'),
          deadline: build.ref('excluded.deadline'),
          overlap: build.ref('excluded.overlap'),
          grace: build.ref('excluded.grace'),
          hook: build.ref('excluded.hook'),
          error: build.ref('excluded.error'),
          who: build.ref('excluded.who'),
          from_where: build.ref('excluded.from_where'),
        })),
      )
      .execute(),
  );
  for (const [schedule, at] of change.runs ?? []) {
    await transaction.deleteFrom('rotation_runs').where('schedule', '=', schedule).execute();
    await transaction.insertInto('rotation_runs').values({ schedule, at }).execute();
  }
}
