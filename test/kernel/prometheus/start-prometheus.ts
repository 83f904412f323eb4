import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Scope, temporaryDirectory } from '../../reconciler/open-engine.ts';

const rules = fileURLToPath(new URL('../../../packaging/prometheus/bridgekeeper.rules.yaml', import.meta.url));

/** One series of an instant query. */
export interface QuerySample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface FiringAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: string;
}

/** A real Prometheus of Debian's package, with the rules that are shipped. */
export interface Prometheus {
  /** Throws with what Prometheus says of a query that is none. */
  query(expression: string): Promise<QuerySample[]>;
  alerts(): Promise<FiringAlert[]>;
}

/** Milliseconds that a busy machine gets for anything. */
const patience = 30_000;

/** Asks until the answer is one, with a generous deadline. */
export async function until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  let last: unknown;
  for (const end = performance.now() + patience; performance.now() < end; await sleep(250)) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = error;
    }
  }
  throw new Error(`${what} did not come: ${last ?? 'no answer'}`);
}

/** Starts Prometheus in this namespace; it scrapes `target` once a second and evaluates the shipped rules as often. */
export async function startPrometheus(
  scope: Scope,
  options: { readonly port: number; readonly target: string; readonly token?: string },
): Promise<Prometheus> {
  const directory = temporaryDirectory(scope);
  copyFileSync(rules, join(directory, 'bridgekeeper.rules.yaml'));
  const authorization = options.token === undefined ? [] : [`    authorization: {credentials: "${options.token}"}`];
  const config = [
    'global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}',
    'rule_files: [bridgekeeper.rules.yaml]',
    'scrape_configs:',
    '  - job_name: bridgekeeper',
    ...authorization,
    `    static_configs: [{targets: ["${options.target}"]}]`,
    '',
  ].join('\n');
  const file = join(directory, 'prometheus.yaml');
  writeFileSync(file, config);
  const child = spawn(
    'prometheus',
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${options.port}`,
      '--log.level=warn',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    log += part;
  });
  scope.after(async () => {
    if (child.exitCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  });
  const base = `http://127.0.0.1:${options.port}`;
  const ask = async (path: string): Promise<unknown> => {
    const answer = (await (await fetch(`${base}${path}`)).json()) as { status: string; error?: string; data: unknown };
    if (answer.status !== 'success') throw new Error(answer.error);
    return answer.data;
  };
  await until(`Prometheus (${log})`, async () => ((await fetch(`${base}/-/ready`)).ok ? true : undefined));
  return {
    query: async (expression) => {
      const { result } = (await ask(`/api/v1/query?query=${encodeURIComponent(expression)}`)) as {
        result: { metric: Record<string, string>; value: [number, string] }[];
      };
      return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
    },
    alerts: async () => ((await ask('/api/v1/alerts')) as { alerts: FiringAlert[] }).alerts,
  };
}
