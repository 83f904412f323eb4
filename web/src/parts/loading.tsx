import { Center, Loader } from '@mantine/core';
import { useTranslation } from 'react-i18next';

/** Something is on its way. */
export function Loading() {
  const { t } = useTranslation('parts');
  return (
    <Center py={64} role="status" aria-label={t('loading')}>
      <Loader type="dots" />
    </Center>
  );
}
