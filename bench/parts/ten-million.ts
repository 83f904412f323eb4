import { randomInt } from 'node:crypto';
import { macFromInteger, macToInteger, parseMacAddress } from '../../src/model/mac-address.ts';
import { openSqliteLeases } from '../../src/registry/sqlite/open-leases.ts';
import { atMost, type Part, type Section } from '../part.ts';
import { DaemonAlone } from '../registry/daemon-alone.ts';
import { megabytes, milliseconds, table, thousands } from '../report/format.ts';
import { median, quantile } from '../statistics.ts';

const batch = 10_000;
const range = '02:1a:3f:00:00:00/24';
const begin = macToInteger(parseMacAddress('02:1a:3f:00:00:00'));

async function timed(times: number, work: () => Promise<unknown>): Promise<number[]> {
  const seen: number[] = [];
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    await work();
    seen.push(performance.now() - start);
  }
  return seen;
}

const typical = (values: readonly number[]): string =>
  `${milliseconds(median(values))} (${milliseconds(quantile(values, 0.99))})`;

/** A daemon that keeps ten million leases. */
export const tenMillion: Part = {
  name: 'ten-million',
  run: async (options): Promise<Section> => {
    const goal = options.quick ? 500_000 : 10_000_000;
    const daemon = new DaemonAlone();
    try {
      await daemon.start();
      const { client } = daemon;
      await client.putObject('pool', 'cloud', { name: 'cloud', range, strategy: 'random' });
      const rates: number[] = [];
      for (let held = 0; held < goal; held += batch) {
        const start = performance.now();
        await client.macs.lease({ pool: 'cloud', count: batch, owner: 'bench' });
        rates.push(batch / ((performance.now() - start) / 1000));
        if (held % 1_000_000 === 0) options.progress(`${thousands(held)} leases, ${megabytes(daemon.memory().now)}`);
      }
      const filled = daemon.memory();
      const times = options.quick ? 200 : 2000;
      const any = () => macFromInteger(begin + randomInt(2 ** 24));
      const show = await timed(times, () => client.macs.show(any()));
      let guest = 0;
      const lease = await timed(times, () => client.macs.lease({ pool: 'cloud', items: [{ guest: `g${guest++}` }] }));
      await daemon.stop();
      const leases = await openSqliteLeases({ directory: `${daemon.directory}/state` });
      const ofMac = await timed(times * 5, () => leases.ofMac(begin + randomInt(2 ** 24)));
      await leases.close();
      options.progress('starting again');
      const start = await daemon.start();
      const [firstLease] = await timed(1, () => client.macs.lease({ pool: 'cloud', items: [{ guest: 'first' }] }));
      const again = daemon.memory();
      const peak = Math.max(filled.peak, again.peak);
      return {
        title: 'Ten million leases',
        markdown: `The real daemon (driver none), asked over its unix socket; ${thousands(goal)} leases of a pool of 2^24 addresses, strategy
random, made in orders of 10,000. Median (99th percentile).

${table(
  ['with that many leases', 'seen'],
  [
    ['resident memory right after', megabytes(filled.now)],
    ['most resident memory at any time, restart included', megabytes(peak)],
    ['leases per second through the API, first million', thousands(median(rates.slice(0, 100)))],
    ['leases per second through the API, last million', thousands(median(rates.slice(-100)))],
    ['who has this MAC address (the store)', typical(ofMac)],
    ['everything on a MAC address (`GET /v1/macs/{mac}`, request to answer)', typical(show)],
    ['one more lease (request to answer, durable)', typical(lease)],
    ['the daemon starts and answers', milliseconds(start)],
    ['its first lease after that, when the map of free addresses is made', milliseconds(firstLease as number)],
  ],
)}`,
        targets: [
          atMost(`Resident memory of the daemon with ${thousands(goal)} leases, at most`, peak, 300e6, megabytes),
          atMost(
            `Looking a MAC address up among ${thousands(goal)}, 99th percentile`,
            quantile(ofMac, 0.99),
            1,
            milliseconds,
          ),
        ],
        raw: { goal, rates, filled, again, start, firstLease, show, lease, ofMac },
      };
    } finally {
      await daemon.remove();
    }
  },
};
