import { Group, Paper, Progress, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Fragment, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { GuestSessions } from '../../../../src/client/sessions.ts';
import { useGuestSessions } from '../../data/guests.ts';
import type { Rates } from '../../data/rates.ts';
import { useRates } from '../../data/traffic.ts';
import { renderBytes, renderCount, renderRate } from '../../parts/formats.ts';
import { Loading } from '../../parts/loading.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import style from './sessions.module.css';

const orders = ['rate', 'bytes', 'sessions'] as const;
type Order = (typeof orders)[number];

const most = 25;
const every = 2_000;
/** One bar: what a guest sends and receives, in bytes or bytes a second, or its sessions. */
interface Talker {
  readonly guest: string;
  readonly sent: number;
  readonly received: number;
}

const sizeOf = ({ sent, received }: Talker): number => sent + received;

function byRate(rates: Rates | undefined): Talker[] {
  const guests = new Map<string, Talker>();
  for (const [key, { sent, received }] of rates?.guests ?? []) {
    const guest = key.slice(key.indexOf(' ') + 1);
    const before = guests.get(guest) ?? { guest, sent: 0, received: 0 };
    guests.set(guest, { guest, sent: before.sent + sent, received: before.received + received });
  }
  return [...guests.values()].filter((talker) => sizeOf(talker) >= 1);
}

function talkersOf(order: Order, guests: readonly GuestSessions[], rates: Rates | undefined): Talker[] {
  if (order === 'rate') return byRate(rates);
  return guests.map(({ guest, bytesSent, bytesReceived, sessions }) =>
    order === 'bytes' ? { guest, sent: bytesSent, received: bytesReceived } : { guest, sent: sessions, received: 0 },
  );
}

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
  const rates = useRates(true);
  if (isPending) return <Loading />;
  if (!data) return <ProblemNotice error={error} />;
  const top = talkersOf(order, data.guests, rates)
    .sort((a, b) => sizeOf(b) - sizeOf(a))
    .slice(0, most);
  const largest = Math.max(1, ...top.map(sizeOf));
  const words = (talker: Talker): string => {
    if (order === 'sessions') return renderCount(talker.sent, language);
    return order === 'rate' ? renderRate(sizeOf(talker), language) : renderBytes(sizeOf(talker), language);
  };
  const { uplink } = rates ?? {};
  const { table, all } = data;
  return (
    <Stack gap="md">
      <div className={style.facts}>
        <Fact name={t('open-sessions')} value={renderCount(all.sessions, language)} />
        <Fact
          name={t('rate-now')}
          value={uplink === undefined ? '–' : renderRate(uplink.sent + uplink.received, language)}
        />
        <Fact name={t('guests-with-sessions')} value={renderCount(data.total, language)} />
        <Fact
          name={t('table-fill', { max: renderCount(table.max, language) })}
          value={renderCount(table.count, language)}
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
            {t(order === 'rate' ? 'no-traffic' : 'no-session')}
          </Text>
        ) : (
          <div className={style.talkers}>
            {top.map((talker) => (
              <Fragment key={talker.guest}>
                <Link to="/guests/$guest" params={{ guest: talker.guest }} className={style.guest}>
                  {talker.guest}
                </Link>
                <div className={style.bar} aria-hidden>
                  <span className={style.sent} style={{ width: `${(talker.sent / largest) * 100}%` }} />
                  <span className={style.received} style={{ width: `${(talker.received / largest) * 100}%` }} />
                </div>
                <Text size="sm" ta="end">
                  {words(talker)}
                </Text>
              </Fragment>
            ))}
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
