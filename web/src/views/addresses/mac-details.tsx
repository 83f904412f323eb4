import { Anchor, Badge, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { MacLease } from '../../../../src/client/macs.ts';
import { client } from '../../data/client.ts';
import { exactTime } from '../../parts/moment.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import style from './addresses.module.css';

const colours = {
  reserved: 'blue',
  active: 'green',
  retiring: 'yellow',
  quarantined: 'yellow',
  free: 'gray',
} as const;

function LeaseEntry({ lease }: { readonly lease: MacLease }) {
  const { t } = useTranslation('addresses');
  const { guest, nic, owner, segment, ipv4, state, since, releasedAt, freeAt } = lease;
  return (
    <div className={style.holding} data-now={releasedAt === undefined ? '' : undefined}>
      <Group gap={8}>
        {guest === undefined ? (
          <Text size="sm">{owner ?? t('nobody-particular')}</Text>
        ) : lease.source === 'site' && releasedAt === undefined ? (
          <Anchor size="sm" fw={600} renderRoot={(props) => <Link to="/guests/$guest" params={{ guest }} {...props} />}>
            {`${guest}/${nic ?? 0}`}
          </Anchor>
        ) : (
          <Text size="sm">{`${guest}/${nic ?? 0}`}</Text>
        )}
        <Badge color={colours[state]}>{t(`lease-${state}`)}</Badge>
      </Group>
      <Text size="xs" c="dimmed">
        {[segment, ipv4, guest !== undefined && owner].filter(Boolean).join(' · ')}
      </Text>
      <Text size="xs" c="dimmed">
        {`${exactTime(since)} – ${releasedAt === undefined ? t('now') : exactTime(releasedAt)}`}
        {state === 'quarantined' && freeAt !== undefined && ` · ${t('free-at', { time: exactTime(freeAt) })}`}
      </Text>
    </div>
  );
}

/** Everything that is known of one address. */
export function MacDetails({ mac }: { readonly mac: string }) {
  const { t } = useTranslation('addresses');
  const { data, error } = useQuery({ queryKey: ['mac', mac], queryFn: () => client.macs.show(mac), staleTime: 10_000 });
  return (
    <Paper className={style.panel ?? ''} aria-live="polite" component="section">
      <Stack gap="xs">
        <Title order={2} className="mono">
          {mac}
        </Title>
        {error && <ProblemNotice error={error} />}
        {data && (
          <>
            <Text size="xs" c="dimmed">
              {data.kind.text}
            </Text>
            {data.pool?.reserved === true && <Badge color="gray">{t('never-drawn')}</Badge>}
            {data.conflicts.length > 0 && <Badge color="red">{t('conflict')}</Badge>}
            {data.history.length === 0 ? (
              <Text size="sm">{t('mac-free')}</Text>
            ) : (
              <div>
                {data.history.map((lease) => (
                  <LeaseEntry key={lease.id} lease={lease} />
                ))}
              </div>
            )}
          </>
        )}
      </Stack>
    </Paper>
  );
}
