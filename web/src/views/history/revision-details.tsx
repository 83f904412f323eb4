import { Button, Group, Paper, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import { IconArrowBackUp, IconDownload, IconEqual } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Revision } from '../../../../src/client/client.ts';
import { useChange } from '../../change/proposal.ts';
import { useMay } from '../../data/me.ts';
import { readSiteText, saveText, siteKey } from '../../data/site-text.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Loading } from '../../parts/loading.tsx';
import { exactTime } from '../../parts/moment.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';

const TextDiff = lazy(async () => ({ default: (await import('../../editor/text-diff.tsx')).TextDiff }));

type Against = 'before' | 'now';

/** What a revision says against another one. */
function Difference({ from, to }: { readonly from: number; readonly to: number }) {
  const { t } = useTranslation('history');
  const nameOf = (number: number): string => (number === 0 ? t('first-of-all') : t('revision', { revision: number }));
  const texts = useQuery({
    queryKey: [...siteKey, 'both', from, to],
    queryFn: async () => {
      const read = async (revision: number) => (revision === 0 ? '' : (await readSiteText('all', revision)).text);
      const [before, after] = await Promise.all([read(from), read(to)]);
      return { before, after };
    },
    // What a revision says never changes.
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (texts.error) return <ProblemNotice error={texts.error} onRetry={() => void texts.refetch()} />;
  if (texts.data === undefined) return <Loading />;
  const { before, after } = texts.data;
  if (before === after)
    return (
      <Paper className="surface">
        <EmptyState icon={IconEqual} title={t('same')}>
          {t('same-about')}
        </EmptyState>
      </Paper>
    );
  return (
    <Stack gap={4}>
      <Group grow gap="xs" visibleFrom="md" aria-hidden>
        <Text size="sm" c="dimmed">
          {nameOf(from)}
        </Text>
        <Text size="sm" c="dimmed">
          {nameOf(to)}
        </Text>
      </Group>
      <Suspense fallback={<Loading />}>
        <TextDiff before={before} after={after} labels={[nameOf(from), nameOf(to)]} />
      </Suspense>
    </Stack>
  );
}

interface Props {
  readonly revision: Revision;
  /** The one in force. */
  readonly newest: number;
}

/** One revision: what it changed, how it differs from now, and the way back to it. */
export function RevisionDetails({ revision, newest }: Props) {
  const { t } = useTranslation('history');
  const { propose } = useChange();
  const isAdmin = useMay('admin');
  const { number, comment, author, at } = revision;
  const [against, setAgainst] = useState<Against>('before');
  const isNewest = number === newest;
  const title = t('roll-back-to', { revision: number });
  return (
    <Stack gap="md">
      <Group justify="space-between" align="flex-start" gap="sm">
        <Stack gap={2}>
          <Title order={2}>{t('revision', { revision: number })}</Title>
          <Text size="sm">{comment}</Text>
          <Text size="sm" c="dimmed">
            {author} · {exactTime(at)}
          </Text>
        </Stack>
        <Group gap="xs">
          <Button
            variant="default"
            leftSection={<IconDownload size={18} aria-hidden />}
            onClick={() => void readSiteText('all', number).then(({ text }) => saveText(`site-${number}.yaml`, text))}
          >
            {t('download')}
          </Button>
          {isAdmin && !isNewest && (
            <Button
              leftSection={<IconArrowBackUp size={18} aria-hidden />}
              onClick={() => void propose({ revision: number }, title)}
            >
              {t('roll-back')}
            </Button>
          )}
        </Group>
      </Group>
      {!isNewest && (
        <Group gap="xs">
          <Text size="sm" c="dimmed" aria-hidden>
            {t('against')}
          </Text>
          <SegmentedControl
            size="xs"
            aria-label={t('against')}
            value={against}
            onChange={(value) => setAgainst(value as Against)}
            data={[
              { value: 'before', label: t('against-before') },
              { value: 'now', label: t('against-now') },
            ]}
          />
        </Group>
      )}
      {against === 'before' || isNewest ? (
        <Difference from={number - 1} to={number} />
      ) : (
        <Difference from={number} to={newest} />
      )}
    </Stack>
  );
}
