import { Alert, Button, Code, List, Modal, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconShieldCheck } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { client } from '../../data/client.ts';
import { ProblemNotice } from '../../parts/problem-notice.tsx';

/** Computes the chain anew, and says whether the journal is what was written. */
export function VerifyButton() {
  const { t } = useTranslation('audit');
  const verify = useMutation({ mutationFn: () => client.audit.verify() });
  const { data } = verify;
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconShieldCheck size={18} aria-hidden />}
        title={t('verify-about')}
        loading={verify.isPending}
        onClick={() => verify.mutate()}
      >
        {t('verify')}
      </Button>
      <Modal
        opened={data !== undefined || verify.error !== null}
        onClose={() => verify.reset()}
        title={t('verify')}
        size="lg"
        closeButtonProps={{ 'aria-label': t('close') }}
      >
        {verify.error && <ProblemNotice error={verify.error} />}
        {data?.whole && (
          <Stack gap="xs">
            <Alert
              color="green"
              icon={<IconShieldCheck aria-hidden />}
              title={t('whole', { count: data.entries })}
              role="status"
            >
              {t('whole-about')}
            </Alert>
            <Code block>{`${data.head.id} ${data.head.hash}`}</Code>
          </Stack>
        )}
        {data && !data.whole && (
          <Alert color="red" icon={<IconAlertTriangle aria-hidden />} title={t('not-whole')} role="alert">
            <List size="sm">
              {data.faults.map(({ fault, entries, text }) => (
                <List.Item key={`${fault} ${entries}`}>
                  {t('entries', { entries })}: {fault}. {text}
                </List.Item>
              ))}
            </List>
            {data.more > 0 && <Text size="sm">{t('more-faults', { count: data.more })}</Text>}
          </Alert>
        )}
      </Modal>
    </>
  );
}
