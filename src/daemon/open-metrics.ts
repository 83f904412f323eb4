import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import { AppError } from '../errors/app-error.ts';
import { Metrics, type MetricsEngine } from '../server/metrics/metrics.ts';
import { readMetricsPlace } from '../server/metrics/metrics-address.ts';
import { listenForMetrics } from '../server/metrics/metrics-listener.ts';
import { readHostFigures } from './host-figures.ts';

export interface MetricsSettings {
  /** `127.0.0.1:9715`; absent: only on the unix socket. */
  readonly address?: string;
  readonly tokenFile?: string;
  /** Guests that have series of their own. */
  readonly mostGuests: number;
}

export interface OpenMetrics {
  readonly figures: Metrics;
  readonly applied: Metrics['applied'];
  /** From now on figures of this engine are served. */
  start(engine: MetricsEngine): void;
  close(): Promise<void>;
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** Figures of the daemon, and who serves them. Throws `value-invalid` for options that cannot be followed. */
export async function openMetrics(settings: MetricsSettings, log: Logger): Promise<OpenMetrics> {
  const { address, tokenFile, mostGuests } = settings;
  if (tokenFile !== undefined && address === undefined)
    throw new AppError('value-invalid', '--metrics-token-file goes with --metrics ADDRESS:PORT, which is missing');
  const place = address === undefined ? undefined : readMetricsPlace(address, tokenFile);
  const listener = place === undefined ? undefined : await listenForMetrics(place, log);
  const figures = new Metrics({ build: { version: version() }, mostGuests, log, readHost: readHostFigures });
  return {
    figures,
    applied: figures.applied,
    start: (engine) => {
      figures.start(engine);
      listener?.serve(figures);
    },
    close: async () => {
      await listener?.close();
      figures.close();
    },
  };
}
