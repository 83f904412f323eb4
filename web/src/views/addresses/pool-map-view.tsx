import { Badge, Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { IconZoomIn, IconZoomOut } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../data/client.ts';
import { CellMap } from '../../parts/cell-map.tsx';
import { renderCount } from '../../parts/formats.ts';
import type { Pixel } from '../../parts/pixels.ts';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import style from './addresses.module.css';
import { MacDetails } from './mac-details.tsx';
import { cellOf, cellSizeOf, macToNumber, numberToMac, type PoolColour, paintPool, partOf } from './pool-cells.ts';

const cells = 1024;
const narrow = 640;

interface Props {
  readonly pool: string;
  readonly colours: Readonly<Record<PoolColour, Pixel>>;
}

/** Where in a pool addresses are held, rest and are free; a cell is looked into until single addresses show. */
export function PoolMapView({ pool, colours }: Props) {
  const { t, i18n } = useTranslation('addresses');
  /** Parts that were looked into, the smallest last. */
  const [way, setWay] = useState<readonly (readonly [number, number])[]>([]);
  const [selected, setSelected] = useState(0);
  const { ref, width } = useElementSize<HTMLDivElement>();
  const [first, last] = way.at(-1) ?? [];
  const { data: map, error } = useQuery({
    queryKey: ['pool-map', pool, first, last],
    queryFn: () => {
      const part =
        first === undefined || last === undefined ? {} : { first: numberToMac(first), last: numberToMac(last) };
      return client.macs.poolMap(pool, { cells, ...part });
    },
    refetchInterval: 15_000,
    placeholderData: (before) => (before?.pool === pool ? before : undefined),
  });
  const painted = useMemo(() => map && paintPool(map, colours), [map, colours]);
  const count = (value: number): string => renderCount(value, i18n.language);

  const describe = (index: number): string => {
    if (map === undefined) return '';
    const cell = cellOf(map, index);
    const from = numberToMac(cell.first);
    if (cell.size === 1) {
      const state =
        cell.held > 0 ? 'held' : cell.quarantined > 0 ? 'quarantined' : cell.reserved > 0 ? 'reserved' : 'free';
      return `${from}\n${t(`mac-${state}`)}${cell.carved > 0 ? ` · ${t('mac-carved')}` : ''}`;
    }
    const figures = (['held', 'quarantined', 'reserved', 'carved'] as const).flatMap((part) =>
      cell[part] === 0 ? [] : [`${t(`mac-${part}`)}: ${count(cell[part])}`],
    );
    return [
      `${from} –\n${numberToMac(cell.first + cell.size - 1)}`,
      ...figures,
      t('of-addresses', { text: count(cell.size) }),
    ].join('\n');
  };
  const open = (index: number): void => {
    setSelected(index);
    if (map === undefined || map.cell === 1) return;
    const whole = way[0] ?? [macToNumber(map.first), macToNumber(map.last)];
    const part = partOf(map, index, { first: whole[0], last: whole[1] });
    setWay([...way, part].slice(-8));
    // The cell that was looked into begins here in the smaller part.
    setSelected(Math.floor((cellOf(map, index).first - part[0]) / cellSizeOf(part[1] - part[0] + 1, cells)));
  };
  const isNarrow = width > 0 && width < narrow;
  const columns = Math.min(isNarrow ? 32 : 64, Math.max(8, painted?.length ?? 8));
  const chosen = map && selected < map.held.length ? cellOf(map, selected) : undefined;
  return (
    <div className={style.sides}>
      <Paper className={style.plate ?? ''} ref={ref}>
        <Stack gap="xs">
          <Group justify="space-between" gap="xs">
            <Title order={2}>{pool}</Title>
            <Group gap="xs">
              {map?.vendors.map((vendor) => (
                <Badge key={vendor.prefix} color="gray" title={vendor.prefix}>
                  {vendor.name}
                </Badge>
              ))}
              {way.length > 0 && (
                <Button
                  size="compact-xs"
                  variant="default"
                  leftSection={<IconZoomOut size={14} aria-hidden />}
                  onClick={() => {
                    setWay(way.slice(0, -1));
                    setSelected(0);
                  }}
                >
                  {t('larger-part')}
                </Button>
              )}
              {map && map.cell > 1 && (
                <Button
                  size="compact-xs"
                  variant="default"
                  leftSection={<IconZoomIn size={14} aria-hidden />}
                  onClick={() => open(selected)}
                >
                  {t('look-into')}
                </Button>
              )}
            </Group>
          </Group>
          {error && <ProblemNotice error={error} />}
          {map && (
            <Group justify="space-between" gap="xs">
              <Text size="xs" c="dimmed" className="mono">
                {`${map.first} – ${map.last}`}
              </Text>
              <Text size="xs" c="dimmed">
                {map.cell === 1 ? t('cell-one') : t('cell-of', { text: count(map.cell) })}
              </Text>
            </Group>
          )}
          {painted && (
            <CellMap
              label={t('pool-map-label', { pool })}
              colours={painted}
              columns={columns}
              cellHeight={isNarrow ? 10 : 14}
              selected={selected}
              onSelect={setSelected}
              onOpen={open}
              describe={describe}
            />
          )}
          <ul className={style.legend} aria-label={t('legend')}>
            {(['held', 'quarantined', 'reserved', 'carved', 'free'] as const).map((kind) => (
              <li key={kind}>
                <span className={style.swatch} data-kind={kind} aria-hidden />
                {t(`mac-${kind}`)}
              </li>
            ))}
          </ul>
        </Stack>
      </Paper>
      {chosen && chosen.size === 1 ? (
        <MacDetails mac={numberToMac(chosen.first)} />
      ) : (
        <Paper className={style.panel ?? ''}>
          <Text size="sm" className="mono" style={{ whiteSpace: 'pre-line' }}>
            {describe(selected)}
          </Text>
          <Text size="xs" c="dimmed" mt="sm">
            {t('map-help')}
          </Text>
        </Paper>
      )}
    </div>
  );
}
