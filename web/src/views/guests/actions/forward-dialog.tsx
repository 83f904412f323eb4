import { Button, Group, Modal, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { type SyntheticEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { LeaseView } from '../../../../../src/client/client.ts';
import { useChange } from '../../../change/proposal.ts';
import { renewGuest } from '../use-guest.ts';
import { NicSelect } from './nic-select.tsx';

interface Props {
  readonly guest: string;
  readonly nics: readonly LeaseView[];
  readonly onClose: () => void;
}

const ports = /^\d{1,5}(-\d{1,5})?$/;

/** Publishes a port of a guest. The change is shown as a plan before anything is done. */
export function ForwardDialog({ guest, nics, onClose }: Props) {
  const { t } = useTranslation('guests');
  const { propose } = useChange();
  const [protocol, setProtocol] = useState('tcp');
  const [port, setPort] = useState('');
  const [target, setTarget] = useState('');
  const [nic, setNic] = useState<number | undefined>(nics[0]?.nic);
  const [from, setFrom] = useState('');
  const [rate, setRate] = useState('');
  const wrong = (text: string): string | undefined =>
    text === '' || ports.test(text) ? undefined : t('no-port-number');
  const submit = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    if (!ports.test(port) || !ports.test(target)) return;
    const sources = from.split(/[\s,]+/).filter(Boolean);
    const body = {
      protocol,
      port: port.includes('-') ? port : Number(port),
      to: `${guest}${nic === undefined || nic === 0 ? '' : `/${nic}`}:${target}`,
      ...(sources.length === 0 ? {} : { from: sources }),
      ...(rate.trim() === '' ? {} : { rate: rate.trim() }),
    };
    onClose();
    await propose(
      { objects: [{ op: 'put', kind: 'forward', body }] },
      t('forward-title', { name: `${protocol}/${port}`, to: body.to }),
    );
    renewGuest(guest);
  };
  return (
    <Modal opened onClose={onClose} title={t('add-forward')} closeButtonProps={{ 'aria-label': t('cancel') }}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack gap="sm">
          <Text size="sm" c="dimmed">
            {t('forward-about', { guest })}
          </Text>
          <SegmentedControl
            aria-label={t('protocol')}
            data={[
              { value: 'tcp', label: 'TCP' },
              { value: 'udp', label: 'UDP' },
            ]}
            value={protocol}
            onChange={setProtocol}
          />
          <Group grow align="flex-start">
            <TextInput
              label={t('shared-port')}
              placeholder="8080"
              value={port}
              onChange={(event) => setPort(event.currentTarget.value.trim())}
              error={wrong(port)}
              required
              data-autofocus
            />
            <TextInput
              label={t('port-at-guest')}
              placeholder="80"
              value={target}
              onChange={(event) => setTarget(event.currentTarget.value.trim())}
              error={wrong(target)}
              required
            />
          </Group>
          <NicSelect nics={nics} value={nic} onChange={setNic} />
          <TextInput
            label={t('only-from')}
            description={t('only-from-about')}
            placeholder="198.51.100.0/24, 192.0.2.7"
            value={from}
            onChange={(event) => setFrom(event.currentTarget.value)}
          />
          <TextInput
            label={t('rate')}
            description={t('rate-about')}
            placeholder="10/minute"
            value={rate}
            onChange={(event) => setRate(event.currentTarget.value)}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t('cancel')}
            </Button>
            <Button type="submit">{t('show-plan')}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
