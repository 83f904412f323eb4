import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconArrowBackUp, IconCheck } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useEffectEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { request } from '../../../src/client/request.ts';
import { client, transport } from '../data/client.ts';
import { useMay } from '../data/me.ts';
import { statusKey } from '../data/status.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import style from './change.module.css';
import { useServerClock } from './server-clock.ts';
import { noteSettled } from './settled-here.ts';

/** Seconds that are called near: the banner turns red. */
const near = 10;

const clockOf = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(Math.ceil(seconds % 60) % 60).padStart(2, '0')}`;

interface Props {
  readonly revision: number;
  /** When it goes back by itself; milliseconds since the epoch, by the daemon's clock. */
  readonly confirmBy: number;
}

/**
 * A change that waits to be confirmed. Nothing needs to be done for it to go back: the daemon does that, and whoever
 * still sees this page has not been cut off.
 */
export function Countdown({ revision, confirmBy }: Props) {
  const { t } = useTranslation('change');
  const queries = useQueryClient();
  const may = useMay('operator');
  const offset = useServerClock(true);
  const [now, setNow] = useState(() => Date.now());
  const head = useQuery({
    queryKey: ['revision', 'head', revision],
    queryFn: async () => (await client.revisions(1))[0],
    staleTime: Number.POSITIVE_INFINITY,
  });
  const about = head.data?.number === revision ? head.data : undefined;
  const left = Math.max(0, (confirmBy - now - offset) / 1000);
  const whole = about === undefined ? Math.max(60, left) : (confirmBy - about.at) / 1000;
  const settle = useMutation({
    mutationFn: async (kept: boolean) => {
      noteSettled(revision);
      if (kept) await client.confirm();
      else await request(transport, 'POST', '/v1/rollback', {});
      return kept;
    },
    onSuccess: (kept) => {
      notifications.show({
        color: kept ? 'green' : 'blue',
        message: kept ? t('kept', { revision }) : t('undone'),
        icon: kept ? <IconCheck size={18} aria-hidden /> : <IconArrowBackUp size={18} aria-hidden />,
      });
    },
    onSettled: () => queries.invalidateQueries(),
  });
  const isOver = left === 0;

  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, []);
  const ask = useEffectEvent(() => {
    void queries.invalidateQueries({ queryKey: statusKey });
  });
  useEffect(() => {
    if (!isOver) return;
    const timer = setInterval(ask, 1_000);
    return () => clearInterval(timer);
  }, [isOver]);
  return (
    <section className={style.banner} data-near={left < near} aria-label={t('pending', { revision })}>
      <div className={style['banner-inner']}>
        <span className={style.clock} role="timer" aria-label={t('goes-back-in')}>
          {clockOf(left)}
        </span>
        <div className={style['banner-words']} role="status">
          <Text fw={600}>{t('pending', { revision })}</Text>
          <Text size="sm" c="dimmed" lineClamp={2}>
            {isOver
              ? t('goes-back-now')
              : about
                ? t('pending-by', { comment: about.comment, author: about.author })
                : t('goes-back-in')}
          </Text>
        </div>
        {may && (
          <Group gap="xs">
            <Button
              variant="default"
              leftSection={<IconArrowBackUp size={18} aria-hidden />}
              loading={settle.isPending && settle.variables === false}
              disabled={settle.isPending || isOver}
              onClick={() => settle.mutate(false)}
            >
              {t('undo')}
            </Button>
            <Button
              leftSection={<IconCheck size={18} aria-hidden />}
              loading={settle.isPending && settle.variables === true}
              disabled={settle.isPending || isOver}
              onClick={() => settle.mutate(true)}
            >
              {t('keep')}
            </Button>
          </Group>
        )}
      </div>
      {settle.error && <ProblemNotice error={settle.error} />}
      <div
        className={style.drain}
        style={{ transform: `scaleX(${Math.min(1, left / Math.max(1, whole))})` }}
        aria-hidden
      />
    </section>
  );
}
