import { useTranslation } from 'react-i18next';

/** Words for a length of time in seconds: `5 minutes`, `2 hours`. */
export function useLasting(): (seconds: number) => string {
  const { t } = useTranslation('alerts');
  return (seconds) => {
    if (seconds >= 172_800 && seconds % 86_400 === 0) return t('days', { count: seconds / 86_400 });
    if (seconds >= 3_600 && seconds % 3_600 === 0) return t('hours', { count: seconds / 3_600 });
    if (seconds >= 60 && seconds % 60 === 0) return t('minutes', { count: seconds / 60 });
    return `${seconds} s`;
  };
}
