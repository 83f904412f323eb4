import { useTranslation } from 'react-i18next';
import { PageHead } from '../../parts/page-head.tsx';

export function SessionsView() {
  const { t } = useTranslation('sessions');
  return <PageHead title={t('title')} />;
}
