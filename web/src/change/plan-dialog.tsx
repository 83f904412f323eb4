import { Alert, Button, Group, Modal, Skeleton, Stack, Text, TextInput } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconInfoCircle } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ApplyResult, EngineStatus } from '../../../src/client/client.ts';
import { isAppError } from '../../../src/errors/app-error.ts';
import { client } from '../data/client.ts';
import { useMay, useMe } from '../data/me.ts';
import { statusKey, useStatus } from '../data/status.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { ApplyStages, type StageTimes } from './apply-stages.tsx';
import { PlanReport } from './plan-report.tsx';
import type { Proposal } from './proposal.ts';
import { WayBack } from './way-back.tsx';

/** Least role that may make a change, as the daemon's table has it. */
const leastRole = ({ order }: Proposal) => ('objects' in order ? 'operator' : 'admin');

/** The connection broke: whether the change was made is not known. */
const isUnanswered = (error: unknown): boolean => isAppError(error) && error.code === 'daemon-unreachable';

/** The plan of a change, and the buttons that make it. */
export function PlanDialog({ proposal }: { readonly proposal: Proposal }) {
  const { t } = useTranslation('change');
  const queries = useQueryClient();
  const phone = useMediaQuery('(max-width: 48em)');
  const may = useMay(leastRole(proposal));
  const status = useStatus().data;
  const [comment, setComment] = useState(proposal.comment ?? '');
  // A change of a tenant that waits to be confirmed would hold up everybody else: the daemon refuses it.
  const isTenant = useMe().owner !== undefined;
  const [seconds, setSeconds] = useState(isTenant ? 0 : 60);
  const [times, setTimes] = useState<StageTimes>();
  const [failure, setFailure] = useState<unknown>();
  const [movedOn, setMovedOn] = useState(false);
  // Whoever presses again because no answer came asks for the same change, not for a second one.
  const sent = useRef({ words: '', key: '' });
  const plan = useQuery({
    // One plan for each proposal: nothing of an earlier one is shown.
    queryKey: ['plan', proposal.id],
    queryFn: () => client.changes.plan(proposal.order),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  });
  const pending = status?.confirmBy === undefined ? undefined : status.revision;
  // Going back is how one gets out of a change that waits to be confirmed.
  const blocked = pending !== undefined && !('revision' in proposal.order || 'destroy' in proposal.order);
  const busy = times !== undefined;

  async function apply(): Promise<void> {
    setFailure(undefined);
    setMovedOn(false);
    setTimes({});
    const more = {
      ...(seconds === 0 ? {} : { confirmSeconds: seconds }),
      ...(comment.trim() === '' ? {} : { comment: comment.trim() }),
    };
    // Refused (`precondition-failed`) when there is a newer revision than the plan was made against.
    const unless = plan.data === undefined ? {} : { ifMatch: `"${plan.data.baseRevision}"` };
    const words = JSON.stringify({ ...more, ...unless });
    if (sent.current.words !== words) sent.current = { words, key: crypto.randomUUID() };
    try {
      const { changes } = client.on({ ...unless, key: sent.current.key });
      const result = await changes.make({ ...proposal.order, ...more }, (stage) =>
        setTimes((before) => ({ ...before, [stage]: performance.now() })),
      );
      announce(result);
      proposal.settle(result);
    } catch (error) {
      setTimes(undefined);
      if (!isUnanswered(error)) sent.current = { words: '', key: '' };
      if (isAppError(error) && error.code === 'precondition-failed') {
        setMovedOn(true);
        void plan.refetch();
      } else setFailure(error);
    }
  }

  function announce({ revision, lines, timings, confirmBy }: ApplyResult): void {
    queries.setQueryData<EngineStatus>(statusKey, (before) => {
      if (before === undefined) return undefined;
      const { confirmBy: _, ...rest } = before;
      return { ...rest, revision: revision.number, ...(confirmBy === undefined ? {} : { confirmBy }) };
    });
    // Whatever is shown may be of the site as it was.
    void queries.invalidateQueries();
    if (confirmBy !== undefined) return;
    // A tenant is told neither the number of the revision nor how long it took.
    if (revision.number === 0) {
      notifications.show({ color: 'green', message: t('applied-own') });
      return;
    }
    const time = Math.round(timings.total ?? Object.values(timings).reduce((sum, part) => sum + part, 0));
    notifications.show({
      color: 'green',
      title: t('applied', { revision: revision.number }),
      message: t('applied-in', { count: lines.length, time }),
    });
  }

  return (
    <Modal
      opened
      onClose={() => {
        if (!busy) proposal.settle(undefined);
      }}
      title={proposal.title}
      size="xl"
      fullScreen={phone === true}
      closeButtonProps={{ 'aria-label': t('close'), disabled: busy }}
    >
      <Stack gap="md">
        {movedOn && (
          <Alert color="yellow" icon={<IconInfoCircle aria-hidden />} role="status">
            {t('moved-on')}
          </Alert>
        )}
        {busy ? (
          <ApplyStages times={times} />
        ) : plan.isFetching ? (
          <Stack gap={8} role="status" aria-label={t('planning')}>
            <Text size="sm" c="dimmed">
              {t('planning')}
            </Text>
            {[92, 74, 83].map((width) => (
              <Skeleton key={width} height={18} width={`${width}%`} />
            ))}
          </Stack>
        ) : plan.error ? (
          <ProblemNotice error={plan.error} onRetry={() => void plan.refetch()} />
        ) : (
          plan.data && <PlanReport plan={plan.data} />
        )}
        {failure !== undefined && !busy && <ProblemNotice error={failure} />}
        {isUnanswered(failure) && !busy && <Text size="sm">{t('unanswered')}</Text>}
        {!busy && plan.data && may && (
          <>
            <TextInput
              label={t('comment')}
              description={t('comment-hint')}
              inputWrapperOrder={['label', 'input', 'description']}
              value={comment}
              maxLength={500}
              onChange={(event) => setComment(event.currentTarget.value)}
            />
            {!isTenant && <WayBack seconds={seconds} onChoose={setSeconds} />}
          </>
        )}
        {blocked && (
          <Alert color="yellow" icon={<IconInfoCircle aria-hidden />}>
            {t('pending-first', { revision: pending })}
          </Alert>
        )}
        {!may && <Text c="dimmed">{t('only-role')}</Text>}
        <Group justify="flex-end">
          <Button variant="default" disabled={busy} onClick={() => proposal.settle(undefined)}>
            {t('cancel')}
          </Button>
          {may && (
            <Button
              loading={busy}
              disabled={plan.data === undefined || plan.isFetching || blocked}
              onClick={() => void apply()}
            >
              {t(seconds === 0 ? 'apply' : 'apply-with-countdown')}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}
