import { Group, Paper, Progress, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Fragment, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { GuestSessions } from '../../../../src/client/sessions.ts';
import { useGuestSessions } from '../../data/guests.ts';
import { renderBytes, renderCount, renderPercent, renderRate } from '../../parts/formats.ts';
import { Loading } from '../../parts/loading.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { useRates } from './rates.ts';
import style from './sessions.module.css';

const orders = ['rate', 'bytes', 'sessions'] as const;
type Order = (typeof orders)[number];

const most = 25;
const every = 2_000;
const keyOf = ({ guest }: GuestSessions): string => guest;
const countOf = ({ bytesSent, bytesReceived }: GuestSessions): number => bytesSent + bytesReceived;

function Fact({ name, value, part }: { readonly name: string; readonly value: string; readonly part?: number }) {
  return (
    <Paper className={style.fact ?? ''}>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <div className={style.figure}>{value}</div>
      {part !== undefined && (
        <Progress value={part} size="sm" mt={6} color={part >= 80 ? 'yellow' : 'brand'} aria-label={name} />
      )}
    </Paper>
  );
}

/** Guests by how much they send and receive, the largest first. */
export function Talkers() {
  const { t, i18n } = useTranslation('sessions');
  const language = i18n.language;
  const { data, error, isPending } = useGuestSessions(every);
  const [order, setOrder] = useState<Order>('rate');
  const rates = useRates(data?.at, data?.guests ?? [], keyOf, countOf);
  if (isPending) return <Loading />;
  if (!data) return <ProblemNotice error={error} />;
  const size = (guest: GuestSessions): number => {
    if (order === 'rate') return rates.get(guest.guest) ?? 0;
    return order === 'bytes' ? countOf(guest) : guest.sessions;
  };
  const top = [...data.guests].sort((a, b) => size(b) - size(a)).slice(0, most);
  const largest = Math.max(1, ...top.map(size));
  const total = [...rates.values()].reduce((sum, rate) => sum + rate, 0);
  const words = (guest: GuestSessions): string => {
    if (order === 'sessions') return renderCount(guest.sessions, language);
    return order === 'rate' ? renderRate(size(guest), language) : renderBytes(size(guest), language);
  };
  const { table, all } = data;
  return (
    <Stack gap="md">
      <div className={style.facts}>
        <Fact name={t('open-sessions')} value={renderCount(all.sessions, language)} />
        <Fact name={t('rate-now')} value={renderRate(total, language)} />
        <Fact name={t('guests-with-sessions')} value={renderCount(data.total, language)} />
        <Fact
          name={t('table-fill', { count: table.count, max: table.max })}
          value={table.max === 0 ? '–' : renderPercent((table.count / table.max) * 100, language)}
          part={table.max === 0 ? 0 : (table.count / table.max) * 100}
        />
      </div>
      <Paper p="md" className={style.hit ?? ''}>
        <Group justify="space-between" mb="sm">
          <Title order={2}>{t('talkers')}</Title>
          <SegmentedControl
            size="xs"
            aria-label={t('order')}
            data={orders.map((value) => ({ value, label: t(`by-${value}`) }))}
            value={order}
            onChange={(value) => setOrder(value as Order)}
          />
        </Group>
        {top.length === 0 ? (
          <Text size="sm" c="dimmed">
            {t('no-session')}
          </Text>
        ) : (
          <div className={style.talkers}>
            {top.map((guest) => {
              const whole = (size(guest) / largest) * 100;
              const sent = countOf(guest) === 0 ? 0.5 : guest.bytesSent / countOf(guest);
              return (
                <Fragment key={guest.guest}>
                  <Link to="/guests/$guest" params={{ guest: guest.guest }} className={style.guest}>
                    {guest.guest}
                  </Link>
                  <div className={style.bar} aria-hidden>
                    {order === 'sessions' ? (
                      <span className={style.sent} style={{ width: `${whole}%` }} />
                    ) : (
                      <>
                        <span className={style.sent} style={{ width: `${whole * sent}%` }} />
                        <span className={style.received} style={{ width: `${whole * (1 - sent)}%` }} />
                      </>
                    )}
                  </div>
                  <Text size="sm" ta="end">
                    {words(guest)}
                  </Text>
                </Fragment>
              );
            })}
          </div>
        )}
        {order !== 'sessions' && (
          <Group gap="md" mt="sm">
            {(['sent', 'received'] as const).map((way) => (
              <Group key={way} gap={6}>
                <span className={`${style.swatch} ${style[way]}`} aria-hidden />
                <Text size="xs" c="dimmed">
                  {t(`${way}-by-guest`)}
                </Text>
              </Group>
            ))}
          </Group>
        )}
      </Paper>
    </Stack>
  );
}
