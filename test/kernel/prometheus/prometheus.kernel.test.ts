import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { metricDefinitions } from '../../../src/server/metrics/definitions.ts';
import { runLauncher } from '../../cli/run-launcher.ts';
import { enterNamespace } from '../../drivers/linux/in-namespace.ts';
import { type DaemonProcess, startDaemonProcess } from '../../reconciler/daemon-process.ts';
import { temporaryDirectory } from '../../reconciler/open-engine.ts';
import { siteText } from '../../reconciler/sites.ts';
import { buildNetwork, world } from '../network.ts';
import { type Guests, startGuests } from '../start-guests.ts';
import { sendFrames, spoofedArp } from '../strangers.ts';
import { type Prometheus, startPrometheus, until } from './start-prometheus.ts';

enterNamespace(import.meta.filename);

const token = '0123456789abcdef0123456789abcdef';
const target = '127.0.0.1:9715';
const fileOf = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../../packaging/${path}`, import.meta.url)), 'utf8');

const site = siteText({
  segments: ['name: dev, subnet: 10.77.10.0/24, subnet6: "fd00:77:10::/64", dhcp: {lease: 10m}'],
  guests: ['name: web1, owner: team-a, nics: [{segment: dev}]', 'name: db1, nics: [{segment: dev}]'],
  forwards: ['port: 8080, to: "web1:80"'],
  head: `
site: testlab
uplink: {interface: eth0, shared: [203.0.113.10, "2001:db8::10"], bandwidth: 100mbit}
pools: [{name: default, range: 02:1a:3f:00:00:00/24}]
limits: {sessions: 500, sessionsPerGuest: 200}
`,
});

const cleaning: (() => unknown)[] = [];
let daemon: DaemonProcess;
let guests: Guests;
let prometheus: Prometheus;
let socket: string;

before(async () => {
  const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
  buildNetwork(['web1', 'db1']);
  const directory = temporaryDirectory(scope);
  const tokenFile = join(directory, 'token');
  writeFileSync(tokenFile, token, { mode: 0o600 });
  daemon = await startDaemonProcess(scope, directory, ['--metrics', target, '--metrics-token-file', tokenFile]);
  socket = join(directory, 'socket');
  await daemon.client.apply({ site });
  guests = await startGuests(scope, daemon.client, ['world']);
  await guests.listen({ world: [80], web1: [80] });
  await guests.agent('web1').call('startStream', { name: 'out', address: world.ipv4, port: 80 });
  prometheus = await startPrometheus(scope, { port: 9090, target, token });
});
after(async () => {
  for (const clean of cleaning) await clean();
});

/** Names of metrics and recorded series in a PromQL expression. */
const namesIn = (expression: string): string[] => [
  ...new Set(
    expression.match(/\b(?:(?:instance|guest|instance_\w+):)?(?:bridgekeeper|nodejs|process)_[\w:]+\b|\bup\b/g),
  ),
];

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
}

function shippedRules(): Rule[] {
  const { groups } = parse(fileOf('prometheus/bridgekeeper.rules.yaml')) as { groups: { rules: Rule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
}

const dashboard = JSON.parse(fileOf('grafana/bridgekeeper.json')) as {
  schemaVersion: number;
  panels: Panel[];
  templating: { list: { name: string; type: string; query: unknown }[] };
};

const filledIn = (expression: string): string =>
  expression.replace(/\$(?:instance|owner|guest)\b/g, '.*').replaceAll('$__rate_interval', '1m');
const dashboardQueries = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => ({ title, expr: filledIn(expr) })),
);

/** What a series needs to be there that this daemon has not (no notifier, nothing refused, …). */
const onlyWhenItHappens = new Set([
  'bridgekeeper_events_lasting',
  'bridgekeeper_guest_sessions_refused_total',
  'bridgekeeper_last_repair_timestamp_seconds',
  'bridgekeeper_notifier_last_sent_timestamp_seconds',
  'bridgekeeper_notifier_lost_total',
  'bridgekeeper_notifier_messages_waiting',
  'bridgekeeper_notifier_sent_total',
  'bridgekeeper_notifier_up',
  'bridgekeeper_port_violations_total',
  'bridgekeeper_sessions_refused_total',
  'bridgekeeper_violations_total',
]);

test('Prometheus scrapes the daemon and has its figures', async () => {
  const [up] = await until('the first scrape', async () => {
    const found = await prometheus.query('up{job="bridgekeeper"} == 1');
    return found.length > 0 ? found : undefined;
  });
  assert.equal(up?.metric.instance, target);
  const one = async (expression: string): Promise<number | undefined> => (await prometheus.query(expression))[0]?.value;
  assert.equal(await one('bridgekeeper_guests'), 2);
  assert.equal(await one('bridgekeeper_forwards'), 1);
  assert.equal(await one('bridgekeeper_nics{state="attached"}'), 2);
  assert.equal(await one('bridgekeeper_sessions_limit'), 500);
  assert.equal(await one('bridgekeeper_uplink_up{interface="eth0"}'), 1);
  assert.equal(await one('bridgekeeper_uplink_capacity_bytes_per_second'), 12_500_000);
  assert.equal(await one('count(bridgekeeper_scrape_part_success == 0) or vector(0)'), 0);
  await until('the session of web1', async () =>
    ((await one('bridgekeeper_guest_sessions_open{guest="web1", owner="team-a"}')) ?? 0) >= 1 ? true : undefined,
  );
  await until('a recorded series', async () => await one('guest:bridgekeeper_sessions:ratio{guest="web1"} > 0'));
});

test('without the token nobody gets anything', async () => {
  assert.equal((await fetch(`http://${target}/metrics`)).status, 401);
});

test('a lie of a guest is counted, and its rule fires with port and guest', async () => {
  await until('the alert', async () => {
    sendFrames('web1', [spoofedArp(guests.lease('db1').mac)]);
    const alerts = await prometheus.alerts();
    const firing = alerts.find(
      ({ labels, state }) => labels.alertname === 'BridgekeeperViolations' && state === 'firing',
    );
    if (firing === undefined) return undefined;
    assert.equal(firing.labels.guest, 'web1');
    assert.equal(firing.labels.severity, 'warning');
    assert.match(firing.annotations.summary ?? '', /of guest web1 sends what the guard drops/);
    return firing;
  });
  const [counted] = await prometheus.query('bridgekeeper_port_violations_total{guest="web1"}');
  assert.ok((counted?.value ?? 0) >= 1);
  assert.equal(counted?.metric.owner, 'team-a');
  await until('the event', async () =>
    (await prometheus.query('bridgekeeper_events_total{kind="violation"} > 0'))[0] ? true : undefined,
  );
});

test('every metric of rules and dashboard is one that the daemon has, and every query is PromQL', async () => {
  const recorded = new Set(shippedRules().flatMap(({ record }) => record ?? []));
  const there = new Set(
    (await prometheus.query('count by (__name__) ({job="bridgekeeper"})')).map(({ metric }) => metric.__name__),
  );
  const expressions = [...shippedRules().map(({ expr }) => expr), ...dashboardQueries.map(({ expr }) => expr)];
  assert.ok(expressions.length > 70);
  for (const expression of expressions) {
    await prometheus.query(expression);
    for (const name of namesIn(expression)) {
      const known = there.has(name) || recorded.has(name) || (onlyWhenItHappens.has(name) && name in metricDefinitions);
      assert.ok(known, `${name} of ${expression}`);
    }
  }
  // Nothing is on that list which is there all the time, but for what these tests have made happen.
  for (const name of onlyWhenItHappens) assert.ok(name in metricDefinitions, name);
});

test('the dashboard is one for Grafana 9 and later, and its panels do not overlap', async () => {
  assert.ok(dashboard.schemaVersion >= 36);
  assert.deepEqual(dashboard.templating.list.map(({ name, type }) => [name, type]).slice(0, 2), [
    ['datasource', 'datasource'],
    ['instance', 'query'],
  ]);
  const taken = new Map<string, string>();
  for (const { title, gridPos } of dashboard.panels) {
    const { x, y, w, h } = gridPos;
    assert.ok(x >= 0 && w > 0 && h > 0 && x + w <= 24, title);
    for (let column = x; column < x + w; column++) {
      for (let line = y; line < y + h; line++) {
        const cell = `${column} ${line}`;
        assert.equal(taken.get(cell), undefined, `${title} lies over ${taken.get(cell)}`);
        taken.set(cell, title);
      }
    }
  }
  const rows = dashboard.panels.filter(({ type }) => type === 'row').map(({ title }) => title);
  assert.deepEqual(rows, ['Overview', 'Guests', 'Sessions', 'Pools', 'Violations', 'Alerts and events', 'Resources']);
  // What is always there is shown: a panel without data would be a mistake in its query.
  const always = dashboardQueries.filter(({ expr }) => namesIn(expr).every((name) => !onlyWhenItHappens.has(name)));
  for (const { title, expr } of always) {
    if (/== 0|topk|increase|histogram/.test(expr)) continue;
    assert.ok((await prometheus.query(expr)).length > 0, `${title}: ${expr}`);
  }
});

const check = async (...words: string[]) => {
  const { status, stdout } = await runLauncher(['check', ...words], { env: { BRIDGEKEEPER_SOCKET: socket } });
  return { status, line: stdout.split('\n')[0] ?? '' };
};

test('the plugin answers for sessions, guests, services, uplink and log of a gateway', async () => {
  const sessions = await check('sessions', '--warning', '80%', '--critical', '95%');
  assert.equal(sessions.status, 0);
  assert.match(
    sessions.line,
    /^SESSIONS OK - \d+ of 500 sessions \(\S+%\) \| sessions=\d+;400;475;0;500 table=\d+;;;0;\d+$/,
  );
  const guest = await check('guest-sessions', 'web1', '--critical', '0');
  assert.equal(guest.status, 2);
  assert.match(guest.line, /^GUEST-SESSIONS CRITICAL - guest web1 has \d+ of 200 sessions .*\| web1=\d+;160;0;0;200$/);
  const services = await check('services', '--warning', '@0');
  assert.equal(services.status, 1);
  assert.match(services.line, /^SERVICES WARNING - .* \| down=0;@0;0;0;\d+$/);
  const log = await check('session-log');
  assert.equal(log.status, 0, log.line);
  const uplink = await check('uplink');
  assert.equal(uplink.status, 0);
  assert.match(uplink.line, /^UPLINK OK - eth0: .*received=\d+B;10000000;11250000;0;12500000 sent=\d+B;/);
  await until('a violation that goes on', async () => {
    sendFrames('web1', [spoofedArp(guests.lease('db1').mac)]);
    const violations = await check('violations', 'web1');
    if (violations.status !== 1) return undefined;
    assert.match(
      violations.line,
      /^VIOLATIONS WARNING - 1 port sends what the guard drops: .*\| ports=1;0;;0 frames=\d+;;;0$/,
    );
    return true;
  });
  assert.equal((await check('violations', 'db1')).status, 0);
  await until("Bridgekeeper's own alert", async () => ((await check('alerts')).status === 1 ? true : undefined));
  assert.equal((await check('guest-sessions', 'nobody')).status, 3);
});

test('an uplink that is down is CRITICAL, and its rule is pending', async () => {
  const { shell } = await import('../../drivers/linux/host/snapshot-host.ts');
  shell('ip -n world link set eth0 down');
  try {
    const uplink = await check('uplink');
    assert.equal(uplink.status, 2);
    assert.match(uplink.line, /^UPLINK CRITICAL - eth0 is not there, is down, or has no carrier$/);
    await until('the rule', async () =>
      (await prometheus.alerts()).find(({ labels }) => labels.alertname === 'BridgekeeperUplinkDown'),
    );
  } finally {
    shell('ip -n world link set eth0 up');
  }
});
