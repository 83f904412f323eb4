/**
 * Publishes different events at a rate and prints as JSON what that took: `node publish.ts DIRECTORY RATE SECONDS macs|plain`.
 * A process of its own, so that its memory and its event loop are those of the stream and the registry alone.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { createEventStream } from '../../src/events/event-stream.ts';
import type { Observation } from '../../src/model/event.ts';
import { macFromInteger } from '../../src/model/mac-address.ts';
import { openSqliteRegistry } from '../../src/registry/sqlite/open.ts';
import { systemClock } from '../../src/system/clock.ts';
import { quantile } from '../statistics.ts';

export interface PublishedLoad {
  readonly published: number;
  /** Different events that are in the journal, each by itself. */
  readonly written: number;
  /** Observations that were counted together for want of room. */
  readonly folded: number;
  readonly seconds: number;
  /** Of a core. */
  readonly cpu: number;
  /** Milliseconds from `publish` until a listener heard that it is in the journal. */
  readonly latency: { readonly median: number; readonly p99: number; readonly longest: number };
  /** Milliseconds that the event loop was late. */
  readonly delay: { readonly p99: number; readonly longest: number };
  /** Bytes of resident memory more than before. */
  readonly growth: number;
  readonly whole: boolean;
}

const [directory = '', rate = '10000', seconds = '30', kind = 'plain'] = process.argv.slice(2);
const total = Number(rate) * Number(seconds);
const registry = await openSqliteRegistry({ directory, now: Date.now });
const stream = createEventStream({ registry, clock: systemClock, log: console });
await stream.start();

const publishedAt = new Float64Array(total);
const latencies: number[] = [];
let heard = 0;
let folded = 0;
stream.listen(({ detail, count }) => {
  if (detail === 'folded') folded = count;
  else {
    heard++;
    latencies.push(performance.now() - (publishedAt[Number(detail)] as number));
  }
});

/** Text and parts as long as those of a violation. */
function eventOf(number: number): Observation {
  const mac = kind === 'macs' ? macFromInteger(0x020000000000 + number) : 'another address';
  const guest = `guest${number % 1000}`;
  return {
    kind: 'violation',
    severity: 'warning',
    subject: { guest, nic: `${guest}/0`, port: `vnet${number % 1000}`, owner: `team-${number % 20}`, segment: 'prod' },
    detail: String(number),
    text: `port "vnet${number % 1000}" of NIC "${guest}/0" sends from ${mac}`,
    seen: `ARP request of ${mac} for 10.77.10.1, 60 bytes`,
    expected: 'only its own MAC address',
    done: 'dropped',
    at: Date.now(),
  };
}

await sleep(1000);
const memory = process.memoryUsage().rss;
let most = memory;
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const cpu = process.cpuUsage();
const began = performance.now();
for (let number = 0; number < total; ) {
  const due = Math.min(total, Math.floor(((performance.now() - began) / 1000) * Number(rate)));
  for (; number < due; number++) {
    publishedAt[number] = performance.now();
    stream.publish(eventOf(number));
  }
  if (number % 1000 < 100) most = Math.max(most, process.memoryUsage().rss);
  await sleep(1);
}
await stream.flush();
const took = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage(cpu);
delay.disable();
const written = heard;
await stream.close();
const { whole } = await registry.audit.verify();
await registry.close();
const answer: PublishedLoad = {
  published: total,
  written,
  folded,
  seconds: took,
  cpu: (user + system) / 1e6 / took,
  latency: { median: quantile(latencies, 0.5), p99: quantile(latencies, 0.99), longest: quantile(latencies, 1) },
  delay: { p99: delay.percentile(99) / 1e6, longest: delay.max / 1e6 },
  growth: most - memory,
  whole,
};
process.stdout.write(JSON.stringify(answer));
