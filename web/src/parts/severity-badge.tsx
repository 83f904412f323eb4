import { Badge } from '@mantine/core';
import { useTranslation } from 'react-i18next';

type Severity = 'info' | 'warning' | 'critical';

const colours: Readonly<Record<Severity, string>> = { info: 'blue', warning: 'yellow', critical: 'red' };

/** How much somebody has to care. */
export function SeverityBadge({ severity }: { readonly severity: Severity }) {
  const { t } = useTranslation('parts');
  return <Badge color={colours[severity]}>{t(severity)}</Badge>;
}
