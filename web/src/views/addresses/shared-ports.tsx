import { Group, NumberInput, Paper, SegmentedControl, Select, Stack, Text } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { IconWorldOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../data/client.ts';
import { useStatus } from '../../data/status.ts';
import { CellMap } from '../../parts/cell-map.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { renderCount, renderPorts } from '../../parts/formats.ts';
import { Loading } from '../../parts/loading.tsx';
import { useMapColours } from '../../parts/map-colours.ts';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { useSearchTexts } from '../../parts/use-search-text.ts';
import style from './addresses.module.css';
import { PortDetails } from './port-details.tsx';
import { indexPorts, kindsByRank, paintPorts, portColours, portSpace, type Side } from './port-index.ts';
import { RangeTable } from './range-table.tsx';

/** Ports that the lens shows, around the one that is chosen. */
const lensPorts = 512;
/** Narrower than this, in pixels, the maps have half as many columns. */
const narrow = 640;

const sides = ['both', 'tcp', 'udp'] as const;

/** The shared address's 65,536 ports: a map of all, a lens on some, and whose the chosen one is. */
export function SharedPorts() {
  const { t, i18n } = useTranslation('addresses');
  const { data: status } = useStatus();
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['shared-ports', 'map', status?.revision],
    queryFn: () => client.sharedPorts.map(),
    refetchInterval: 20_000,
    placeholderData: (before) => before,
  });
  const [search, setSearch] = useSearchTexts();
  const place = useRef<HTMLDivElement>(null);
  const colours = useMapColours(place, portColours);
  const { ref, width } = useElementSize<HTMLDivElement>();
  const side = sides.find((one) => one === search.side) ?? 'both';
  const port = Math.min(portSpace - 1, Math.max(0, Math.trunc(Number(search.port ?? 0)) || 0));
  const ranges = data?.ranges ?? [];
  const index = useMemo(() => indexPorts(data?.ranges ?? [], side), [data, side]);
  const highlighted = search.guest;
  const painted = useMemo(
    () => colours && data && paintPorts(data.ranges, index, colours, highlighted),
    [data, index, colours, highlighted],
  );
  const guests = useMemo(
    () => [...new Set((data?.ranges ?? []).flatMap(({ guest }) => guest ?? []))].sort((a, b) => a.localeCompare(b)),
    [data],
  );
  const choose = (next: number): void => setSearch({ port: String(next) });
  const describe = (at: number): string => {
    const range = ranges[(index[at] as number) - 1];
    if (range === undefined) return `${t('port', { port: at })}\n${t('kind-free')}`;
    const whose = range.guest ?? range.name;
    const words = [t(`kind-${range.kind}`), whose, range.owner].filter(Boolean).join(' · ');
    return `${t('port', { port: at })}\n${words}\n${renderPorts(range)}`;
  };

  const start = Math.min(portSpace - lensPorts, Math.max(0, Math.floor(port / 64) * 64 - lensPorts / 2 + 32));
  const lens = useMemo(() => painted?.subarray(start, start + lensPorts), [painted, start]);
  const isNarrow = width > 0 && width < narrow;
  return (
    <div ref={place} className={style.palette}>
      {error && <ProblemNotice error={error} onRetry={() => void refetch()} />}
      {isPending && <Loading />}
      {data && data.ipv4 === undefined && data.ipv6 === undefined && (
        <EmptyState icon={IconWorldOff} title={t('not-shared')}>
          {t('not-shared-next')}
        </EmptyState>
      )}
      {data && (data.ipv4 ?? data.ipv6) !== undefined && (
        <Stack gap="sm">
          <Group gap="sm" justify="space-between">
            <Text size="sm" component="div">
              <Text span fw={600} className="mono">
                {[data.ipv4, data.ipv6].filter(Boolean).join(' · ')}
              </Text>
            </Text>
            <SegmentedControl
              size="xs"
              data={[
                { value: 'map', label: t('as-map') },
                { value: 'list', label: t('as-list') },
              ]}
              value={search.as === 'list' ? 'list' : 'map'}
              onChange={(as) => setSearch({ as: as === 'map' ? undefined : as })}
            />
          </Group>
          <ul className={style.legend} aria-label={t('legend')}>
            {[...kindsByRank, 'free' as const].map((kind) => (
              <li key={kind}>
                <span className={style.swatch} data-kind={kind} aria-hidden />
                {t(`kind-${kind}`)} <b>{renderCount(data.ports[kind], i18n.language)}</b>
              </li>
            ))}
          </ul>
          {search.as === 'list' ? (
            <RangeTable ranges={ranges} onOpen={({ first }) => setSearch({ as: undefined, port: String(first) })} />
          ) : (
            <div className={style.sides}>
              <Stack gap="sm" ref={ref}>
                <Group gap="xs">
                  <NumberInput
                    w={120}
                    size="xs"
                    aria-label={t('go-to-port')}
                    placeholder={t('go-to-port')}
                    min={0}
                    max={portSpace - 1}
                    allowDecimal={false}
                    clampBehavior="strict"
                    value={port}
                    onChange={(value) => value !== '' && choose(Number(value))}
                  />
                  <SegmentedControl
                    size="xs"
                    aria-label={t('protocol')}
                    data={sides.map((value) => ({
                      value,
                      label: value === 'both' ? 'TCP + UDP' : value.toUpperCase(),
                    }))}
                    value={side}
                    onChange={(value) => setSearch({ side: value === 'both' ? undefined : (value as Side) })}
                  />
                  <Select
                    size="xs"
                    w={200}
                    placeholder={t('highlight')}
                    aria-label={t('highlight')}
                    data={guests}
                    limit={50}
                    value={search.guest ?? null}
                    onChange={(guest) => setSearch({ guest: guest ?? undefined })}
                    searchable
                    clearable
                  />
                </Group>
                <Paper className={style.plate ?? ''}>
                  <div className={style.ruled}>
                    <div className={style.axis} aria-hidden>
                      {[0, 1, 2, 3, 4, 5, 6, 7].map((eighth) => (
                        <span key={eighth}>{(eighth * portSpace) / 8}</span>
                      ))}
                    </div>
                    {painted && (
                      <CellMap
                        label={t('map-label', { address: data.ipv4 ?? data.ipv6 ?? '' })}
                        colours={painted}
                        columns={isNarrow ? 256 : 512}
                        cellHeight={isNarrow ? 1.25 : 3}
                        selected={port}
                        onSelect={choose}
                        describe={describe}
                      />
                    )}
                  </div>
                </Paper>
                <Paper className={style.plate ?? ''}>
                  <div className={style.scale}>
                    <span>{t('lens', { ports: renderPorts({ first: start, last: start + lensPorts - 1 }) })}</span>
                  </div>
                  {lens && (
                    <CellMap
                      label={t('lens', { ports: renderPorts({ first: start, last: start + lensPorts - 1 }) })}
                      colours={lens}
                      columns={isNarrow ? 32 : 64}
                      cellHeight={isNarrow ? 10 : 15}
                      selected={port - start}
                      onSelect={(cell) => choose(start + cell)}
                      describe={(cell) => describe(start + cell)}
                    />
                  )}
                </Paper>
              </Stack>
              <PortDetails port={port} address={data.ipv4 ?? data.ipv6} ranges={ranges} />
            </div>
          )}
        </Stack>
      )}
    </div>
  );
}
