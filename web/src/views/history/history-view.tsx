import { useTranslation } from 'react-i18next';
import { PageHead } from '../../parts/page-head.tsx';

export function HistoryView() {
  const { t } = useTranslation('history');
  return <PageHead title={t('title')} />;
}
