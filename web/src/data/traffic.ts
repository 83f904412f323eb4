import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { TrafficView } from '../../../src/client/traffic.ts';
import { client } from './client.ts';
import { type Rates, ratesBetween } from './rates.ts';

/** Milliseconds between two looks; of the first two less, so that rates are there soon. */
const lookEvery = 2_000;
const firstAfter = 700;

interface Looked {
  readonly view: TrafficView;
  /** Absent after the first look, and as long as the clock does not go on. */
  readonly rates?: Rates;
}

/** Rates of segments, and of guests if asked for (`nics`), every two seconds while the page is looked at. */
export function useRates(nics: boolean): Rates | undefined {
  const { data } = useQuery({
    queryKey: ['traffic', nics],
    queryFn: async ({ client: known, queryKey }): Promise<Looked> => {
      const before = known.getQueryData<Looked>(queryKey);
      const view = await client.traffic.show(nics ? { nics } : {});
      if (before === undefined) return { view };
      const passed = view.at - before.view.at;
      // Of two looks at the same reading the rates are those of before; after a rest they would be an average of hours.
      if (passed === 0) return before;
      return passed < 0 || passed > 10 * lookEvery ? { view } : { view, rates: ratesBetween(before.view, view) };
    },
    refetchInterval: ({ state }) => (state.data?.rates === undefined ? firstAfter : lookEvery),
    placeholderData: keepPreviousData,
  });
  return data?.rates;
}
