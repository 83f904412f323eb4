import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { IconCircleCheck, IconInfoCircle, IconListCheck } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ObjectOrder } from '../../../../src/client/client.ts';
import { request } from '../../../../src/client/request.ts';
import { runLongWork } from '../../change/long-work.ts';
import { useChange } from '../../change/proposal.ts';
import { client, transport } from '../../data/client.ts';
import { useStatus } from '../../data/status.ts';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { ImportForm, noQuestion } from './import-form.tsx';
import { guestsOf, type ImportRow, type ReadImport, rowsOfLeases } from './import-plan.ts';
import { ImportReport } from './import-report.tsx';

/** Addresses of one step: few enough that the page sees it move, enough that each is one durable transaction. */
const step = 500;
/** Addresses of one look ahead. */
const looked = 20_000;

/** What an import would do. */
interface Preview {
  readonly read: ReadImport;
  readonly rows: readonly ImportRow[];
  /** Of the goal `guests`. */
  readonly orders?: readonly ObjectOrder[];
}

async function outcomesOf(items: ReadImport['items']) {
  const outcomes = [];
  for (let from = 0; from < items.length; from += looked) {
    const part = items.slice(from, from + looked);
    outcomes.push(...(await client.macs.import({ items: part, dryRun: true, skipConflicts: true })).outcomes);
  }
  return outcomes;
}

/** Takes over what exists already: first the text, then what would become of it, then the work. */
export function ImportGuests() {
  const { t } = useTranslation('site');
  const { propose } = useChange();
  const queries = useQueryClient();
  const segments = useStatus().data?.segments ?? [];
  const [question, setQuestion] = useState(noQuestion);
  const look = useMutation({
    mutationFn: async (): Promise<Preview> => {
      const { text, format, segment, owner, guest, goal } = question;
      const body = {
        text,
        ...(format === null ? {} : { format }),
        ...(segment === null ? {} : { segment }),
        ...(owner.trim() === '' ? {} : { owner: owner.trim() }),
        ...(guest.trim() === '' ? {} : { guest: guest.trim() }),
      };
      const read = await request<ReadImport>(transport, 'POST', '/v1/imports', body);
      const of = segments.find(({ name }) => name === segment);
      if (goal === 'leases' || of === undefined)
        return { read, rows: rowsOfLeases(read, await outcomesOf(read.items)) };
      const known = new Set((await client.objects('guest')).map(({ name }) => name));
      const words = { noGuest: t('no-guest'), isThere: t('guest-there'), outside: t('ip-outside') };
      return { read, ...guestsOf(read, of, known, words) };
    },
  });
  const take = useMutation({
    mutationFn: async ({ read }: Preview) => {
      let taken = 0;
      const end = await runLongWork(t('taking-over'), read.items.length, async (done) => {
        const items = read.items.slice(done, done + step);
        const { outcomes } = await client.macs.import({ items, skipConflicts: true });
        taken += outcomes.filter(({ outcome }) => outcome === 'taken').length;
        return done + items.length;
      });
      return { taken, end };
    },
    onSettled: () => queries.invalidateQueries(),
  });
  const again = (): void => {
    look.reset();
    take.reset();
  };
  const preview = look.data;
  if (preview === undefined)
    return (
      <Stack>
        {look.error && <ProblemNotice error={look.error} />}
        <ImportForm question={question} onChange={setQuestion} onRead={() => look.mutate()} loading={look.isPending} />
      </Stack>
    );
  const { read, rows, orders } = preview;
  const fresh = rows.filter(({ outcome }) => outcome === 'taken').length;
  const make = async (): Promise<void> => {
    if (orders === undefined) return take.mutate(preview);
    const result = await propose({ objects: orders }, t('make-title', { count: orders.length }));
    if (result !== undefined) again();
  };
  return (
    <Stack>
      <Group justify="space-between" gap="xs">
        <Text fw={550}>{t('read-nics', { count: read.items.length, format: read.format })}</Text>
        <Group gap="xs">
          <Button variant="default" disabled={take.isPending} onClick={again}>
            {t('back')}
          </Button>
          {take.data === undefined && (
            <Button
              leftSection={<IconListCheck size={18} aria-hidden />}
              disabled={fresh === 0}
              loading={take.isPending}
              onClick={() => void make()}
            >
              {orders === undefined ? t('take', { count: fresh }) : t('make', { count: orders.length })}
            </Button>
          )}
        </Group>
      </Group>
      {take.error && <ProblemNotice error={take.error} />}
      {take.data && (
        <Alert
          color={take.data.end === 'done' ? 'green' : 'yellow'}
          icon={<IconCircleCheck aria-hidden />}
          title={t(take.data.end === 'done' ? 'taken-over' : 'stopped')}
          role="status"
        >
          {t('taken-over-about', { count: take.data.taken })}
        </Alert>
      )}
      {orders === undefined && read.withoutSegment > 0 && (
        <Alert color="yellow" icon={<IconInfoCircle aria-hidden />}>
          {t('without-segment', { count: read.withoutSegment })}
        </Alert>
      )}
      <ImportReport rows={rows} />
    </Stack>
  );
}
