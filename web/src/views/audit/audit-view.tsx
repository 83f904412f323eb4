import { useTranslation } from 'react-i18next';
import { PageHead } from '../../parts/page-head.tsx';

export function AuditView() {
  const { t } = useTranslation('audit');
  return <PageHead title={t('title')} />;
}
