import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LimitKind, RefusalView } from '../../src/reconciler/limits/contract.ts';
import { shell } from '../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { type OpenEngine, openEngine } from '../reconciler/open-engine.ts';
import { siteText } from '../reconciler/sites.ts';
import { buildNetwork, shared, world } from './network.ts';
import { type Guests, startGuests } from './start-guests.ts';

enterNamespace(import.meta.filename);

const segments = [
  'name: dev, subnet: 10.77.10.0/24, subnet6: "fd00:77:10::/64"',
  'name: iot, subnet: 10.77.20.0/24, udp: 900s',
];
const head = (limits: string): string =>
  `\nsite: testlab\nuplink: {interface: eth0, shared: [203.0.113.10, "2001:db8::10"]}\nwatch: {guests: false, forwards: false}\npools: [{name: default, range: 02:1a:3f:00:00:00/24}]\nlimits: {${limits}}\n`;
const site = (limits: string, own = ''): string =>
  siteText({
    head: head(limits),
    segments,
    guests: [
      `name: web1${own}, nics: [{segment: dev}]`,
      'name: db1, nics: [{segment: dev}]',
      'name: api1, nics: [{segment: iot}]',
      'name: sip1, share: same-address, ports: [5060], nics: [{segment: dev}]',
    ],
    forwards: ['port: 8080, to: "web1:80"', 'port: 8081, protocol: udp, to: "api1:9000"'],
  });
const wide = 'sessions: 5000, sessionsPerGuest: 500, portBlock: 500, newSessionsPerGuest: 100000/second';
const others = ['db1', 'api1', 'sip1'];

const cleaning: (() => unknown)[] = [];
let open: OpenEngine;
let guests: Guests;
before(async () => {
  const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
  buildNetwork(['web1', ...others]);
  open = await openEngine(scope);
  await open.apply(site(wide));
  guests = await startGuests(scope, open.engine, ['world', 'host']);
  await guests.listen({ world: [80, 'udp/53', 'udp/9000'], web1: [80], api1: ['udp/9000'], sip1: [5060] });
});
after(async () => {
  for (const clean of cleaning) await clean();
});

const udp = { protocol: 'udp' } as const;
let nextPort = 20_000;
/** How many of so many new sessions to the world are answered, each from a port of its own. */
async function begin(guest: string, count: number, address: string = world.ipv4): Promise<number> {
  const first = nextPort;
  nextPort += count;
  const answers = await Promise.all(
    Array.from({ length: count }, (_, i) =>
      guests.answer(guest, address, 9000, { ...udp, localPort: first + i, timeout: 2_000 }),
    ),
  );
  return answers.filter((answer) => answer === 'world').length;
}

async function refusal(guest: string, limit: LimitKind): Promise<RefusalView | undefined> {
  const { guests: found } = await open.engine.limits.list({ guest });
  return found[0]?.refused.find((each) => each.limit === limit);
}

/** New limits, with nothing open and nobody refused. */
async function applyLimits(limits: string, own?: string): Promise<void> {
  shell('conntrack -F');
  await open.apply(site(limits, own));
}

/** Seconds that each session of a protocol from or to a port has left, by conntrack. */
function secondsLeft(match: string): number[] {
  return [...shell(`conntrack -L ${match} 2>/dev/null`).matchAll(/^\w+\s+\d+ (\d+)/gm)].map(([, left]) => Number(left));
}

for (const [guest, address, what] of [
  ['web1', world.ipv4, 'IPv4'],
  ['web1', world.ipv6, 'IPv6'],
  ['sip1', world.ipv4, 'the shared address itself'],
] as const) {
  test(`a guest has as many sessions open as it may over ${what}; it is named, and the others go on`, async () => {
    const limits = address === world.ipv6 ? 21 : guest === 'web1' ? 22 : 23;
    await applyLimits(wide.replace('sessionsPerGuest: 500', `sessionsPerGuest: ${limits}`));
    const [own, ...rest] = await Promise.all([
      begin(guest, 60, address),
      ...['db1', 'api1'].map((other) => begin(other, 20)),
    ]);
    assert.equal(own, limits);
    assert.deepEqual(rest, [20, 20]);
    const { count, lasting } = (await refusal(guest, 'sessions')) ?? {};
    assert.ok(count !== undefined && count >= 60 - limits && lasting, `${guest} was refused ${count}`);
    assert.deepEqual((await open.engine.limits.list({ guest: 'db1' })).guests[0]?.refused, []);
    const entries = await open.engine.journal(20);
    assert.ok(
      entries.some(({ kind, text }) => kind === 'limit' && text.includes(`guest "${guest}"`)),
      'the journal',
    );
    const { warnings } = await open.engine.status();
    assert.ok(
      warnings.some((text) => text.includes(`guest "${guest}" has as many sessions open as it may`)),
      'status',
    );
  });
}

test('sessions that are open go on at the limit, also those that nobody has answered yet', async () => {
  await applyLimits(wide.replace('sessionsPerGuest: 500', 'sessionsPerGuest: 24'));
  const flow = { ...udp, localPort: 19_999, timeout: 400 };
  assert.notEqual(await guests.answer('web1', world.ipv4, 9001, flow), 'world');
  assert.equal(await begin('web1', 40), 23);
  await guests.listen({ world: ['udp/9001'] });
  assert.equal(await guests.answer('web1', world.ipv4, 9001, flow), 'world');
});

test('a guest begins as many sessions as it may in a time; what others open to it does not count', async () => {
  await applyLimits(`${wide.replace('100000/second', '7/hour')}`);
  assert.deepEqual(await Promise.all([begin('web1', 20), begin('db1', 5), begin('sip1', 20)]), [7, 5, 7]);
  assert.equal(await begin('web1', 20, world.ipv6), 7, 'IPv6 has a count of its own');
  for (let i = 0; i < 12; i++) assert.equal(await guests.answer('world', shared.ipv4, 8080), 'web1');
  for (const guest of ['web1', 'sip1']) {
    assert.ok(((await refusal(guest, 'new-sessions'))?.count ?? 0) >= 13, guest);
  }
});

test('a guest may have limits of its own', async () => {
  await applyLimits(wide, ', limits: {sessions: 9, newSessions: 90000/second}');
  assert.deepEqual(await Promise.all([begin('web1', 30), begin('db1', 30)]), [9, 30]);
  await applyLimits(wide, ', limits: {newSessions: 3/hour}');
  assert.deepEqual(await Promise.all([begin('web1', 30), begin('db1', 30)]), [3, 30]);
});

test('who takes all that is left leaves the others their share, and the total holds', async () => {
  await applyLimits(wide.replace('5000', '48').replace('500,', '40,'));
  // Seven addresses: eight shares of 3, and 24 for whoever comes first.
  assert.equal(await begin('web1', 60), 27);
  assert.deepEqual(await Promise.all(others.map((other) => begin(other, 10))), [3, 3, 3]);
  assert.equal(await begin('db1', 10, world.ipv6), 3);
  assert.ok((await refusal('web1', 'all-sessions'))?.lasting);
  assert.ok(secondsLeft('-p udp --dport 9000').length <= 48);
});

test('a flood of handshakes that are never answered stays within the limit of the guest, from inside and outside', async () => {
  await applyLimits(wide.replace('sessionsPerGuest: 500', 'sessionsPerGuest: 25'));
  const nobody = '203.0.113.77';
  shell(`ip neigh replace ${nobody} lladdr 02:00:00:00:00:77 dev eth0`);
  // Processes of their own: their sockets end with them, and no handshake is tried again later.
  const connect = (from: string, address: string, port: number) => {
    const once = `timeout 0.8 bash -c ": </dev/tcp/${address}/${port}" 2>/dev/null &`;
    shell(`ip netns exec ${from} bash -c 'for i in {1..60}; do ${once} done; wait'`);
  };
  connect('web1', nobody, 80);
  const halfOpen = (match: string) => secondsLeft(`-p tcp --state SYN_SENT ${match}`);
  assert.equal(halfOpen(`--orig-dst ${nobody}`).length, 25);
  assert.deepEqual(
    halfOpen(`--orig-dst ${nobody}`).filter((left) => left > 120),
    [],
  );
  assert.equal(await begin('db1', 10), 10);
  shell('conntrack -F');
  // The guest does not answer what comes by the forward.
  shell(
    'ip netns exec web1 nft -f - <<E\ntable ip quiet { chain in { type filter hook input priority 0; tcp dport 80 drop; }; }\nE',
  );
  connect('world', shared.ipv4, 8080);
  assert.equal(halfOpen('--orig-port-dst 8080').length, 25);
  assert.equal(await begin('db1', 10), 10);
  assert.ok(((await refusal('web1', 'sessions'))?.count ?? 0) > 0);
  shell('ip netns exec web1 nft flush ruleset');
});

test('sessions end when the site says, UDP by segment', async () => {
  await applyLimits(`${wide}, udp: 400s, udpUnanswered: 200s, icmp: 50s, established: 3h`);
  const between = (seconds: readonly number[], most: number): void => {
    assert.ok(
      seconds.length > 0 && seconds.every((left) => left > most - 20 && left <= most),
      `${seconds} and ${most}`,
    );
  };
  /** A stream: answered, and still going after 2 s (nf_conntrack_udp_packet). */
  const speak = (name: string, address: string, port: number, localPort: number) =>
    guests.connect(name, address, port, { ...udp, localPort });
  const streams = async (): Promise<void> => {
    await Promise.all([
      speak('web1', world.ipv4, 9000, 18_001),
      speak('web1', world.ipv6, 9000, 18_002),
      speak('api1', world.ipv4, 9000, 18_003),
      speak('world', shared.ipv4, 8081, 18_004),
      speak('web1', world.ipv4, 53, 18_005),
    ]);
  };
  await streams();
  await sleep(2_200);
  between(secondsLeft('-p udp --sport 18001'), 200);
  between(secondsLeft('-p udp --sport 18005'), 30);
  await streams();
  between(secondsLeft('-p udp --sport 18001'), 400);
  between(secondsLeft('-f ipv6 -p udp --sport 18002'), 400);
  between(secondsLeft('-p udp --sport 18003'), 900);
  between(secondsLeft('-p udp --sport 18004'), 900);
  shell(`ip netns exec web1 busybox ping -c 1 ${world.ipv4}`);
  between(secondsLeft('-p icmp'), 50);
  const list = 'ip netns exec host conntrack -L -p tcp --state ESTABLISHED --dport 80 2>/dev/null';
  const open80 = `exec 3<>/dev/tcp/${world.ipv4}/80; read -t 2 -u 3; sleep 0.2; ${list}`;
  const [, left] = /tcp\s+\d+ (\d+)/.exec(shell(`ip netns exec web1 bash -c '${open80}'`)) ?? [];
  between([Number(left)], 10_800);
});

test('limits hold without a daemon and with the next one', async (t) => {
  await applyLimits(wide.replace('sessionsPerGuest: 500', 'sessionsPerGuest: 26'));
  await open.close();
  assert.deepEqual(await Promise.all([begin('web1', 40), begin('db1', 20)]), [26, 20]);
  shell('conntrack -F');
  open = await openEngine(t, { directory: open.directory });
  assert.deepEqual(await Promise.all([begin('web1', 40), begin('db1', 20)]), [26, 20]);
  assert.ok((await refusal('web1', 'sessions'))?.lasting);
  await assert.rejects(open.engine.limits.list({ guest: 'nobody' }), /there is no guest "nobody"/);
  await open.engine.destroy('tester');
  assert.deepEqual((await open.engine.limits.list({ all: true })).guests, []);
});
