import { Badge, Paper, SegmentedControl, Stack, Text } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ImportRow, Outcome } from './import-plan.ts';
import style from './site.module.css';

const outcomes = ['taken', 'known', 'conflict', 'unreadable', 'skipped'] as const satisfies readonly Outcome[];
const colours = { taken: 'green', known: 'gray', conflict: 'red', unreadable: 'red', skipped: 'yellow' } as const;

/** What would become of each NIC. Only rows in sight are in the document: an import may have a hundred thousand. */
export function ImportReport({ rows }: { readonly rows: readonly ImportRow[] }) {
  const { t } = useTranslation('site');
  const [wanted, setWanted] = useState<Outcome | 'all'>('all');
  const shown = wanted === 'all' ? rows : rows.filter(({ outcome }) => outcome === wanted);
  const scroller = useRef<HTMLDivElement>(null);
  const list = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 34,
    overscan: 10,
  });
  const counted = outcomes
    .map((outcome) => ({ outcome, count: rows.filter((row) => row.outcome === outcome).length }))
    .filter(({ count }) => count > 0);
  return (
    <Stack gap="sm">
      <SegmentedControl
        className={style.filter ?? ''}
        size="xs"
        aria-label={t('outcome')}
        value={wanted}
        onChange={(value) => setWanted(value as Outcome | 'all')}
        data={[
          { value: 'all', label: `${t('filter-all')} (${rows.length})` },
          ...counted.map(({ outcome, count }) => ({ value: outcome, label: `${t(`outcome-${outcome}`)} (${count})` })),
        ]}
      />
      <Paper className="surface">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard (WCAG 2.1.1) */}
        <section ref={scroller} className={style.outcomes} tabIndex={0} aria-label={t('outcome')}>
          <div className={style.rows} style={{ height: list.getTotalSize() }}>
            {list.getVirtualItems().map(({ index, start, key }) => {
              const row = shown[index] as ImportRow;
              return (
                <div
                  key={key}
                  ref={list.measureElement}
                  data-index={index}
                  className={style.row}
                  style={{ transform: `translateY(${start}px)` }}
                >
                  <span className="mono">{row.mac ?? '–'}</span>
                  <span>{row.nic ?? '–'}</span>
                  <span className="mono">{row.ip}</span>
                  <Text size="xs" c="dimmed">
                    {row.where}
                    {row.why !== undefined && ` · ${row.why}`}
                  </Text>
                  <span>
                    <Badge color={colours[row.outcome]}>{t(`outcome-${row.outcome}`)}</Badge>
                  </span>
                </div>
              );
            })}
          </div>
        </section>
      </Paper>
    </Stack>
  );
}
