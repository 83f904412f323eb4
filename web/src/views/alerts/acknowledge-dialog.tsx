import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AlertView } from '../../../../src/client/alerts.ts';
import { client } from '../../data/client.ts';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { alertsKey } from './alert-queries.ts';

interface Props {
  readonly alert: AlertView;
  readonly onClose: () => void;
}

/** Somebody says that they look after an alert, and why it may wait. */
export function AcknowledgeDialog({ alert, onClose }: Props) {
  const { t } = useTranslation('alerts');
  const queries = useQueryClient();
  const [reason, setReason] = useState('');
  const acknowledge = useMutation({
    mutationFn: () => client.alerts.acknowledge(alert.id, reason.trim()),
    onSuccess: () => {
      notifications.show({ color: 'green', message: t('acknowledged') });
      onClose();
    },
    onSettled: () => queries.invalidateQueries({ queryKey: alertsKey }),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    acknowledge.mutate();
  };
  return (
    <Modal opened onClose={onClose} title={t('acknowledge')} closeButtonProps={{ 'aria-label': t('cancel') }}>
      <form onSubmit={submit}>
        <Stack>
          <Text fw={550}>{alert.text}</Text>
          <TextInput
            label={t('reason')}
            description={t('acknowledge-about')}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            maxLength={500}
            required
            data-autofocus
          />
          {acknowledge.error && <ProblemNotice error={acknowledge.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('cancel')}
            </Button>
            <Button type="submit" loading={acknowledge.isPending} disabled={reason.trim() === ''}>
              {t('acknowledge')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
