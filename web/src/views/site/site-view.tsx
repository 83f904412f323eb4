import { useTranslation } from 'react-i18next';
import { PageHead } from '../../parts/page-head.tsx';

export function SiteView() {
  const { t } = useTranslation('site');
  return <PageHead title={t('title')} />;
}
