import { Button, Group, Stack, Text } from '@mantine/core';
import { IconFileCode, IconFilePlus, IconFileSearch, IconUpload } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { request } from '../../../../src/client/request.ts';
import { transport } from '../../data/client.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { firstSite } from './first-site.ts';

interface Props {
  /** Goes on in the editor with a text. */
  readonly onBegin: (text: string) => void;
  readonly onImport: () => void;
  readonly mayBegin: boolean;
}

/** Where no site is yet: ways to the first one. */
export function FirstSteps({ onBegin, onImport, mayBegin }: Props) {
  const { t } = useTranslation('site');
  const suggest = useMutation({
    mutationFn: () => request<{ readonly text: string }>(transport, 'GET', '/v1/site/suggestion'),
    onSuccess: ({ text }) => onBegin(text),
  });
  return (
    <EmptyState
      icon={IconFileCode}
      title={t('first')}
      actions={
        mayBegin ? (
          <Stack align="center" gap="sm" mt="xs">
            <Group justify="center" gap="sm">
              <Button
                leftSection={<IconFileSearch size={18} aria-hidden />}
                loading={suggest.isPending}
                onClick={() => suggest.mutate()}
              >
                {t('suggest')}
              </Button>
              <Button
                variant="default"
                leftSection={<IconFilePlus size={18} aria-hidden />}
                onClick={() => onBegin(firstSite)}
              >
                {t('begin')}
              </Button>
              <Button variant="default" leftSection={<IconUpload size={18} aria-hidden />} onClick={onImport}>
                {t('begin-import')}
              </Button>
            </Group>
            <Text size="sm" c="dimmed" maw={480}>
              {t('suggest-about')}
            </Text>
            {suggest.error && <ProblemNotice error={suggest.error} />}
          </Stack>
        ) : undefined
      }
    >
      {t('first-about')}
    </EmptyState>
  );
}
