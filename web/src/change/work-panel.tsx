import { Button, CloseButton, Group, Paper, Progress, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isAppError } from '../../../src/errors/app-error.ts';
import { client } from '../data/client.ts';
import { useLiveEvents } from '../data/use-live-events.ts';
import style from './change.module.css';
import { forgetWork, type LongWork, useLongWork } from './long-work.ts';

const phases = ['waiting', 'prepared', 'moved', 'failed'] as const;

/** Something that this page does step by step. */
function Work({ work }: { readonly work: LongWork }) {
  const { t } = useTranslation('change');
  const { id, title, done, total, state, error, stop } = work;
  const share = total === 0 ? 100 : (done / total) * 100;
  const colour = state === 'failed' ? 'red' : state === 'stopped' ? 'yellow' : 'brand';
  return (
    <Stack gap={6}>
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <Text size="sm" fw={550} truncate>
          {title}
        </Text>
        <Group gap="xs" wrap="nowrap">
          <Text size="sm" c="dimmed" role="status">
            {t(`work-${state}`)} {t('work-of', { done, total })}
          </Text>
          {state === 'running' ? (
            <Button size="compact-xs" variant="default" onClick={stop}>
              {t('stop')}
            </Button>
          ) : (
            <CloseButton size="sm" aria-label={t('close')} onClick={() => forgetWork(id)} />
          )}
        </Group>
      </Group>
      <Progress.Root>
        <Progress.Section value={share} color={colour} animated={state === 'running'} aria-label={title} />
      </Progress.Root>
      {error !== undefined && (
        <Text size="sm" c="var(--bad)">
          {isAppError(error) ? error.message : String(error)}
        </Text>
      )}
    </Stack>
  );
}

/** NICs that are on their way to a new MAC address; the daemon does that, whoever looks. */
function Rotations() {
  const { t } = useTranslation('change');
  const [seen, setSeen] = useState(0);
  const { data = [], refetch } = useQuery({
    queryKey: ['rotations'],
    queryFn: () => client.rotations.list(),
    // Rarely anything to see; while there is, it moves.
    refetchInterval: ({ state }) => ((state.data?.length ?? 0) > 0 ? 3_000 : 60_000),
  });
  useLiveEvents((events) => {
    if (events.some(({ kind }) => kind === 'mac')) void refetch();
  });
  const under = data.filter(({ phase }) => phase !== 'failed');
  // An overlap may last a day: whoever has seen it puts it away until there is more.
  if (under.length <= seen) return null;
  const count = (phase: (typeof phases)[number]): number => data.filter((view) => view.phase === phase).length;
  const counts = {
    waiting: count('waiting'),
    prepared: count('prepared'),
    moved: count('moved'),
    failed: count('failed'),
  };
  return (
    <Stack gap={6}>
      <Group justify="space-between" gap="xs">
        <Text size="sm" fw={550}>
          {t('rotations', { count: under.length })}
        </Text>
        <Group gap="xs">
          <Text size="sm" c="dimmed" role="status">
            {t('rotations-text', counts)}
          </Text>
          <CloseButton size="sm" aria-label={t('close')} onClick={() => setSeen(under.length)} />
        </Group>
      </Group>
      <Progress.Root>
        <Progress.Section value={(counts.moved / data.length) * 100} color="green" aria-label={t('phase-moved')} />
        <Progress.Section
          value={(counts.prepared / data.length) * 100}
          color="brand"
          animated
          aria-label={t('phase-prepared')}
        />
        <Progress.Section value={(counts.failed / data.length) * 100} color="red" aria-label={t('phase-failed')} />
      </Progress.Root>
    </Stack>
  );
}

/** What takes long, above every view; nothing while there is nothing. */
export function WorkPanel() {
  const works = useLongWork();
  return (
    <Paper className={`surface ${style.work}`} component="aside">
      <Stack gap="sm">
        <Rotations />
        {works.map((work) => (
          <Work key={work.id} work={work} />
        ))}
      </Stack>
    </Paper>
  );
}
