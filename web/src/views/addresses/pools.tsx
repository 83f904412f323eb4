import { Button, Stack } from '@mantine/core';
import { IconStack2 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../data/client.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Loading } from '../../parts/loading.tsx';
import { useMapColours } from '../../parts/map-colours.ts';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { useSearchTexts } from '../../parts/use-search-text.ts';
import style from './addresses.module.css';
import { PoolCard } from './pool-card.tsx';
import { poolColours } from './pool-cells.ts';
import { PoolMapView } from './pool-map-view.tsx';

/** MAC pools: how full they are, and where. */
export function Pools() {
  const { t } = useTranslation('addresses');
  const pools = useQuery({ queryKey: ['pools'], queryFn: () => client.macs.pools(), refetchInterval: 10_000 });
  const capacity = useQuery({ queryKey: ['capacity'], queryFn: () => client.macs.capacity(), staleTime: 60_000 });
  const [search, setSearch] = useSearchTexts();
  const place = useRef<HTMLDivElement>(null);
  const colours = useMapColours(place, poolColours);
  const chosen = pools.data?.find(({ name }) => name === search.pool) ?? pools.data?.[0];
  return (
    <Stack gap="md" ref={place} className={style.palette ?? ''}>
      {pools.error && <ProblemNotice error={pools.error} onRetry={() => void pools.refetch()} />}
      {pools.isPending && <Loading />}
      {pools.data?.length === 0 && (
        <EmptyState
          icon={IconStack2}
          title={t('no-pools')}
          actions={<Button renderRoot={(props) => <Link to="/site" {...props} />}>{t('to-site')}</Button>}
        >
          {t('no-pools-next')}
        </EmptyState>
      )}
      {pools.data && pools.data.length > 0 && (
        <div className={style.pools}>
          {pools.data.map((pool) => (
            <PoolCard
              key={pool.name}
              pool={pool}
              capacity={capacity.data?.find((one) => one.pool === pool.name)}
              selected={pool === chosen}
              onSelect={() => setSearch({ pool: pool.name })}
            />
          ))}
        </div>
      )}
      {chosen && colours && <PoolMapView key={chosen.name} pool={chosen.name} colours={colours} />}
    </Stack>
  );
}
