import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { metricDefinitions } from '../../../src/server/metrics/definitions.ts';
import { run, runLauncher } from '../../cli/run-launcher.ts';
import { daemonOfSuite, exampleSite, startTestDaemon, temporaryDirectory } from '../../daemon/test-daemon.ts';
import { sendRequest } from '../raw-request.ts';
import { freePort } from './free-port.ts';

const port = await freePort();

/** Names of the series, `_bucket` and the like included. */
const namesOf = (text: string): Set<string> =>
  new Set(text.split('\n').flatMap((line) => /^([a-z_]+)[{ ]/.exec(line)?.[1] ?? []));

const bigSite = (guests: number): string =>
  [
    'site: big',
    'uplink: {interface: eth0, shared: [203.0.113.10]}',
    'limits: {portBlock: 3, sessionsPerGuest: 3}',
    'pools: [{name: default, range: 02:1a:3f:00:00:00/24}]',
    'segments: [{name: dev, subnet: 10.64.0.0/16}]',
    'guests:',
    ...Array.from(
      { length: guests },
      (_, index) => `  - {name: g${String(index).padStart(5, '0')}, owner: team-${index % 20}, nics: [{segment: dev}]}`,
    ),
  ].join('\n');

describe('metrics of a daemon', { concurrency: false }, () => {
  const daemon = daemonOfSuite(() => ['--metrics', `127.0.0.1:${port}`, '--metrics-guests', '2']);
  const scrape = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();

  test('are as Prometheus likes them (promtool check metrics)', async () => {
    await daemon().client.apply({ site: readFileSync(exampleSite, 'utf8') });
    const text = await scrape();
    const checked = await run(['promtool', 'check', 'metrics'], { input: text });
    assert.deepEqual({ ...checked }, { status: 0, stdout: '', stderr: '' });
    assert.match(text, /^bridgekeeper_build_info\{version="0\.1\.0",node="[\d.]+",driver="none",site="devlab"\} 1$/m);
    assert.match(text, /^bridgekeeper_apply_duration_seconds_count\{result="done"\} 1$/m);
    assert.match(text, /^bridgekeeper_pool_addresses\{pool="default",state="held"\} 4$/m);
    assert.match(text, /^nodejs_eventloop_lag_p99_seconds [\d.e-]+$/m);
    assert.doesNotMatch(text, /bridgekeeper_scrape_part_success\{part="\w+"\} 0/);
  });

  test('are the same on the socket, and nothing else is at the address', async () => {
    const { text, status } = await sendRequest(daemon().socket, 'GET', '/metrics');
    assert.equal(status, 200);
    assert.deepEqual(namesOf(text), namesOf(await scrape()));
    assert.deepEqual(namesOf(await daemon().client.metrics()), namesOf(text));
    for (const path of ['/v1/status', '/', '/openapi.json', '/metrics/../v1/status'])
      assert.equal((await fetch(`http://127.0.0.1:${port}${path}`)).status, 404, path);
    assert.equal((await fetch(`http://127.0.0.1:${port}/metrics`, { method: 'POST', body: 'x' })).status, 405);
  });

  test('are each documented, and Bridgekeeper has none that is not defined', async () => {
    const docs = readFileSync(new URL('../../../docs/reference/metrics.md', import.meta.url), 'utf8');
    for (const name of namesOf(await scrape())) {
      const base = name.replace(/_(?:bucket|sum|count)$/, '');
      assert.ok(docs.includes(`\`${name}\``) || docs.includes(`\`${base}\``), name);
      if (name.startsWith('bridgekeeper_') && base === name) assert.ok(name in metricDefinitions, name);
    }
    for (const name of Object.keys(metricDefinitions)) assert.ok(docs.includes(`\`${name}\``), name);
  });

  test('of guests are those of as many as were asked for, and one for all others', async () => {
    const lines = (await scrape()).split('\n').filter((line) => line.startsWith('bridgekeeper_guest_sessions_limit{'));
    assert.deepEqual(lines, [
      'bridgekeeper_guest_sessions_limit{guest="api1",owner="team-b"} 1000',
      'bridgekeeper_guest_sessions_limit{guest="db1",owner="team-a"} 1000',
      'bridgekeeper_guest_sessions_limit{guest="_other"} 2000',
    ]);
  });

  test('asked for by many at once are read once', async () => {
    const stamps = (await Promise.all(Array.from({ length: 20 }, scrape))).map(
      (text) => /^bridgekeeper_scrape_timestamp_seconds (\S+)$/m.exec(text)?.[1],
    );
    assert.ok(new Set(stamps).size <= 2, [...new Set(stamps)].join());
  });
});

test('metrics of 1,000 guests come quickly, and hold nobody up', async (t) => {
  const daemon = await startTestDaemon(t);
  await daemon.client.apply({ site: bigSite(1_000) });
  await daemon.client.metrics();
  let quickest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    const begun = performance.now();
    const text = await daemon.client.metrics();
    quickest = Math.min(quickest, performance.now() - begun);
    assert.equal(
      text.split('\n').filter((line) => line.startsWith('bridgekeeper_guest_sessions_limit{')).length,
      1_000,
    );
    await new Promise((resolve) => setTimeout(resolve, 1_100));
  }
  // 12 ms on a quiet machine; this one may be busy.
  assert.ok(quickest < 500, `${quickest} ms`);
});

describe('options of the daemon that metrics cannot follow are refused before anything is done', () => {
  const daemonWith = (t: { after(clean: () => unknown): void }, words: string[], env: NodeJS.ProcessEnv = {}) => {
    const directory = temporaryDirectory(t);
    return runLauncher(
      ['daemon', '--driver', 'none', '--state', `${directory}/s`, '--socket', `${directory}/socket`, ...words],
      { env },
    );
  };
  const cases: [string, string[], NodeJS.ProcessEnv, RegExp][] = [
    [
      'an open address without a token',
      ['--metrics', '0.0.0.0:9715'],
      {},
      /"0\.0\.0\.0:9715" could be read by whoever/,
    ],
    ['no port', ['--metrics', '127.0.0.1'], {}, /has no port/],
    ['the same from the environment', [], { BRIDGEKEEPER_METRICS: '127.0.0.1' }, /has no port/],
    ['a token file alone', ['--metrics-token-file', '/x'], {}, /goes with --metrics ADDRESS:PORT/],
    [
      'a token file that is not there',
      ['--metrics', '127.0.0.1:1', '--metrics-token-file', '/x'],
      {},
      /"\/x" is not there/,
    ],
    ['a number of guests that is none', ['--metrics-guests', 'many'], {}, /"many" is not a whole number/],
  ];
  for (const [name, words, env, said] of cases) {
    test(name, async (t) => {
      const { status, stderr } = await daemonWith(t, words, env);
      assert.equal(status, 2);
      assert.match(stderr, said);
    });
  }
});
