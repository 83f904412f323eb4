import { Anchor, CloseButton, Code, Group, Paper, Text, ThemeIcon, Title } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { IconCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Trans, useTranslation } from 'react-i18next';
import type { EngineStatus } from '../../../../src/client/client.ts';
import { client } from '../../data/client.ts';
import type { ViewPath } from '../../parts/view-path.ts';
import style from './overview.module.css';

interface Step {
  readonly key: 'site' | 'guests' | 'plug' | 'publish' | 'told';
  readonly done: boolean;
  readonly to: ViewPath;
}

function stepsOf(status: EngineStatus, told: boolean): Step[] {
  return [
    { key: 'site', done: status.segments.length > 0, to: '/site' },
    { key: 'guests', done: status.guests > 0, to: '/site' },
    { key: 'plug', done: status.nics.attached > 0, to: '/guests' },
    { key: 'publish', done: status.forwards > 0, to: '/guests' },
    { key: 'told', done: told, to: '/alerts' },
  ];
}

/** For a new user: what to do next. Gone when all is done, or when somebody puts it away. */
export function FirstSteps({ status }: { readonly status: EngineStatus }) {
  const { t } = useTranslation('overview');
  const [away, setAway] = useLocalStorage({
    key: 'bridgekeeper-first-steps-away',
    defaultValue: false,
    getInitialValueInEffect: false,
  });
  const notifiers = useQuery({
    queryKey: ['notifiers'],
    queryFn: () => client.alerts.notifiers(),
    staleTime: 60_000,
    enabled: !away,
  });
  const steps = stepsOf(status, (notifiers.data?.length ?? 0) > 0);
  const next = steps.find(({ done }) => !done);
  // Nothing is hidden from somebody who has no site at all.
  if (next === undefined || (away && next.key !== 'site') || notifiers.isPending) return null;
  return (
    <Paper component="section" className="surface" p="md" data-part="first-steps">
      <Group justify="space-between" align="flex-start" mb="sm" wrap="nowrap">
        <div>
          <Title order={2}>{t('first-steps')}</Title>
          <Text size="sm" c="dimmed">
            {t('first-steps-about', { done: steps.filter(({ done }) => done).length, all: steps.length })}
          </Text>
        </div>
        {next.key !== 'site' && <CloseButton aria-label={t('put-away')} onClick={() => setAway(true)} />}
      </Group>
      <ol className={style.steps}>
        {steps.map(({ key, done, to }, index) => (
          <li
            key={key}
            className={style.step}
            data-done={done || undefined}
            data-next={key === next.key || undefined}
            aria-current={key === next.key ? 'step' : undefined}
          >
            <ThemeIcon
              size={26}
              radius="xl"
              variant={done || key === next.key ? 'filled' : 'default'}
              {...(done && { role: 'img', 'aria-label': t('done') })}
            >
              {done ? <IconCheck size={16} /> : <span>{index + 1}</span>}
            </ThemeIcon>
            <div>
              <Anchor fw={600} size="sm" renderRoot={(props) => <Link to={to} {...props} />}>
                {t(`step-${key}`)}
              </Anchor>
              {!done && (
                <Text size="sm" c="dimmed" component="div">
                  <Trans ns="overview" i18nKey={`step-${key}-how`} components={{ code: <Code /> }} />
                </Text>
              )}
            </div>
          </li>
        ))}
      </ol>
    </Paper>
  );
}
