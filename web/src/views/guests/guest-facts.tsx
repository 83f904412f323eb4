import { Paper, Progress, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { LeaseView } from '../../../../src/client/client.ts';
import { useHasSessions } from '../../data/guests.ts';
import { renderCount, renderRate } from '../../parts/formats.ts';
import style from './guests.module.css';
import { SparkLine } from './spark-line.tsx';
import { useGuestRates, useGuestSums } from './use-guest.ts';

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <Paper className={style.fact ?? ''}>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      {children}
    </Paper>
  );
}

function Fill({ name, used, size }: { readonly name: string; readonly used: number; readonly size: number }) {
  const part = size === 0 ? 0 : Math.min(100, (used / size) * 100);
  return <Progress value={part} size="sm" mt={6} color={part >= 80 ? 'yellow' : 'brand'} aria-label={name} />;
}

/** How much of what a guest may have it uses, and what it does now. */
export function GuestFacts({ guest, nics }: { readonly guest: string; readonly nics: readonly LeaseView[] }) {
  const { t, i18n } = useTranslation('guests');
  const language = i18n.language;
  const hasSessions = useHasSessions();
  const sums = useGuestSums(guest).data;
  const rates = useGuestRates(guest);
  const now = rates.at(-1);
  const [first] = nics;
  return (
    <div className={style.facts}>
      {hasSessions && (
        <>
          <Fact name={t('traffic-now')}>
            <div className={style.figure}>
              {now === undefined ? '–' : renderRate(now.sent + now.received, language)}
            </div>
            <SparkLine samples={rates} />
            <Text size="xs" c="dimmed">
              {now === undefined
                ? '…'
                : t('sent-received', {
                    sent: renderRate(now.sent, language),
                    received: renderRate(now.received, language),
                  })}
            </Text>
          </Fact>
          <Fact name={t('sessions')}>
            <div className={style.figure}>{renderCount(sums?.sessions ?? 0, language)}</div>
            {sums && (
              <>
                <Fill name={t('sessions')} used={sums.sessions} size={sums.limit} />
                <Text size="xs" c="dimmed" mt={4}>
                  {t('of-at-most', { text: renderCount(sums.limit, language) })}
                </Text>
              </>
            )}
          </Fact>
        </>
      )}
      <Fact name={t('port-block')}>
        <div className={`${style.figure} mono`}>{first?.portBlock || '–'}</div>
        {sums && (
          <>
            <Fill name={t('port-block')} used={sums.ports.used} size={sums.ports.size} />
            <Text size="xs" c="dimmed" mt={4}>
              {t('ports-used', {
                used: renderCount(sums.ports.used, language),
                size: renderCount(sums.ports.size, language),
              })}
            </Text>
          </>
        )}
      </Fact>
      <Fact name={t('share')}>
        <div className={style.figure}>{t(first?.share === 'same-address' ? 'share-same' : 'share-nat')}</div>
        <Text size="xs" c="dimmed">
          {t(first?.share === 'same-address' ? 'share-same-about' : 'share-nat-about')}
        </Text>
      </Fact>
    </div>
  );
}
