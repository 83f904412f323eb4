import { Autocomplete, Button, Group, Modal, Select, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AlertView, SilenceOrder } from '../../../../src/client/alerts.ts';
import { client } from '../../data/client.ts';
import { useStatus } from '../../data/status.ts';
import { exactTime } from '../../parts/moment.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { alertsKey, useRules } from './alert-queries.ts';
import { useLasting } from './lasting.ts';

const lengths = [900, 3_600, 14_400, 28_800, 86_400, 604_800, 2_592_000] as const;

interface Props {
  /** The alert whose like shall be silent; without it the choice begins empty. */
  readonly about?: AlertView;
  readonly onClose: () => void;
}

const present = (text: string): string | undefined => (text.trim() === '' ? undefined : text.trim());

/** Keeps alerts that fit from being told for a time. */
export function SilenceDialog({ about, onClose }: Props) {
  const { t } = useTranslation('alerts');
  const lasting = useLasting();
  const queries = useQueryClient();
  const rules = useRules().data ?? [];
  const segments = useStatus().data?.segments ?? [];
  const guests = useQuery({ queryKey: ['guests', 'names'], queryFn: () => client.objects('guest'), staleTime: 30_000 });
  const [rule, setRule] = useState(about?.rule ?? null);
  const [guest, setGuest] = useState(about?.subject.guest ?? '');
  const [segment, setSegment] = useState(about?.subject.guest === undefined ? (about?.subject.segment ?? null) : null);
  const [owner, setOwner] = useState('');
  const [seconds, setSeconds] = useState<number>(3_600);
  const [reason, setReason] = useState('');
  const silence = useMutation({
    mutationFn: () => {
      const [of, ofOwner] = [present(guest), present(owner)];
      const order: SilenceOrder = {
        seconds,
        reason: reason.trim(),
        ...(rule === null ? {} : { rule }),
        ...(segment === null ? {} : { segment }),
        ...(of === undefined ? {} : { guest: of }),
        ...(ofOwner === undefined ? {} : { ofOwner }),
      };
      return client.alerts.silence(order);
    },
    onSuccess: ({ until }) => {
      notifications.show({ color: 'green', message: t('silenced-until', { until: exactTime(until) }) });
      onClose();
    },
    onSettled: () => queries.invalidateQueries({ queryKey: alertsKey }),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    silence.mutate();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={about ? t('silence') : t('new-silence')}
      closeButtonProps={{ 'aria-label': t('cancel') }}
    >
      <form onSubmit={submit}>
        <Stack>
          <Text size="sm" c="dimmed">
            {t('silence-about')}
          </Text>
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <Select
              label={t('rule')}
              placeholder={t('any')}
              clearable
              searchable
              data={rules.map(({ name }) => name)}
              value={rule}
              onChange={setRule}
            />
            <Autocomplete
              label={t('guest')}
              placeholder={t('any')}
              limit={20}
              data={(guests.data ?? []).map(({ name }) => name)}
              value={guest}
              onChange={setGuest}
            />
            <Select
              label={t('segment')}
              placeholder={t('any')}
              clearable
              data={segments.map(({ name }) => name)}
              value={segment}
              onChange={setSegment}
            />
            <TextInput
              label={t('of-owner')}
              placeholder={t('any')}
              maxLength={63}
              value={owner}
              onChange={(event) => setOwner(event.currentTarget.value)}
            />
          </SimpleGrid>
          <Select
            label={t('for-how-long')}
            allowDeselect={false}
            data={lengths.map((value) => ({ value: String(value), label: lasting(value) }))}
            value={String(seconds)}
            onChange={(value) => setSeconds(Number(value))}
          />
          <TextInput
            label={t('reason')}
            required
            maxLength={500}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            data-autofocus
          />
          {silence.error && <ProblemNotice error={silence.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('cancel')}
            </Button>
            <Button type="submit" loading={silence.isPending} disabled={reason.trim() === ''}>
              {t('silence')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
