import { Badge, Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { PoolCapacity, PoolView } from '../../../../src/client/macs.ts';
import { renderCount, renderPercent, renderSeconds } from '../../parts/formats.ts';
import style from './addresses.module.css';

interface Props {
  readonly pool: PoolView;
  readonly capacity: PoolCapacity | undefined;
  readonly selected: boolean;
  readonly onSelect: () => void;
}

const parts = ['held', 'quarantined', 'carved', 'reserved'] as const;

/** Also a single address of millions is more than none. */
const shownPercent = ({ percent, held, quarantined }: PoolView, language: string): string =>
  percent === 0 && held + quarantined > 0 ? `< ${renderPercent(0.1, language)}` : renderPercent(percent, language);

/** One pool: how full it is, and when it will be. */
export function PoolCard({ pool, capacity, selected, onSelect }: Props) {
  const { t, i18n } = useTranslation('addresses');
  const language = i18n.language;
  const { daysUntilFull } = capacity?.recent ?? capacity?.overall ?? {};
  const whose = pool.owner ?? pool.segment ?? pool.host;
  // What is there must be seen, also where it is one address of a million.
  const width = (part: (typeof parts)[number]): string =>
    pool[part] === 0 ? '0' : `max(3px, ${(pool[part] / pool.size) * 100}%)`;
  return (
    <button type="button" className={style.pool} aria-pressed={selected} onClick={onSelect}>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Text fw={600} truncate>
          {pool.name}
        </Text>
        <Group gap={6} wrap="nowrap">
          {pool.parent !== undefined && <Badge color="violet">{t('part-of', { pool: pool.parent })}</Badge>}
          {whose !== undefined && <Badge color="gray">{whose}</Badge>}
        </Group>
      </Group>
      <Text size="xs" c="dimmed" className="mono" truncate>
        {pool.range}
      </Text>
      <div className={style.stack} aria-hidden>
        {parts.map((part) => (
          <span key={part} data-kind={part} style={{ width: width(part) }} />
        ))}
      </div>
      <Group justify="space-between" gap="xs">
        <Text size="sm" fw={600} c={pool.warnings.length > 0 ? 'var(--warn)' : 'inherit'}>
          {t('full', { percent: shownPercent(pool, language) })}
        </Text>
        <Text size="xs" c="dimmed">
          {t('free-of', { free: renderCount(pool.free, language) })}
        </Text>
      </Group>
      <Text size="xs" c="dimmed" mt={4} lineClamp={2}>
        {[
          t('held-count', { text: renderCount(pool.held, language) }),
          pool.quarantined > 0 && t('quarantined-count', { text: renderCount(pool.quarantined, language) }),
          t(`strategy-${pool.strategy as 'random'}`),
          t('quarantine-of', { time: renderSeconds(pool.quarantine, language) }),
        ]
          .filter(Boolean)
          .join(' · ')}
      </Text>
      <Text size="xs" c="dimmed" lineClamp={2}>
        {pool.kind.text}
      </Text>
      {daysUntilFull !== undefined && daysUntilFull < 3650 && (
        <Text size="xs" c={daysUntilFull < 30 ? 'var(--warn)' : 'dimmed'}>
          {t('full-in', { time: renderSeconds(daysUntilFull * 86_400, language) })}
        </Text>
      )}
    </button>
  );
}
