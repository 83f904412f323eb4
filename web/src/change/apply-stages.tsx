import { Loader } from '@mantine/core';
import { IconCheck, IconPoint } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ChangeStage } from '../../../src/client/client.ts';
import style from './change.module.css';

const stages = ['read', 'wait', 'plan', 'kernel', 'commit'] as const satisfies readonly ChangeStage[];

/** When each stage began, as the page heard of it (milliseconds of `performance.now()`). */
export type StageTimes = Partial<Record<ChangeStage, number>>;

/** How far a change is. Applying ten thousand guests takes its time, and somebody waits. */
export function ApplyStages({ times }: { readonly times: StageTimes }) {
  const { t } = useTranslation('change');
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 100);
    return () => clearInterval(timer);
  }, []);
  const latest = stages.findLastIndex((stage) => times[stage] !== undefined);
  return (
    <ol className={style.stages} aria-label={t('stages')} aria-live="polite">
      {stages.map((stage, index) => {
        const state = index < latest ? 'done' : index === latest ? 'now' : 'later';
        const began = times[stage];
        const ended = stages.slice(index + 1).flatMap((later) => times[later] ?? [])[0];
        return (
          <li
            key={stage}
            className={style.stage}
            data-state={state}
            aria-current={state === 'now' ? 'step' : undefined}
          >
            <span className={style['stage-sign']}>
              {state === 'done' && <IconCheck size={18} aria-hidden />}
              {state === 'now' && <Loader size={16} />}
              {state === 'later' && <IconPoint size={18} aria-hidden />}
            </span>
            {t(`stage-${stage}`)}
            {began !== undefined && state !== 'later' && (
              <span className={style['stage-time']} aria-hidden>
                {(((ended ?? now) - began) / 1000).toFixed(1)} s
              </span>
            )}
          </li>
        );
      })}
    </ol>
  );
}
