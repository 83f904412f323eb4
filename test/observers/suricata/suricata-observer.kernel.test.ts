import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BridgekeeperEvent } from '../../../src/model/event.ts';
import { shell } from '../../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../../drivers/linux/in-namespace.ts';
import { buildNetwork, shared, world } from '../../kernel/network.ts';
import { type Guests, startGuests } from '../../kernel/start-guests.ts';
import { type OpenEngine, openEngine, temporaryDirectory } from '../../reconciler/open-engine.ts';
import { siteText } from '../../reconciler/sites.ts';

enterNamespace(import.meta.filename);

/** What Suricata 7.0.10 wrote of a capture at an uplink, as if it were now: see README.md. */
const recorded = (sid: number): string => {
  const lines = readFileSync(new URL('eve.ndjson', import.meta.url), 'utf8').split('\n');
  const line = lines.find((one) => one.includes(`"signature_id":${sid},`)) ?? assert.fail(`no ${sid}`);
  return `${line.replace(/"timestamp":"[^"]*"/, `"timestamp":"${new Date().toISOString().replace('Z', '+0000')}"`)}\n`;
};
/** Guest web1 was recorded with this port of its block. */
const recordedPort = 20_005;

const cleaning: (() => unknown)[] = [];
const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
let open: OpenEngine;
let guests: Guests;
let file: string;
let socket: string;

const site = (suricata: string): string =>
  siteText({
    head: `
site: testlab
uplink: {interface: eth0, shared: [203.0.113.10, "2001:db8::10"]}
pools: [{name: default, range: 02:1a:3f:00:00:00/24}]
limits: {sessions: 500, sessionsPerGuest: 200}
watch: {guests: false, forwards: false, suricata: {${suricata}}}
alerts: {rules: [{name: malware, when: ids, only: [sid:1000008], for: 0s, severity: critical, action: {isolate: 10m}}]}
`,
    segments: ['name: dev, subnet: 10.77.10.0/24'],
    guests: [
      'name: web1, owner: team-a, nics: [{segment: dev}]',
      'name: db1, owner: team-b, nics: [{segment: dev}]',
      'name: sip1, owner: team-c, share: same-address, ports: [5060], nics: [{segment: dev}]',
    ],
    forwards: ['port: 8080, to: "web1:80"'],
  });

/** Waits for an event that fits. */
async function eventWhere(fits: (event: BridgekeeperEvent) => boolean): Promise<BridgekeeperEvent> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const { events } = await open.engine.events.list({}, { limit: 200 });
    const found = events.find(fits);
    if (found) return found;
    if (performance.now() > deadline) assert.fail(`no such event; there are ${JSON.stringify(events, undefined, 1)}`);
    await sleep(100);
  }
}
const idsEvent = (detail: string): Promise<BridgekeeperEvent> =>
  eventWhere((event) => event.kind === 'ids' && event.detail === detail);

before(async () => {
  buildNetwork(['web1', 'db1', 'sip1']);
  const directory = temporaryDirectory(scope);
  [file, socket] = [join(directory, 'eve.json'), join(directory, 'eve.sock')];
  writeFileSync(file, recorded(1000002));
  open = await openEngine(scope);
  await open.apply(site(`file: ${file}`));
  guests = await startGuests(scope, open.engine, ['world']);
  await guests.listen({ world: ['udp/9000'] });
});
after(async () => {
  for (const clean of cleaning) await clean();
});

/** Source port that the world sees of a guest's session. */
async function sourcePort(guest: string): Promise<number> {
  assert.equal(await guests.answer(guest, world.ipv4, 9000, { protocol: 'udp', timeout: 10_000 }), 'world');
  const { sessions } = await open.engine.sessions.list({ guest, protocol: 'udp', limit: 1 });
  return sessions[0]?.public?.port ?? assert.fail(`${guest} has no session`);
}

test('a flow at the uplink is joined with the guest by its port block, and with its owner', async () => {
  const port = await sourcePort('db1');
  // Only the port is changed: the capture was made with that of another site.
  appendFileSync(file, recorded(1000001).replaceAll(`"src_port":${recordedPort}`, `"src_port":${port}`));
  const event = await idsEvent('sid:1000001');
  assert.deepEqual(event.subject, { guest: 'db1', owner: 'team-b' });
  assert.equal(event.severity, 'critical');
  assert.equal(event.text, 'Suricata: "TEST download of malware" (sid:1000001), guest "db1" to 198.51.100.7:80');
  assert.match(event.seen ?? '', new RegExp(`^tcp ${shared.ipv4}:${port} → 198.51.100.7:80, A Network Trojan`));
});

test('what comes to a forward or to a port of a same-address guest is about that guest as a target', async () => {
  appendFileSync(file, recorded(1000002));
  assert.equal((await idsEvent('sid:1000002:target')).subject.guest, 'web1');
  const changed = recorded(1000002).replaceAll('"dest_port":8080', '"dest_port":5060').replace('1000002', '1000003');
  appendFileSync(file, changed);
  assert.equal((await idsEvent('sid:1000003:target')).subject.guest, 'sip1');
});

test('an inner address and a MAC address are a guest, with NIC and port', async () => {
  const { ipv4, mac } = guests.lease('db1');
  appendFileSync(file, recorded(1000001).replaceAll(shared.ipv4, ipv4).replaceAll('1000001', '1000004'));
  assert.equal((await idsEvent('sid:1000004')).subject.nic, 'db1/0');
  appendFileSync(file, recorded(1947722).replaceAll('02:66:66:66:66:66', mac).replaceAll('1947722', '1947799'));
  assert.equal((await idsEvent('sid:1947799')).subject.nic, 'db1/0');
});

test('what is about nobody of the site is about our side of the uplink, not about a stranger', async () => {
  appendFileSync(file, recorded(1947700));
  assert.deepEqual((await idsEvent('sid:1947700')).subject, { object: 'eth0' });
});

test('ICMP has no port: the trace says whose session it was', async () => {
  shell(`ip netns exec web1 busybox ping -c 1 -W 10 ${world.ipv4}`);
  const line = recorded(1947710).replaceAll('"203.0.113.66"', `"${world.ipv4}"`).replaceAll('1947710', '1000005');
  appendFileSync(file, line);
  assert.equal((await idsEvent('sid:1000005:target')).subject.guest, 'web1');
});

test('a thousand of the same are one event with a count', async () => {
  appendFileSync(file, recorded(1947701).repeat(1000));
  await eventWhere(({ detail, count }) => detail === 'sid:1947701' && count === 1000);
});

test('a rule for a signature isolates the guest that sent it, and not the one that got it', async () => {
  const [inner, other] = [guests.lease('web1').ipv4, guests.lease('db1').ipv4];
  const between = (from: string, to: string): string =>
    recorded(1000001)
      .replaceAll('1000001', '1000008')
      .replaceAll(`"src_ip":"${shared.ipv4}"`, `"src_ip":"${from}"`)
      .replaceAll('"dest_ip":"198.51.100.7"', `"dest_ip":"${to}"`);
  appendFileSync(file, between('198.51.100.9', other) + between(inner, '198.51.100.9'));
  await idsEvent('sid:1000008:target');
  const deadline = performance.now() + 20_000;
  const isolated = async () => (await open.engine.isolation.list()).map(({ guest }) => guest);
  while ((await isolated()).length === 0 && performance.now() < deadline) await sleep(100);
  assert.deepEqual(await isolated(), ['web1']);
  const refused = await guests.answer('web1', world.ipv4, 9000, { protocol: 'udp', timeout: 500 });
  assert.notEqual(refused, 'world');
  await open.engine.isolation.undo({ guest: 'web1' }, { who: 'tester', from: 'test' });
});

test('what was written while no daemon ran is read when one starts', async () => {
  const { directory } = open;
  await open.close();
  appendFileSync(file, recorded(1000002).replaceAll('1000002', '1000009'));
  open = await openEngine(scope, { directory });
  assert.equal((await idsEvent('sid:1000009:target')).subject.guest, 'web1');
});

test('a file that is gone for long is told, and when it is back', { timeout: 90_000 }, async () => {
  rmSync(file);
  const isService = (state: string) => (event: BridgekeeperEvent) =>
    event.kind === 'service' && event.subject.service === 'suricata' && event.state === state;
  const deadline = performance.now() + 50_000;
  let told = false;
  while (!told && performance.now() < deadline) {
    told = (await open.engine.events.list({}, { limit: 200 })).events.some(isService('lasting'));
    await sleep(500);
  }
  assert.ok(told, 'it is told');
  writeFileSync(file, recorded(1000001).replaceAll('1000001', '1000006'));
  await eventWhere(isService('over'));
  await idsEvent('sid:1000006');
});

test('the same comes by a socket', async () => {
  await open.apply(site(`socket: ${socket}`));
  const sensor = await (async () => {
    for (let tries = 0; ; tries++) {
      const attempt = connect(socket);
      const joined = await new Promise<boolean>((resolve) => {
        attempt.once('connect', () => resolve(true));
        attempt.once('error', () => resolve(false));
      });
      if (joined) return attempt;
      if (tries > 100) assert.fail('nobody listens');
      await sleep(100);
    }
  })();
  scope.after(() => sensor.destroy());
  const line = recorded(1000002).replaceAll('1000002', '1000007');
  sensor.write(line.slice(0, 50));
  await sleep(50);
  sensor.write(`${line.slice(50)}rubbish\n`);
  assert.equal((await idsEvent('sid:1000007:target')).subject.guest, 'web1');
});
