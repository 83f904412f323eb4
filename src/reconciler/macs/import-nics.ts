import { AppError, isAppError } from '../../errors/app-error.ts';
import type { ImportAnswer, ImportRequest } from '../../model/imported-nic.ts';
import type { Site } from '../../model/site.ts';
import type { Actor } from '../../registry/journal/journal.ts';
import type { Leases } from '../../registry/leases/leases.ts';
import { type ImportPlan, planImport } from './plan-import.ts';

/** Others may lease between the plan and the transaction; then it is planned anew. */
const attempts = 5;

/** Conflicts that one failure names. */
const named = 20;

function refuseConflicts({ outcomes }: ImportPlan): void {
  const conflicts = outcomes.filter(({ outcome }) => outcome === 'conflict');
  const [first] = conflicts;
  if (first === undefined) return;
  throw new AppError(
    'conflict',
    `${conflicts.length} of ${outcomes.length} addresses cannot be taken over, so none was; the first is at ${first.where}: ${first.conflict}`,
    { details: { conflicts: conflicts.slice(0, named), more: Math.max(0, conflicts.length - named) } },
  );
}

/** Takes over what can be taken, in one transaction. Throws `conflict` as `ImportRequest.skipConflicts` says. */
export async function importNics(
  { items, dryRun = false, skipConflicts = false }: ImportRequest,
  parts: { readonly leases: Leases; readonly site: Site | undefined; readonly now: number; readonly actor: Actor },
): Promise<ImportAnswer> {
  const { leases, site, now, actor } = parts;
  if (items.length === 0)
    throw new AppError('value-invalid', 'There is nothing to take over; expected one address at least');
  for (let attempt = 1; ; attempt++) {
    const plan = await planImport(items, site, leases, now);
    const { outcomes, taken, segments } = plan;
    if (dryRun) return { dryRun, outcomes };
    if (!skipConflicts) refuseConflicts(plan);
    if (taken.length === 0) return { dryRun, outcomes };
    try {
      const wishes = taken.map(({ wish }) => wish);
      const made = await leases.lease({ wishes, segments, state: 'active', kind: 'import', actor, now });
      for (const [i, { index }] of taken.entries()) {
        const outcome = outcomes[index];
        const lease = made[i];
        if (outcome !== undefined && lease !== undefined) outcomes[index] = { ...outcome, lease: lease.id };
      }
      return { dryRun, outcomes };
    } catch (error) {
      if (!isAppError(error) || error.code !== 'conflict' || attempt === attempts) throw error;
    }
  }
}
