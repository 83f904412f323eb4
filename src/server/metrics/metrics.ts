import { setImmediate } from 'node:timers/promises';
import { Histogram, type Metric, Registry } from 'prom-client';
import type { Engine } from '../../reconciler/engine-contract.ts';
import { applyDuration, type MetricName, type MetricPart, metricDefinitions } from './definitions.ts';
import { type PartLog, PartReader, type PartSource, type PartState } from './part-reader.ts';
import { addProcessMetrics } from './process-metrics.ts';
import { type Sample, Samples } from './samples.ts';
import { alertSamples } from './sources/alerts.ts';
import { conflictSamples, isolationSamples, poolSamples, rotationSamples } from './sources/counts.ts';
import { EventTotals } from './sources/event-totals.ts';
import { hostSamples, type ReadHost } from './sources/host.ts';
import { SessionSource } from './sources/sessions.ts';
import { statusSamples } from './sources/status.ts';

export interface BuildInfo {
  readonly version: string;
}

export interface MetricsOptions {
  readonly build: BuildInfo;
  /** Guests that have series of their own, by name; 0 is none. What is more is summed up as guest `_other`. */
  readonly mostGuests: number;
  readonly log: PartLog;
  readonly readHost: ReadHost;
}

/** What the metrics ask of an engine. */
export type MetricsEngine = Pick<
  Engine,
  'status' | 'limits' | 'sessions' | 'macs' | 'wire' | 'rotations' | 'isolation' | 'alerts' | 'events'
>;

/** Milliseconds that an answer is good for, so that many who ask cost no more than one. */
const goodFor = 1_000;
/** What takes a while with many NICs: addresses of pools are counted, for conflicts the whole wire is looked at (ms). */
const slowGoodFor = 10_000;
/** Series of ports by offence at most. */
const mostPorts = 1_000;

/** A metric whose values were found by somebody else; prom-client only renders it. */
class ReadMetric {
  readonly name: MetricName;
  readonly help: string;
  readonly type: string;
  readonly aggregator = 'first';
  values: readonly Sample[] = [];

  constructor(name: MetricName) {
    this.name = name;
    this.help = metricDefinitions[name].help;
    this.type = metricDefinitions[name].type;
  }

  get(): this {
    return this;
  }

  reset(): void {
    this.values = [];
  }
}

/**
 * The daemon in figures, in Prometheus' text format. Nothing is read unless somebody asks, but for events, which are
 * counted as they come. What one part cannot tell leaves the others as they are.
 */
export class Metrics {
  readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE;
  readonly #options: MetricsOptions;
  readonly #registry = new Registry();
  readonly #applied: Histogram<'result'>;
  readonly #read = new Map<MetricName, ReadMetric>();
  readonly #events: EventTotals;
  #parts: readonly PartReader[] = [];
  #text: Promise<string> | undefined;
  #prepared = false;

  constructor(options: MetricsOptions) {
    this.#options = options;
    this.#events = new EventTotals(mostPorts);
    const { name, help, labels, buckets } = applyDuration;
    const registers = [this.#registry];
    this.#applied = new Histogram({ name, help, labelNames: labels, buckets: [...buckets], registers });
    for (const result of ['done', 'failed'] as const) this.#applied.zero({ result });
    for (const metric of Object.keys(metricDefinitions) as MetricName[]) {
      const read = new ReadMetric(metric);
      this.#read.set(metric, read);
      this.#registry.registerMetric(read as unknown as Metric);
    }
  }

  /** Notes how long a change of the site took (seconds). */
  readonly applied = (seconds: number, result: 'done' | 'failed'): void => {
    this.#applied.observe({ result }, seconds);
  };

  /** From now on it is this engine that is asked. */
  start(engine: MetricsEngine): void {
    const { log } = this.#options;
    this.#parts = this.#sourcesOf(engine).map((source) => new PartReader(source, log));
    this.#events.start(engine.events);
  }

  close(): void {
    this.#events.close();
  }

  /** At most a second old, but for pools and conflicts. What cannot be read is left out. */
  text(): Promise<string> {
    if (this.#text === undefined) {
      this.#text = this.#render();
      const forget = (): void => {
        this.#text = undefined;
      };
      this.#text.then(() => setTimeout(forget, goodFor).unref(), forget);
    }
    return this.#text;
  }

  #sourcesOf(engine: MetricsEngine): PartSource[] {
    const { mostGuests, build, readHost } = this.#options;
    const sessions = new SessionSource(engine, mostGuests);
    const source = (part: MetricPart, freshFor: number, collect: () => Promise<Samples>): PartSource => ({
      part,
      freshFor,
      collect,
    });
    return [
      source('status', 0, async () => statusSamples(await engine.status(), build)),
      source('sessions', 0, () => sessions.collect()),
      source('pools', slowGoodFor, () => poolSamples(engine.macs)),
      source('conflicts', slowGoodFor, () => conflictSamples(engine.wire)),
      source('rotations', 0, () => rotationSamples(engine.rotations)),
      source('isolation', 0, () => isolationSamples(engine.isolation)),
      source('host', 0, async () => {
        const { uplink } = await engine.status();
        return hostSamples(await readHost(uplink?.interface), uplink);
      }),
      source('events', 0, async () => this.#events.samples()),
      source('alerts', 0, () => alertSamples(engine.alerts)),
    ];
  }

  async #render(): Promise<string> {
    this.#prepare();
    const states = await Promise.all(this.#parts.map((part) => part.read()));
    const scrape = scrapeSamples(states);
    for (const metric of this.#read.values()) {
      metric.values = scrape.of(metric.name);
      for (const { samples } of states) {
        const found = samples?.of(metric.name) ?? [];
        if (found.length > 0) metric.values = found;
      }
    }
    const texts: string[] = [];
    for (const { name } of this.#registry.getMetricsAsArray()) {
      const read = this.#read.get(name as MetricName);
      if (read !== undefined && read.values.length === 0) continue;
      texts.push(await this.#registry.getSingleMetricAsString(name));
      // A daemon with many guests answers others in between.
      if ((read?.values.length ?? 0) > 500) await setImmediate();
      read?.reset();
    }
    return `${texts.join('\n\n')}\n`;
  }

  /** What Node says of itself costs something from then on, so it begins with the first who asks. */
  #prepare(): void {
    if (this.#prepared) return;
    this.#prepared = true;
    addProcessMetrics(this.#registry);
  }
}

function scrapeSamples(states: readonly PartState[]): Samples {
  const samples = new Samples();
  samples.add('bridgekeeper_scrape_timestamp_seconds', Date.now() / 1000);
  for (const { part, success, age, duration } of states) {
    samples.add('bridgekeeper_scrape_part_success', success ? 1 : 0, { part });
    if (age !== undefined) samples.add('bridgekeeper_scrape_part_age_seconds', age, { part });
    if (duration !== undefined) samples.add('bridgekeeper_scrape_part_duration_seconds', duration, { part });
  }
  return samples;
}
