import { Button } from '@mantine/core';
import { IconMapOff } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '../parts/empty-state.tsx';

/** A path that leads nowhere. */
export function NotFound() {
  const { t } = useTranslation('shell');
  return (
    <EmptyState
      icon={IconMapOff}
      title={t('not-found')}
      actions={
        <Button variant="light" renderRoot={(props) => <Link to="/" {...props} />}>
          {t('to-overview')}
        </Button>
      }
    />
  );
}
