import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useEffectEvent, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../data/client.ts';
import { useStatus } from '../data/status.ts';
import { useProposal } from './proposal.ts';
import { wasSettledHere } from './settled-here.ts';
import { WorkPanel } from './work-panel.tsx';

const PlanDialog = lazy(async () => ({ default: (await import('./plan-dialog.tsx')).PlanDialog }));
const Countdown = lazy(async () => ({ default: (await import('./countdown.tsx')).Countdown }));

/** Says what became of a change that waited, unless somebody decided it on this very page. */
function useEndOfTrial(pending: number | undefined): void {
  const { t } = useTranslation('change');
  const queries = useQueryClient();
  const before = useRef<number>(undefined);
  const tell = useEffectEvent(async (revision: number) => {
    void queries.invalidateQueries();
    if (wasSettledHere(revision)) return;
    const [newest] = await client.revisions(1);
    const wasKept = newest?.number === revision;
    notifications.show({
      color: wasKept ? 'green' : 'yellow',
      message: wasKept ? t('kept', { revision }) : t('gone', { revision, comment: newest?.comment ?? '' }),
      autoClose: wasKept ? 4_000 : 15_000,
    });
  });
  useEffect(() => {
    const ended = before.current;
    before.current = pending;
    // What cannot be told is seen in the history.
    if (ended !== undefined && ended !== pending) void tell(ended).catch(() => undefined);
  }, [pending]);
}

/**
 * Counts down while a change waits to be confirmed, above every view; shows the plan of one that is about to be made, and
 * work that takes long.
 */
export function ChangeBanner() {
  const proposal = useProposal();
  const { confirmBy, revision } = useStatus().data ?? {};
  const pending = confirmBy === undefined ? undefined : revision;
  useEndOfTrial(pending);
  return (
    <>
      <Suspense fallback={null}>
        {confirmBy !== undefined && pending !== undefined && (
          <Countdown key={pending} revision={pending} confirmBy={confirmBy} />
        )}
      </Suspense>
      <Suspense fallback={null}>{proposal && <PlanDialog key={proposal.id} proposal={proposal} />}</Suspense>
      <WorkPanel />
    </>
  );
}
