import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../../client/client.ts';
import { AppError } from '../../../errors/app-error.ts';
import { type Answer, type Figure, judge, percentOf, worst } from '../answer.ts';
import { parseMetrics } from '../parse-metrics.ts';
import { type Check, type CheckContext, thresholdsOf } from './check.ts';

const shares = { warning: '80%', critical: '90%' };

/** Milliseconds between the two looks; figures are up to a second old. */
const between = 2_000;

interface Look {
  /** Seconds. */
  readonly at: number;
  readonly interface?: string;
  readonly up: boolean;
  readonly received: number;
  readonly sent: number;
  /** Bytes per second. */
  readonly capacity?: number;
}

async function look(client: Client): Promise<Look> {
  const samples = parseMetrics(await client.metrics(), /^bridgekeeper_(uplink_|scrape_timestamp)/);
  const of = (name: string, direction?: string) =>
    samples.find(
      (sample) => sample.name === name && (direction === undefined || sample.labels.direction === direction),
    );
  const up = of('bridgekeeper_uplink_up');
  const capacity = of('bridgekeeper_uplink_capacity_bytes_per_second')?.value;
  return {
    at: of('bridgekeeper_scrape_timestamp_seconds')?.value ?? 0,
    ...(up?.labels.interface === undefined ? {} : { interface: up.labels.interface }),
    up: up?.value === 1,
    received: of('bridgekeeper_uplink_bytes_total', 'received')?.value ?? 0,
    sent: of('bridgekeeper_uplink_bytes_total', 'sent')?.value ?? 0,
    ...(capacity === undefined ? {} : { capacity }),
  };
}

const megabits = (bytes: number): string => `${((bytes * 8) / 1e6).toFixed(bytes < 125_000_000 ? 1 : 0)} Mbit/s`;

async function runUplink({ client, given }: CheckContext): Promise<Answer> {
  const first = await look(client);
  if (first.interface === undefined) throw new AppError('unsupported', 'The applied site has no uplink to check');
  const title = 'UPLINK';
  await sleep(between);
  const second = await look(client);
  if (!second.up)
    return {
      state: 'CRITICAL',
      title,
      text: `${first.interface} is not there, is down, or has no carrier`,
      figures: [],
      more: [],
    };
  const { capacity } = second;
  // Without a capacity nothing can be said of shares, and the default ones are left out.
  const thresholds = capacity === undefined ? given : thresholdsOf(shares, given);
  const judged = (['received', 'sent'] as const).map((direction) => {
    const more = second[direction] - first[direction];
    // Fewer than before: the interface came anew.
    const value = Math.round((more < 0 ? second[direction] : more) / Math.max(0.5, second.at - first.at));
    const figure: Figure = {
      label: direction,
      value,
      unit: 'B',
      min: 0,
      ...(capacity === undefined ? {} : { max: capacity }),
    };
    return { direction, value, ...judge(figure, thresholds) };
  });
  const say = judged
    .map(({ direction, value }) => {
      const share = capacity === undefined ? '' : ` (${percentOf(value, capacity)})`;
      return `${direction} ${megabits(value)}${share}`;
    })
    .join(', ');
  return {
    state: worst(judged.map(({ state }) => state)),
    title,
    text: `${second.interface}: ${say}${capacity === undefined ? '; what it can carry is not said (uplink.bandwidth)' : ''}`,
    figures: judged.map(({ figure }) => figure),
    more: [],
  };
}

export const uplink: Check = {
  about: 'whether the uplink is up, and its bytes per second in each direction against uplink.bandwidth',
  ...shares,
  run: runUplink,
};
