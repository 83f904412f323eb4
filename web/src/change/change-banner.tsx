import { lazy, Suspense } from 'react';
import { useStatus } from '../data/status.ts';
import { useProposal } from './proposal.ts';

const PlanDialog = lazy(async () => ({ default: (await import('./plan-dialog.tsx')).PlanDialog }));
const Countdown = lazy(async () => ({ default: (await import('./countdown.tsx')).Countdown }));

/** Counts down while a change waits to be confirmed, above every view; and shows the plan of one that is about to be made. */
export function ChangeBanner() {
  const proposal = useProposal();
  const { confirmBy, revision } = useStatus().data ?? {};
  return (
    <>
      <Suspense fallback={null}>
        {confirmBy !== undefined && revision !== undefined && (
          <Countdown key={revision} revision={revision} confirmBy={confirmBy} />
        )}
      </Suspense>
      <Suspense fallback={null}>{proposal && <PlanDialog key={proposal.id} proposal={proposal} />}</Suspense>
    </>
  );
}
