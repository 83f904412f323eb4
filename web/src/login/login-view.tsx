import { Center, Paper } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '../parts/empty-state.tsx';

/** For a stranger, in place of everything else. After a log-in it calls `forgetEverything` of data/me.ts. */
export function LoginView() {
  const { t } = useTranslation('login');
  return (
    <Center component="main" mih="100dvh" p="md">
      <Paper w={400} p="lg">
        <EmptyState icon={IconLock} title={t('title')} />
      </Paper>
    </Center>
  );
}
