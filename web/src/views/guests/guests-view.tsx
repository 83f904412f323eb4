import { useTranslation } from 'react-i18next';
import { PageHead } from '../../parts/page-head.tsx';

export function GuestsView() {
  const { t } = useTranslation('guests');
  return <PageHead title={t('title')} />;
}
