import { Anchor, Badge, Button, Group, Paper, Stack, Text } from '@mantine/core';
import { IconBellOff, IconUserCheck } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { AlertView } from '../../../../src/client/alerts.ts';
import { useMay } from '../../data/me.ts';
import { Moment } from '../../parts/moment.tsx';
import { SeverityBadge } from '../../parts/severity-badge.tsx';
import style from './alerts.module.css';

interface Props {
  readonly alert: AlertView;
  readonly onAcknowledge: () => void;
  /** Absent for who may not. */
  readonly onSilence?: () => void;
}

/** What an alert is about; a guest leads to its page. */
function Subject({ subject }: Pick<AlertView, 'subject'>) {
  const { guest, nic, port, segment, pool, forward, service, object, owner } = subject;
  const others = [guest === undefined ? nic : undefined, port, forward, service, object, pool, segment, owner];
  return (
    <>
      {guest !== undefined && (
        <Anchor size="sm" fw={500} renderRoot={(props) => <Link to="/guests/$guest" params={{ guest }} {...props} />}>
          {nic ?? guest}
        </Anchor>
      )}
      {[...new Set(others)].map((name) =>
        name === undefined ? null : (
          <Text key={name} size="sm" c="dimmed" component="span" className="mono">
            {name}
          </Text>
        ),
      )}
    </>
  );
}

/** What was seen and what should have been, beside each other. */
function Facts({ alert }: { readonly alert: AlertView }) {
  const { t } = useTranslation('alerts');
  const facts = [
    [t('seen'), alert.seen],
    [t('expected'), alert.expected],
    [t('done'), alert.done],
  ].filter(([, value]) => value !== undefined);
  return facts.length === 0 ? null : (
    <dl className={style.facts}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** One alert. */
export function AlertCard({ alert, onAcknowledge, onSilence }: Props) {
  const { t } = useTranslation('alerts');
  const may = useMay('operator');
  const { severity, state, acknowledged, silencedBy, firedAt = alert.since, resolvedAt } = alert;
  return (
    <Paper component="li" className={style.card ?? ''} data-severity={state === 'resolved' ? 'over' : severity}>
      <Stack gap={6}>
        <Group gap="xs" wrap="wrap">
          <SeverityBadge severity={severity} />
          <Subject subject={alert.subject} />
          <Text size="sm" c="dimmed" ml="auto">
            {resolvedAt === undefined ? t('since') : t('over')} <Moment at={resolvedAt ?? firedAt} />
          </Text>
        </Group>
        <Text fw={550} className={style.text ?? ''}>
          {alert.text}
        </Text>
        <Facts alert={alert} />
        <Group justify="space-between" gap="xs" align="flex-end">
          <Group gap="xs">
            <Badge color="gray" className="mono">
              {alert.rule}
            </Badge>
            <Text size="xs" c="dimmed">
              {t('times', { count: alert.count })}
            </Text>
            {silencedBy !== undefined && <Badge color="gray">{t('silenced')}</Badge>}
            {alert.owner !== undefined && (
              <Text size="xs" c="dimmed">
                {t('owner', { owner: alert.owner })}
              </Text>
            )}
            {acknowledged && (
              <Text size="sm">
                {t('looked-after', { who: acknowledged.who, reason: acknowledged.reason })}{' '}
                <Text component="span" size="xs" c="dimmed">
                  <Moment at={acknowledged.at} />
                </Text>
              </Text>
            )}
          </Group>
          {may && state !== 'resolved' && (
            <Group gap={6}>
              {acknowledged === undefined && state === 'firing' && (
                <Button
                  size="compact-sm"
                  variant="light"
                  leftSection={<IconUserCheck size={16} aria-hidden />}
                  onClick={onAcknowledge}
                >
                  {t('acknowledge')}
                </Button>
              )}
              {onSilence && silencedBy === undefined && (
                <Button
                  size="compact-sm"
                  variant="subtle"
                  color="gray"
                  leftSection={<IconBellOff size={16} aria-hidden />}
                  onClick={onSilence}
                >
                  {t('silence')}
                </Button>
              )}
            </Group>
          )}
        </Group>
      </Stack>
    </Paper>
  );
}
