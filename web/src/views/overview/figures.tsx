import { Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { EngineStatus } from '../../../../src/client/client.ts';
import { useMe } from '../../data/me.ts';
import { useRates } from '../../data/traffic.ts';
import { renderCount, renderRate } from '../../parts/formats.ts';
import type { ViewPath } from '../../parts/view-path.ts';
import style from './overview.module.css';

interface FigureProps {
  readonly name: string;
  readonly to: ViewPath;
  readonly state?: 'good' | 'warn' | 'bad';
  readonly children: ReactNode;
  /** What the number is to be compared with. */
  readonly note?: string | undefined;
}

function Figure({ name, to, state, children, note }: FigureProps) {
  return (
    <Link to={to} className={`surface ${style.figure}`}>
      <Text size="xs" c="dimmed" fw={500}>
        {name}
      </Text>
      <div className={style.number} data-state={state}>
        {children}
      </div>
      <Text size="xs" c="dimmed" lineClamp={2} mih="1.2em">
        {note}
      </Text>
    </Link>
  );
}

/** Through the uplink, now. */
function TrafficFigure({ each }: { readonly each: boolean }) {
  const { t, i18n } = useTranslation('overview');
  const uplink = useRates(each)?.uplink;
  return (
    <Figure name={t('traffic')} to="/sessions" note={t('traffic-note')}>
      {uplink === undefined ? (
        '–'
      ) : (
        <span className={style.rates}>
          <span>↓ {renderRate(uplink.received, i18n.language)}</span>
          <span>↑ {renderRate(uplink.sent, i18n.language)}</span>
        </span>
      )}
    </Figure>
  );
}

/** What there is, in numbers that lead to it. */
export function Figures({ status }: { readonly status: EngineStatus }) {
  const { t, i18n } = useTranslation('overview');
  const { nics, alerts, sessionTable: table } = status;
  // A tenant gets no way to views of the whole site.
  const everything = useMe().owner === undefined;
  const number = (count: number): string => renderCount(count, i18n.language);
  const alarm = alerts.critical > 0 ? 'bad' : alerts.firing > 0 ? 'warn' : 'good';
  return (
    <div className={style.figures}>
      <Figure
        name={t('figure-guests')}
        to="/guests"
        note={
          nics.waiting > 0
            ? t('plugged-and-waiting', { attached: number(nics.attached), waiting: number(nics.waiting) })
            : t('plugged', { count: nics.attached, number: number(nics.attached) })
        }
      >
        {number(status.guests)}
      </Figure>
      <Figure
        name={t('figure-segments')}
        to={everything ? '/site' : '/guests'}
        note={everything ? t('policies', { count: status.policies, number: number(status.policies) }) : undefined}
      >
        {number(status.segments.length)}
      </Figure>
      <Figure name={t('figure-forwards')} to={everything ? '/addresses' : '/guests'} note={status.uplink?.ipv4}>
        {number(status.forwards)}
      </Figure>
      {everything && (
        <Figure
          name={t('figure-sessions')}
          to="/sessions"
          note={table === undefined ? t('sessions-unread') : t('of-at-most', { number: number(table.max) })}
        >
          {table === undefined ? '–' : number(table.count)}
        </Figure>
      )}
      {everything && status.capabilities.gateway && <TrafficFigure each={nics.total <= 600} />}
      <Figure
        name={t('figure-alerts')}
        to="/alerts"
        state={alarm}
        note={alerts.critical > 0 ? t('critical', { count: alerts.critical }) : t(alerts.firing > 0 ? 'look' : 'quiet')}
      >
        {number(alerts.firing)}
      </Figure>
    </div>
  );
}
