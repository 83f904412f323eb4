import { useTranslation } from 'react-i18next';
import type { Rate } from '../../../data/rates.ts';
import { renderRate } from '../../../parts/formats.ts';
import style from './picture.module.css';

/** Bytes a second under which nothing is said to flow: what keeps neighbours known is no traffic. */
export const least = 64;

/** `↓ 1.2 Mbit/s ↑ 80 kbit/s`: towards the guests, and away from them. */
export function RateText({ rate }: { readonly rate: Rate | undefined }) {
  const { t, i18n } = useTranslation('overview');
  if (rate === undefined || rate.received + rate.sent < least) return null;
  const received = renderRate(rate.received, i18n.language);
  const sent = renderRate(rate.sent, i18n.language);
  return (
    <span className={style.rate} title={t('rate', { received, sent })}>
      <span>↓ {received}</span> <span>↑ {sent}</span>
    </span>
  );
}
