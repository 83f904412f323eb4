import { AppError } from '../errors/app-error.ts';
import type { JournalInput } from './journal/journal.ts';
import { type BlockWrites, planBlocks } from './plan-blocks.ts';
import { type ChangedNames, planJournal } from './plan-journal.ts';
import { type LeaseWrites, planLeases } from './plan-leases.ts';
import type { Commit, StoredObject } from './registry.ts';
import { objectKeyOf, type RegistryState, type StandingObject } from './registry-state.ts';
import type { ObjectRow, RevisionRow } from './tables.ts';

/** The rows that one commit writes: only what differs from the head revision. */
export interface CommitWrites {
  readonly revision: RevisionRow;
  /** Rows whose last revision is the one before. */
  readonly closed: readonly ObjectRow[];
  readonly objects: readonly ObjectRow[];
  readonly leases: LeaseWrites;
  readonly blocks: BlockWrites;
  readonly journal: JournalInput;
}

/** Compares a commit with what stands. Changes nothing. Throws `conflict` and `value-invalid`. */
export function planCommit(state: RegistryState, commit: Commit): CommitWrites {
  const number = (state.head?.number ?? 0) + 1;
  const { closed, objects, names, summary } = planObjects(state, commit, number);
  const blocks = planBlocks(state, commit);
  const leases = planLeases(state, commit);
  return {
    revision: {
      number,
      at: commit.at,
      author: commit.author,
      comment: commit.comment,
      ...summary,
      confirm_by: commit.confirmBy ?? null,
      fallback: commit.confirmBy === undefined ? null : number - 1,
      kernel_since: commit.kernelSince ?? null,
    },
    closed,
    objects,
    leases,
    blocks,
    journal: planJournal(state, commit, { number, names, leases }),
  };
}

function planObjects(
  state: RegistryState,
  commit: Commit,
  number: number,
): Pick<CommitWrites, 'closed' | 'objects'> & {
  names: ChangedNames;
  summary: Pick<RevisionRow, 'added' | 'removed' | 'changed'>;
} {
  const removed = new Map<string, StandingObject>();
  for (const gone of commit.remove) {
    const standing = state.objects.get(objectKeyOf(gone));
    if (standing !== undefined) removed.set(objectKeyOf(gone), standing);
  }
  const closed: ObjectRow[] = [];
  const objects: ObjectRow[] = [];
  const seen = new Set<string>();
  let place = state.next.place;
  const added: string[] = [];
  const changed: string[] = [];
  for (const object of commit.put) {
    const key = objectKeyOf(object);
    if (seen.has(key)) {
      throw new AppError('conflict', `${object.kind} "${object.name}" stands in one change twice; expected it once`);
    }
    seen.add(key);
    const body = bodyOf(object);
    const standing = state.objects.get(key)?.row;
    const moves = removed.delete(key);
    if (standing !== undefined && !moves && standing.body === body && standing.origin === object.origin) continue;
    (standing === undefined ? added : changed).push(key);
    if (standing !== undefined) closed.push(standing);
    objects.push({
      kind: object.kind,
      name: object.name,
      origin: object.origin,
      body,
      place: standing === undefined || moves ? place++ : standing.place,
      first_revision: number,
      last_revision: null,
    });
  }
  for (const { row } of removed.values()) closed.push(row);
  return {
    closed,
    objects,
    names: { added, removed: [...removed.keys()], changed },
    summary: { added: added.length, removed: removed.size, changed: changed.length },
  };
}

function bodyOf(object: StoredObject): string {
  const body: string | undefined = JSON.stringify(object.body);
  if (body === undefined) {
    throw new AppError(
      'value-invalid',
      `${object.kind} "${object.name}" has ${typeof object.body} for a body; expected what JSON can hold`,
    );
  }
  return body;
}
