import { Button, Group, Table, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { AlertRule } from '../../../../src/client/alerts.ts';
import { Loading } from '../../parts/loading.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { SeverityBadge } from '../../parts/severity-badge.tsx';
import { WideTable } from '../../parts/wide-table.tsx';
import { useRules } from './alert-queries.ts';
import { useLasting } from './lasting.ts';

/** What a rule waits for, in words. */
function Condition({ rule }: { readonly rule: AlertRule }) {
  const { t, i18n } = useTranslation('alerts');
  const lasting = useLasting();
  const share = new Intl.NumberFormat(i18n.language, { style: 'percent', maximumFractionDigits: 1 });
  const limits = [
    rule.above === undefined ? undefined : t('above-share', { share: share.format(rule.above) }),
    rule.below === undefined ? undefined : t('below-time', { time: lasting(rule.below) }),
    rule.only.length === 0 ? undefined : t('only', { details: rule.only.join(', ') }),
    rule.segment,
    rule.ofOwner,
    rule.guest,
  ].filter((limit) => limit !== undefined);
  return (
    <>
      {t(`condition-${rule.when}`)}
      {limits.length > 0 && (
        <Text span inherit c="dimmed">
          {' · '}
          {limits.join(', ')}
        </Text>
      )}
    </>
  );
}

/** What a rule does besides telling. */
function Action({ rule: { action } }: { readonly rule: AlertRule }) {
  const { t } = useTranslation('alerts');
  const lasting = useLasting();
  if (action === undefined) return '–';
  const time = lasting(action.seconds);
  if (action.kind === 'isolate') return t('act-isolate', { time });
  return t('act-limit', { count: action.rate.count, per: t(action.rate.per), time });
}

/** The rules that hold. */
export function RuleTable() {
  const { t } = useTranslation('alerts');
  const lasting = useLasting();
  const { data, error, refetch } = useRules();
  if (error) return <ProblemNotice error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Loading />;
  return (
    <>
      <Group justify="space-between" mb="sm" gap="xs">
        <Text size="sm" c="dimmed" maw={720}>
          {t('rules-about')}
        </Text>
        <Button size="xs" variant="default" renderRoot={(props) => <Link to="/site" {...props} />}>
          {t('edit-site')}
        </Button>
      </Group>
      <WideTable minWidth={720}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('rule')}</Table.Th>
              <Table.Th>{t('severity')}</Table.Th>
              <Table.Th>{t('when')}</Table.Th>
              <Table.Th>{t('holds')}</Table.Th>
              <Table.Th>{t('acts')}</Table.Th>
              <Table.Th>{t('tells')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.map((rule) => (
              <Table.Tr key={rule.name}>
                <Table.Td className="mono">{rule.name}</Table.Td>
                <Table.Td>
                  <SeverityBadge severity={rule.severity} />
                </Table.Td>
                <Table.Td>
                  <Condition rule={rule} />
                </Table.Td>
                <Table.Td>{rule.for === 0 ? t('at-once') : lasting(rule.for)}</Table.Td>
                <Table.Td>
                  <Action rule={rule} />
                </Table.Td>
                <Table.Td>{rule.notify?.join(', ') ?? t('tells-all')}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </WideTable>
    </>
  );
}
