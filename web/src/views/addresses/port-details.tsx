import { Anchor, Badge, Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { IconUserSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { SharedPortHolding, SharedPortRange } from '../../../../src/client/shared-ports.ts';
import { client } from '../../data/client.ts';
import { renderPorts } from '../../parts/formats.ts';
import { exactTime, Moment } from '../../parts/moment.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import style from './addresses.module.css';

function GuestLink({ guest, nic }: { readonly guest: string; readonly nic?: number | undefined }) {
  return (
    <Anchor fw={600} renderRoot={(props) => <Link to="/guests/$guest" params={{ guest }} {...props} />}>
      {nic === undefined ? guest : `${guest}/${nic}`}
    </Anchor>
  );
}

/** What a port is for now. */
function Use({ range }: { readonly range: SharedPortRange }) {
  const { t } = useTranslation('addresses');
  const { kind, protocol, guest, nic, to, name, owner, since, closing } = range;
  return (
    <Stack gap={2}>
      <Group gap={8}>
        <span className={style.swatch} data-kind={kind} aria-hidden />
        <Text size="sm" fw={600}>
          {t(`kind-${kind}`)}
        </Text>
        {protocol && <Badge color="gray">{protocol.toUpperCase()}</Badge>}
        {closing && <Badge color="yellow">{t('closing')}</Badge>}
      </Group>
      <Text size="sm" component="div">
        {guest !== undefined && <GuestLink guest={guest} nic={nic} />}
        {to !== undefined && `:${to}`}
        {guest === undefined && kind === 'listening' && (name ?? t('unknown-process'))}
        {owner !== undefined && (
          <Text span c="dimmed" inherit>
            {' · '}
            {owner}
          </Text>
        )}
      </Text>
      <Text size="xs" c="dimmed" component="div">
        <span className="mono">{renderPorts(range)}</span>
        {since !== undefined && (
          <>
            {' · '}
            {t('since')} <Moment at={since} />
          </>
        )}
      </Text>
    </Stack>
  );
}

function Holding({ holding }: { readonly holding: SharedPortHolding }) {
  const { t } = useTranslation('addresses');
  const { kind, first, last, guest, nic, since, until } = holding;
  return (
    <div className={style.holding} data-now={until === undefined ? '' : undefined}>
      <Text size="sm" component="div">
        {guest === undefined ? t('erased') : <GuestLink guest={guest} nic={nic} />}
        <Text span c="dimmed" inherit>
          {' · '}
          {t(`kind-${kind}`)} {renderPorts({ first, last })}
        </Text>
      </Text>
      <Text size="xs" c="dimmed">
        {`${exactTime(since)} – ${until === undefined ? t('now') : exactTime(until)}`}
      </Text>
    </div>
  );
}

interface Props {
  readonly port: number;
  readonly address: string | undefined;
  /** What the map knows of it already. */
  readonly ranges: readonly SharedPortRange[];
}

/** Whose a port is, since when, and whose it was before. */
export function PortDetails({ port, address, ranges }: Props) {
  const { t } = useTranslation('addresses');
  const { data, error } = useQuery({
    queryKey: ['shared-ports', port],
    queryFn: () => client.sharedPorts.show(port),
    staleTime: 10_000,
    placeholderData: (before) => (before?.port === port ? before : undefined),
  });
  const now = ranges.filter(({ first, last }) => first <= port && last >= port);
  return (
    <Paper className={style.panel ?? ''} aria-live="polite" component="section">
      <Stack gap="md">
        <Title order={2}>{t('port', { port })}</Title>
        {now.length === 0 ? (
          <Text size="sm" c="dimmed">
            {port === 0 ? t('port-zero') : t('is-free')}
          </Text>
        ) : (
          now.map((range) => <Use key={`${range.kind} ${range.protocol} ${range.first}`} range={range} />)
        )}
        {error && <ProblemNotice error={error} />}
        {data && data.holdings.length > 0 && (
          <Stack gap="xs">
            <Title order={3}>{t('history')}</Title>
            <div>
              {data.holdings.map((holding) => (
                <Holding key={`${holding.kind} ${holding.name} ${holding.guest} ${holding.since}`} holding={holding} />
              ))}
            </div>
          </Stack>
        )}
        {data && data.holdings.length === 0 && (
          <Text size="xs" c="dimmed">
            {t('never-held')}
          </Text>
        )}
        {address !== undefined && (
          <Button
            variant="default"
            size="xs"
            leftSection={<IconUserSearch size={15} aria-hidden />}
            renderRoot={(props) => (
              <Link to="/sessions" search={{ tab: 'trace', address, port: String(port) } as never} {...props} />
            )}
          >
            {t('trace')}
          </Button>
        )}
      </Stack>
    </Paper>
  );
}
