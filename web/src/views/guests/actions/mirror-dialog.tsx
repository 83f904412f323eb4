import { Button, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core';
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

const times = [600, 3_600, 86_400] as const;

/** Copies what a NIC sends and is sent to somewhere else, for a time. */
export function MirrorDialog({ guest, nics, onClose }: Props) {
  const { t } = useTranslation('guests');
  const [nic, setNic] = useState<number | undefined>(nics[0]?.nic);
  const [to, setTo] = useState('');
  const [direction, setDirection] = useState('both');
  const [peer, setPeer] = useState('');
  const [seconds, setSeconds] = useState(3_600);
  const mirror = useMutation({
    mutationFn: () =>
      client.mirrors.start({
        guest,
        nic: nic ?? 0,
        to: to.trim(),
        seconds,
        ...(direction === 'both' ? {} : { direction: direction as 'in' | 'out' }),
        ...(peer.trim() === '' ? {} : { peer: peer.trim() }),
      }),
    onSuccess: () => {
      notifications.show({ message: t('is-mirrored', { guest, to }) });
      renewGuest(guest);
      onClose();
    },
  });
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    mirror.mutate();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('mirror-title', { guest })}
      closeButtonProps={{ 'aria-label': t('cancel') }}
    >
      <form onSubmit={submit}>
        <Stack gap="sm">
          <Text size="sm" c="dimmed">
            {t('mirror-about')}
          </Text>
          <NicSelect nics={nics} value={nic} onChange={setNic} />
          <TextInput
            label={t('mirror-to')}
            description={t('mirror-to-about')}
            placeholder="vxlan://192.0.2.7:4789/42"
            value={to}
            onChange={(event) => setTo(event.currentTarget.value)}
            required
            data-autofocus
          />
          <Group grow>
            <Select
              label={t('direction')}
              data={(['both', 'in', 'out'] as const).map((value) => ({ value, label: t(`direction-${value}`) }))}
              value={direction}
              onChange={(value) => setDirection(value ?? 'both')}
              allowDeselect={false}
            />
            <Select
              label={t('for-how-long')}
              data={times.map((time) => ({ value: String(time), label: t(`time-${time}`) }))}
              value={String(seconds)}
              onChange={(value) => setSeconds(Number(value ?? 3_600))}
              allowDeselect={false}
            />
          </Group>
          <TextInput
            label={t('only-peer')}
            placeholder="198.51.100.0/24"
            value={peer}
            onChange={(event) => setPeer(event.currentTarget.value)}
          />
          {mirror.error && <ProblemNotice error={mirror.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t('cancel')}
            </Button>
            <Button type="submit" loading={mirror.isPending}>
              {t('mirror')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
