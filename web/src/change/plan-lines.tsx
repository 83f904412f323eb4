import { Badge, Box, Group, Stack, Text, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useDeferredValue, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PlanResult } from '../../../src/client/client.ts';
import style from './change.module.css';

type Line = PlanResult['lines'][number];

const marks = { add: '+', remove: '−', change: '~' } as const;
const changes = [
  { change: 'add', words: 'added', colour: 'green' },
  { change: 'change', words: 'changed', colour: 'yellow' },
  { change: 'remove', words: 'removed', colour: 'red' },
] as const;

/** Lines from which on they are worth a filter. */
const many = 20;

/** How many things come, go and change. */
export function PlanCounts({ lines }: { readonly lines: readonly Line[] }) {
  const { t } = useTranslation('change');
  return (
    <Group gap={6}>
      {changes.map(({ change, words, colour }) => {
        const count = lines.filter((line) => line.change === change).length;
        return count === 0 ? null : (
          <Badge key={change} color={colour}>
            {t(words, { count })}
          </Badge>
        );
      })}
    </Group>
  );
}

/** The lines of a plan. Only those in sight are in the document: a plan may have ten thousand. */
export function PlanLines({ lines }: { readonly lines: readonly Line[] }) {
  const { t } = useTranslation('change');
  const [filter, setFilter] = useState('');
  const wanted = useDeferredValue(filter.trim().toLowerCase());
  const shown = useMemo(
    () => (wanted === '' ? lines : lines.filter(({ text }) => text.toLowerCase().includes(wanted))),
    [lines, wanted],
  );
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 26,
    overscan: 12,
  });
  return (
    <Stack gap="xs">
      {lines.length >= many && (
        <TextInput
          size="xs"
          value={filter}
          onChange={(event) => setFilter(event.currentTarget.value)}
          placeholder={t('filter')}
          aria-label={t('filter')}
          leftSection={<IconSearch size={14} aria-hidden />}
        />
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard (WCAG 2.1.1) */}
      <section ref={scroller} className={style.lines} tabIndex={0} aria-label={t('plan-title')}>
        <Box component="ul" className={style.list} h={rows.getTotalSize()} m={0} p={0}>
          {rows.getVirtualItems().map(({ index, start, key }) => {
            const line = shown[index] as Line;
            return (
              <li
                key={key}
                ref={rows.measureElement}
                data-index={index}
                className={style.line}
                data-change={line.change}
                style={{ transform: `translateY(${start}px)` }}
              >
                <span className={style.mark} title={t(`a-${line.change}`)}>
                  {marks[line.change]}
                </span>
                <Text component="span" size="sm" className={style.words ?? ''}>
                  {line.text}
                </Text>
              </li>
            );
          })}
        </Box>
      </section>
    </Stack>
  );
}
