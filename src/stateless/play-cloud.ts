import { AppError } from '../errors/app-error.ts';
import { parseMacRange } from '../model/mac-range.ts';
import { parseDuration } from '../model/quantity.ts';
import { parseChangeRate } from '../simulate/change-rate.ts';
import { simulateCloud } from '../simulate/simulate-cloud.ts';
import type { SimulationAnswer, SimulationOrder } from './contract.ts';

const stretch = (text: string): number => (text === '0s' ? 0 : parseDuration(text));

/** Plays a cloud that is described in words, as `bridgekeeper mac simulate` does. Throws `value-invalid`. */
export function playCloud(order: SimulationOrder): SimulationAnswer {
  const {
    nics = 10_000,
    pool = '02:1a:3f:00:00:00/24',
    strategy = 'random',
    churn = '1%/day',
    growth,
    quarantine = '30m',
    dhcpLease = '1d',
    years = 1,
    seed = 1,
  } = order;
  if (!Number.isInteger(nics) || nics < 1)
    throw new AppError('value-invalid', `${nics} NICs cannot be simulated; expected a whole number from 1 on`);
  const range = parseMacRange(pool);
  const report = simulateCloud({
    nics,
    range,
    strategy,
    churn: parseChangeRate(churn),
    ...(growth === undefined ? {} : { growth: parseChangeRate(growth) }),
    quarantine: stretch(quarantine),
    dhcpLease: stretch(dhcpLease),
    years,
    seed,
  });
  const plan = { nics, pool: range.text, strategy, churn, quarantine, dhcpLease, years, seed };
  return { plan: growth === undefined ? plan : { ...plan, growth }, ...report };
}
