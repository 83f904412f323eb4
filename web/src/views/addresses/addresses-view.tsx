import { useTranslation } from 'react-i18next';
import { PageHead } from '../../parts/page-head.tsx';

export function AddressesView() {
  const { t } = useTranslation('addresses');
  return <PageHead title={t('title')} />;
}
