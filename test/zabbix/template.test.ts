import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { shell } from '../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { buildNetwork, world } from '../kernel/network.ts';
import { type Guests, startGuests } from '../kernel/start-guests.ts';
import { type DaemonProcess, startDaemonProcess } from '../reconciler/daemon-process.ts';
import { temporaryDirectory } from '../reconciler/open-engine.ts';
import { siteText } from '../reconciler/sites.ts';
import { startZabbix, type Zabbix } from './start-zabbix.ts';

enterNamespace(import.meta.filename);

const templateName = 'Bridgekeeper by HTTP';
const source = readFileSync(
  fileURLToPath(new URL('../../packaging/zabbix/bridgekeeper-6.0.yaml', import.meta.url)),
  'utf8',
);
const metrics = '127.0.0.1:9715';
/** Milliseconds that something may take on a busy machine. */
const limit = 60_000;

const guests = ['web1', 'db1', 'api1'];
/** As many addresses as there are guests. */
const fullPool = '02:1a:3f:00:00:00-02:1a:3f:00:00:02';
const site = (pool: string): string =>
  siteText({
    head: `
site: testlab
uplink: {interface: eth0, shared: [203.0.113.10, "2001:db8::10"]}
pools: [{name: default, range: "${pool}"}]
limits: {sessions: 500, sessionsPerGuest: 200}
`,
    segments: ['name: dev, subnet: 10.77.10.0/24, dhcp: {lease: 10m}'],
    guests: guests.map((name) => `name: ${name}, owner: team-a, nics: [{segment: dev}]`),
  });

interface Item {
  readonly itemid: string;
  readonly key_: string;
  readonly lastvalue: string;
  readonly lastclock: string;
  readonly state: string;
  readonly error: string;
}

const cleaning: (() => unknown)[] = [];
const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
let zabbix: Zabbix;
let daemon: DaemonProcess;
let people: Guests;
let hostid: string;

const items = async (): Promise<Map<string, Item>> => {
  const output = ['itemid', 'key_', 'lastvalue', 'lastclock', 'state', 'error'];
  const all = await zabbix.call<Item[]>('item.get', { hostids: hostid, output });
  return new Map(all.map((item) => [item.key_.replace(/^bridgekeeper\./, ''), item]));
};

/** Waits until the items are as wanted; says how they are when they do not become so. */
async function itemsWhere(isSo: (items: Map<string, Item>) => boolean, wanted: string): Promise<Map<string, Item>> {
  const deadline = performance.now() + limit;
  for (;;) {
    const now = await items();
    if (isSo(now)) return now;
    if (performance.now() > deadline) {
      const lines = [...now.values()].map((i) => `${i.key_}=${i.lastvalue} ${i.error}`).join('\n');
      assert.fail(`${wanted}; the items are\n${lines}\n${zabbix.log().split('\n').slice(-30).join('\n')}`);
    }
    await sleep(500);
  }
}

async function problemsWhere(isSo: (names: string[]) => boolean, wanted: string): Promise<void> {
  const deadline = performance.now() + limit * 2.5;
  for (;;) {
    const problems = await zabbix.call<{ name: string }[]>('problem.get', { hostids: hostid, output: ['name'] });
    const names = problems.map(({ name }) => name);
    if (isSo(names)) return;
    if (performance.now() > deadline) assert.fail(`${wanted}; the problems are ${names.join(', ') || 'none'}`);
    await sleep(500);
  }
}

async function importTemplate(): Promise<void> {
  const both = { createMissing: true, updateExisting: true };
  const kinds = ['templates', 'items', 'discoveryRules', 'triggers', 'graphs', 'templateDashboards', 'valueMaps'];
  const rules = { ...Object.fromEntries(kinds.map((kind) => [kind, both])), groups: { createMissing: true } };
  assert.equal(await zabbix.call('configuration.import', { format: 'yaml', rules, source }), true);
}

before(async () => {
  buildNetwork(guests);
  const directory = temporaryDirectory(scope);
  [zabbix, daemon] = await Promise.all([
    // The file system there is the namespace's own.
    startZabbix(scope, '/run'),
    startDaemonProcess(scope, directory, ['--metrics', metrics]),
  ]);
  await daemon.client.apply({ site: site(fullPool) });
  people = await startGuests(scope, daemon.client, ['world']);
  await people.listen({ world: ['udp/9000'] });
  await importTemplate();
  const [template] = await zabbix.call<{ templateid: string }[]>('template.get', { filter: { host: templateName } });
  const group = await zabbix.call<{ groupids: string[] }>('hostgroup.create', { name: 'Gateways' });
  const macros = { URL: `http://${metrics}`, INTERVAL: '2s', 'FILL.TIME': '10s', 'NODATA.TIME': '30s' };
  const host = await zabbix.call<{ hostids: string[] }>('host.create', {
    host: 'gateway',
    groups: [{ groupid: group.groupids[0] }],
    templates: [{ templateid: template?.templateid }],
    macros: Object.entries(macros).map(([name, value]) => ({ macro: `{$BRIDGEKEEPER.${name}}`, value })),
  });
  hostid = host.hostids[0] as string;
});
after(async () => {
  for (const clean of cleaning) await clean();
});

test('importing the template again changes nothing and is no mistake', { timeout: limit }, async () => {
  await importTemplate();
  const found = await zabbix.call<unknown[]>('template.get', { filter: { host: templateName } });
  assert.equal(found.length, 1);
});

test('items have the values that the daemon tells', { timeout: 2 * limit }, async () => {
  const seen = await itemsWhere(
    (all) => Number(all.get('guests')?.lastvalue) === guests.length && all.get('sessions.used')?.lastclock !== '0',
    'the metrics arrive',
  );
  const value = (key: string): number => Number(seen.get(key)?.lastvalue);
  assert.equal(value('segments'), 1);
  assert.equal(value('revision'), 1);
  assert.equal(value('sessions.limit'), 500);
  assert.equal(value('drift'), 0);
  assert.equal(seen.get('site')?.lastvalue, 'testlab');
});

test('no item is unsupported', { timeout: 2 * limit }, async () => {
  // What is counted per second has a value from the second time on.
  const seen = await itemsWhere((all) => [...all.values()].every(({ state }) => state === '0'), 'every item works');
  assert.ok(seen.size > 50, `${seen.size} items`);
});

test('guests and pools are discovered, with their owners and values', { timeout: 2 * limit }, async () => {
  await itemsWhere(
    (all) =>
      guests.every((guest) => all.get(`guest.limit[${guest}]`)?.lastvalue === '200') &&
      all.get('pool.fill[default]')?.lastvalue === '100' &&
      all.get('service.up[dnsmasq dev]')?.lastvalue === '1',
    'guests, pools and services are discovered',
  );
  const tagged = await zabbix.call<{ tags: { tag: string; value: string }[] }[]>('item.get', {
    hostids: hostid,
    filter: { key_: 'bridgekeeper.guest.sessions[web1]' },
    selectTags: 'extend',
  });
  assert.ok(tagged[0]?.tags.some(({ tag, value }) => tag === 'owner' && value === 'team-a'));
});

test('sessions of a guest are counted', { timeout: 2 * limit }, async () => {
  for (let n = 0; n < 20; n++)
    await people.answer('web1', world.ipv4, 9000, { protocol: 'udp', localPort: 21_000 + n, timeout: 2_000 });
  await itemsWhere((all) => Number(all.get('guest.sessions[web1]')?.lastvalue) >= 20, 'web1 has twenty sessions');
});

test('a guest that sends with an address of others is a problem, by its name', { timeout: 4 * limit }, async () => {
  shell(`ip -n web1 address add 10.77.10.99/32 dev eth0; ip -n web1 route add 10.77.10.1 dev eth0 src 10.77.10.99`);
  const name = 'Bridgekeeper: guest web1 breaks the rules of the wire';
  const spoofing = setInterval(
    () => shell('ip netns exec web1 busybox ping -c 1 -W 1 10.77.10.1 >/dev/null || true'),
    3_000,
  );
  try {
    await problemsWhere((names) => names.includes(name), 'the spoofing guest is a problem');
  } finally {
    clearInterval(spoofing);
  }
});

test('a trigger fires when a pool is nearly full, and is over when it is wider', { timeout: 4 * limit }, async () => {
  const isFull = (name: string): boolean => name.startsWith('Bridgekeeper: fill of MAC pool default above 95');
  await problemsWhere((names) => names.some(isFull), 'the full pool is a problem');
  await daemon.client.apply({ site: site('02:1a:3f:00:00:00/24') });
  await problemsWhere((names) => !names.some((name) => name.includes('MAC pool')), 'the wider pool is none');
});

test('a daemon that does not answer is a problem', { timeout: 4 * limit }, async () => {
  await daemon.end();
  await problemsWhere(
    (names) => names.includes('Bridgekeeper: the daemon does not answer'),
    'the silent daemon is a problem',
  );
});
