import { Button, Group, Modal, NumberInput, SegmentedControl, Select, Stack, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { type SyntheticEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { LeaseView } from '../../../../../src/client/client.ts';
import { client } from '../../../data/client.ts';
import { ProblemNotice } from '../../../parts/problem-notice.tsx';
import { renewGuest } from '../use-guest.ts';
import { NicSelect } from './nic-select.tsx';

interface Props {
  readonly guest: string;
  readonly nics: readonly LeaseView[];
  readonly onClose: () => void;
}

/** Seconds to choose from. */
const times = [600, 3_600, 86_400, 604_800] as const;

/** Cuts a guest off, or limits what it may send, for a time. */
export function IsolateDialog({ guest, nics, onClose }: Props) {
  const { t } = useTranslation('guests');
  const [nic, setNic] = useState<number>();
  const [how, setHow] = useState('whole');
  const [frames, setFrames] = useState<number | string>(100);
  const [seconds, setSeconds] = useState(3_600);
  const [reason, setReason] = useState('');
  const isolate = useMutation({
    mutationFn: () =>
      client.isolation.isolate({
        guest,
        ...(nic === undefined ? {} : { nic }),
        ...(how === 'limit' ? { limit: `${frames}/second` } : {}),
        seconds,
        reason: reason.trim(),
      }),
    onSuccess: () => {
      notifications.show({ message: t('is-isolated', { guest }) });
      renewGuest(guest);
      onClose();
    },
  });
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    isolate.mutate();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('isolate-title', { guest })}
      closeButtonProps={{ 'aria-label': t('cancel') }}
    >
      <form onSubmit={submit}>
        <Stack gap="sm">
          <Text size="sm" c="dimmed">
            {t('isolate-about')}
          </Text>
          <NicSelect nics={nics} value={nic} onChange={setNic} all />
          <SegmentedControl
            aria-label={t('isolate')}
            data={[
              { value: 'whole', label: t('cut-off') },
              { value: 'limit', label: t('limit-frames') },
            ]}
            value={how}
            onChange={setHow}
          />
          {how === 'limit' && (
            <NumberInput
              label={t('frames-per-second')}
              min={1}
              max={1_000_000}
              value={frames}
              onChange={setFrames}
              required
            />
          )}
          <Select
            label={t('for-how-long')}
            data={times.map((time) => ({ value: String(time), label: t(`time-${time}`) }))}
            value={String(seconds)}
            onChange={(value) => setSeconds(Number(value ?? 3_600))}
            allowDeselect={false}
          />
          <TextInput
            label={t('reason')}
            description={t('reason-about')}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            maxLength={200}
            required
            data-autofocus
          />
          {isolate.error && <ProblemNotice error={isolate.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t('cancel')}
            </Button>
            <Button type="submit" color="red" loading={isolate.isPending}>
              {t('isolate')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
