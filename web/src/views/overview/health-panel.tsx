import { Progress, Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconInfoCircle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { EngineStatus } from '../../../../src/client/client.ts';
import { renderCount } from '../../parts/formats.ts';
import { Moment } from '../../parts/moment.tsx';
import style from './overview.module.css';
import { Panel } from './panel.tsx';

/** Sentences of a kind that are shown. */
const most = 4;

type State = 'good' | 'warn' | 'bad' | 'quiet';

function Line({ state, children }: { readonly state: State; readonly children: ReactNode }) {
  const Sign = state === 'good' ? IconCircleCheck : state === 'quiet' ? IconInfoCircle : IconAlertTriangle;
  return (
    <li className={style.line}>
      <Sign size={18} stroke={1.8} className={style.sign ?? ''} data-state={state} aria-hidden />
      <div>{children}</div>
    </li>
  );
}

/** Sentences of the daemon, as many as there is room for. */
function Sentences({ state, all }: { readonly state: State; readonly all: readonly string[] }) {
  const { t } = useTranslation('overview');
  return (
    <>
      {all.slice(0, most).map((text) => (
        <Line key={text} state={state}>
          <Text size="sm">{text}</Text>
        </Line>
      ))}
      {all.length > most && (
        <Line state="quiet">
          <Text size="sm">{t('more', { count: all.length - most })}</Text>
        </Line>
      )}
    </>
  );
}

function SessionTable({ table }: { readonly table: NonNullable<EngineStatus['sessionTable']> }) {
  const { t, i18n } = useTranslation('overview');
  const share = table.max === 0 ? 0 : (100 * table.count) / table.max;
  const state = share >= 95 ? 'bad' : share >= 80 ? 'warn' : 'good';
  const values = { used: renderCount(table.count, i18n.language), max: renderCount(table.max, i18n.language) };
  return (
    <Line state={state}>
      <Text size="sm">{t('session-table', values)}</Text>
      <Progress
        value={share}
        size="sm"
        mt={4}
        color={state === 'bad' ? 'red' : state === 'warn' ? 'yellow' : 'brand'}
        aria-label={t('session-table', values)}
      />
    </Line>
  );
}

/** Whether the host is as the site says, what runs beside it, what somebody should know. */
export function HealthPanel({ status }: { readonly status: EngineStatus }) {
  const { t } = useTranslation('overview');
  const { drift, services, warnings, lastRepair, recorder, capabilities, sessionTable } = status;
  const down = services.filter(({ state }) => state !== 'running');
  return (
    <Panel title={t('health')} more={{ to: '/alerts', text: t('to-alerts') }}>
      <ul className={style.list}>
        {!capabilities.gateway ? (
          <Line state="quiet">
            <Text size="sm">{t('no-gateway')}</Text>
          </Line>
        ) : drift.length === 0 ? (
          <Line state="good">
            <Text size="sm">{t('as-declared')}</Text>
          </Line>
        ) : (
          <Sentences state="bad" all={drift} />
        )}
        {services.length > 0 && down.length === 0 && (
          <Line state="good">
            <Text size="sm">{t('services-run', { count: services.length })}</Text>
          </Line>
        )}
        {down.map(({ name, state }) => (
          <Line key={name} state={state === 'stopped' ? 'bad' : 'warn'}>
            <Text size="sm">{t(`service-${state === 'stopped' ? 'stopped' : 'absent'}`, { name })}</Text>
          </Line>
        ))}
        {sessionTable !== undefined && <SessionTable table={sessionTable} />}
        {capabilities.gateway && recorder !== undefined && recorder.mode !== 'off' && (
          <Line state={recorder.running ? 'good' : 'bad'}>
            <Text size="sm">{t(recorder.running ? 'recorded' : 'not-recorded')}</Text>
          </Line>
        )}
        {lastRepair !== undefined && (
          <Line state="quiet">
            <Text size="sm">{lastRepair.text}</Text>
            <Text size="xs" c="dimmed">
              <Moment at={lastRepair.at} />
            </Text>
          </Line>
        )}
        <Sentences state="warn" all={warnings} />
      </ul>
    </Panel>
  );
}
