import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { type SyntheticEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { LeaseView } from '../../../../../src/client/client.ts';
import { client } from '../../../data/client.ts';
import { ProblemNotice } from '../../../parts/problem-notice.tsx';
import { renewGuest } from '../use-guest.ts';
import { NicSelect } from './nic-select.tsx';
import { secondsOf } from './seconds-of.ts';

interface Props {
  readonly guest: string;
  readonly nics: readonly LeaseView[];
  readonly onClose: () => void;
}

/** Gives a guest new MAC addresses; both hold until it has moved. */
export function RotateDialog({ guest, nics, onClose }: Props) {
  const { t } = useTranslation('guests');
  const [nic, setNic] = useState<number>();
  const [overlap, setOverlap] = useState('');
  const seconds = overlap === '' ? undefined : secondsOf(overlap);
  const isWrong = overlap !== '' && seconds === undefined;
  const rotate = useMutation({
    mutationFn: () =>
      client.rotations.rotate({
        nics: nics.filter((one) => nic === undefined || one.nic === nic).map((one) => ({ guest, nic: one.nic })),
        ...(seconds === undefined ? {} : { overlap: seconds }),
      }),
    onSuccess: ({ skipped }) => {
      notifications.show({ message: skipped[0] ?? t('is-rotating', { guest }) });
      renewGuest(guest);
      onClose();
    },
  });
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (!isWrong) rotate.mutate();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('rotate-title', { guest })}
      closeButtonProps={{ 'aria-label': t('cancel') }}
    >
      <form onSubmit={submit}>
        <Stack gap="sm">
          <Text size="sm" c="dimmed">
            {t('rotate-about')}
          </Text>
          <NicSelect nics={nics} value={nic} onChange={setNic} all />
          <TextInput
            label={t('overlap')}
            description={t('overlap-about')}
            placeholder="24h"
            value={overlap}
            onChange={(event) => setOverlap(event.currentTarget.value.trim())}
            error={isWrong ? t('no-duration') : undefined}
          />
          {rotate.error && <ProblemNotice error={rotate.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t('cancel')}
            </Button>
            <Button type="submit" loading={rotate.isPending}>
              {t('rotate')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
