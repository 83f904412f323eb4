import { useTranslation } from 'react-i18next';
import { PageHead } from '../../parts/page-head.tsx';

export function AlertsView() {
  const { t } = useTranslation('alerts');
  return <PageHead title={t('title')} />;
}
