import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseIp } from '../../src/model/ip-address.ts';
import { parseSubnet, subnetHolds } from '../../src/model/subnet.ts';
import type { SessionFilter, SessionView } from '../../src/reconciler/sessions/contract.ts';
import { shell } from '../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { type OpenEngine, openEngine } from '../reconciler/open-engine.ts';
import { siteText } from '../reconciler/sites.ts';
import { rejectsWith } from '../server/answers.ts';
import { buildNetwork, shared, world } from './network.ts';
import { type Guests, startGuests } from './start-guests.ts';

enterNamespace(import.meta.filename);

const site = siteText({
  guests: [
    'name: web1, owner: team-a, nics: [{segment: dev}]',
    'name: db1, owner: team-b, nics: [{segment: dev}]',
    'name: api1, owner: team-a, nics: [{segment: prod}]',
    'name: sip1, share: same-address, ports: [5060], nics: [{segment: dev}]',
  ],
  forwards: ['port: 8080, to: "web1:80"', 'port: 30000-30009, protocol: udp, to: "web1:30000-30009"'],
  policies: ['name: api-to-db, from: api1, to: db1, ports: [tcp/5432], action: allow'],
});

/** Streams that all tests but the last leave alone: who, name, where to. */
const streams = [
  ['web1', 'out', world.ipv4, 80],
  ['web1', 'out6', world.ipv6, 80],
  ['world', 'in', shared.ipv4, 8080],
  ['world', 'in6', shared.ipv6, 8080],
  ['api1', 'hairpin', shared.ipv4, 8080],
  ['world', 'same-in', shared.ipv4, 5060],
  ['sip1', 'same-out', world.ipv4, 80],
  ['web1', 'to-sip', shared.ipv4, 5060],
  ['web1', 'to-host', shared.ipv4, 22],
  ['host', 'from-host', shared.ipv4, 8080],
  ['host', 'host-out', world.ipv4, 81],
] as const;

const cleaning: (() => unknown)[] = [];
const actor = { who: 'alice', from: 'unix socket' };
let open: OpenEngine;
let guests: Guests;

before(async () => {
  const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
  buildNetwork(['web1', 'db1', 'api1', 'sip1']);
  open = await openEngine(scope);
  await open.apply(site);
  guests = await startGuests(scope, open.engine, ['world', 'host']);
  await guests.listen({
    world: [80, 81, 'udp/9000'],
    host: [22],
    web1: [80, 'udp/30000'],
    db1: [5432],
    sip1: [5060],
  });
  for (const [from, name, address, port] of streams) {
    await guests.agent(from).call('startStream', { name, address, port });
  }
  await guests.agent('api1').call('startStream', { name: 'routed', address: guests.lease('db1').ipv4, port: 5432 });
  await guests.connect('world', shared.ipv4, 30_000, { protocol: 'udp' });
  await guests.connect('web1', world.ipv4, 9000, { protocol: 'udp' });
  shell(`ip netns exec web1 busybox ping -c 1 -W 2 ${world.ipv4}`);
  shell(`ip netns exec sip1 busybox ping -c 1 -W 2 ${world.ipv4}`);
});
after(async () => {
  for (const clean of cleaning) await clean();
});

const list = async (filter: SessionFilter = {}): Promise<readonly SessionView[]> =>
  (await open.engine.sessions.list({ ...filter, limit: 10_000 })).sessions;

/** What `conntrack` (the tool) knows of a session: its words by their names, each direction's under `0` and `1`. */
function listByTool(): Map<number, { readonly line: string; readonly words: Record<string, string>[] }> {
  const text = ['ipv4', 'ipv6'].map((family) =>
    execFileSync('conntrack', ['-L', '-f', family, '-o', 'extended,id'], { encoding: 'utf8', stdio: 'pipe' }),
  );
  const entries = text.join('').trim().split('\n');
  return new Map(
    entries.map((line) => {
      // The last `id` is the entry's, the others are identifiers of ICMP.
      const id = Number(/ id=(\d+)\s*$/.exec(line)?.[1]);
      const pairs = [...line.replace(/ id=\d+\s*$/, '').matchAll(/(\w+)=(\S+)/g)].map(
        ([, name = '', value = '']) => [name, value] as const,
      );
      const second = pairs.findIndex(([name], index) => name === 'src' && index > 0);
      const words = [pairs.slice(0, second), pairs.slice(second)].map((some) => Object.fromEntries(some));
      return [id, { line, words }];
    }),
  );
}

const at = (place: { address: string; port?: number } | undefined): string =>
  place === undefined ? '-' : `${place.address} ${place.port ?? '-'}`;

/** Where the tool says that guest, public side and peer are; the identifier stands for ICMP's port. */
function placesByTool(view: SessionView, [original = {}, reply = {}]: Record<string, string>[]): string[] {
  const port = (words: Record<string, string>, name: 'sport' | 'dport') =>
    words[name] ?? (words.id !== undefined && words.type !== undefined && name === 'sport' ? words.id : '-');
  const from = `${original.src} ${port(original, 'sport')}`;
  const to = `${original.dst} ${port(original, 'dport')}`;
  const answers = `${reply.src} ${port(reply, 'sport')}`;
  const answersTo = `${reply.dst} ${reply.dport ?? port(reply, 'sport')}`;
  const isTranslated = to !== answers;
  if (view.direction === 'out') return [from, answersTo, to];
  if (view.direction === 'in') return [answers, to, from];
  if (view.direction === 'from-host') return [answers, isTranslated ? to : '-', from];
  if (view.direction === 'between') return [from, isTranslated ? to : '-', answers];
  return [from, '-', to];
}

test('every session of a guest is listed in the words of the site, and none that is only of the host', async () => {
  const views = await list();
  const about = views.map(
    ({ guest, nic, segment, direction, other, forward, protocol, peer }) =>
      `${guest}/${nic} ${segment} ${direction} ${other ? `${other.guest} ` : ''}${forward ?? '-'} ${protocol} ${peer.address}`,
  );
  const [web1, db1] = [guests.lease('web1'), guests.lease('db1')];
  assert.deepEqual(
    about.sort(),
    [
      `api1/0 prod between db1 - tcp ${db1.ipv4}`,
      `api1/0 prod between web1 tcp/8080 tcp ${web1.ipv4}`,
      `sip1/0 dev in - tcp ${world.ipv4}`,
      `sip1/0 dev out - icmp ${world.ipv4}`,
      `sip1/0 dev out - tcp ${world.ipv4}`,
      `web1/0 dev between sip1 - tcp ${shared.ipv4}`,
      `web1/0 dev from-host tcp/8080 tcp ${shared.ipv4}`,
      `web1/0 dev in tcp/8080 tcp ${world.ipv4}`,
      `web1/0 dev in tcp/8080 tcp ${world.ipv6}`,
      `web1/0 dev in udp/30000-30009 udp ${world.ipv4}`,
      `web1/0 dev out - icmp ${world.ipv4}`,
      `web1/0 dev out - tcp ${world.ipv4}`,
      `web1/0 dev out - tcp ${world.ipv6}`,
      `web1/0 dev out - udp ${world.ipv4}`,
      `web1/0 dev to-host - tcp ${shared.ipv4}`,
    ].sort(),
  );
});

test('places, counters, state and time left are those that conntrack shows', async () => {
  // What was read for another question is used again for a moment.
  await sleep(1000);
  const before = listByTool();
  const views = await list();
  const later = listByTool();
  for (const view of views) {
    const entry = before.get(view.id);
    assert.ok(entry, `${JSON.stringify(view)} is unknown to conntrack`);
    const name = entry.line;
    assert.deepEqual([view.inner, view.public, view.peer].map(at), placesByTool(view, entry.words), name);
    const inbound = view.direction === 'in' || view.direction === 'from-host';
    const [sent, received] = inbound ? [1, 0] : [0, 1];
    const count = (entries: typeof before, direction: number, what: 'bytes' | 'packets') =>
      Number(entries.get(view.id)?.words[direction]?.[what]);
    for (const [seen, direction, what] of [
      [view.bytesSent, sent, 'bytes'],
      [view.bytesReceived, received, 'bytes'],
      [view.packetsSent, sent, 'packets'],
      [view.packetsReceived, received, 'packets'],
    ] as const) {
      assert.ok(seen >= count(before, direction, what) && seen <= count(later, direction, what), `${what} of ${name}`);
    }
    if (view.protocol === 'tcp') assert.match(name, new RegExp(` ${view.state.toUpperCase().replace('-', '_')} `));
    else assert.equal(view.state, 'replied', name);
    assert.ok(view.startedAt !== undefined && Math.abs(view.startedAt - Date.now()) < 60_000, name);
    const left = Number(/^\S+ +\d+ \S+ +\d+ (\d+)/.exec(name)?.[1]);
    assert.ok(view.expiresAt !== undefined && Math.abs(view.expiresAt - Date.now() - left * 1000) < 3000, name);
  }
});

test('what the kernel is asked for is what the filter would have left of everything', async () => {
  const all = await list();
  const ids = (views: readonly SessionView[]): number[] => views.map(({ id }) => id).sort((a, b) => a - b);
  const of = (view: SessionView): string[] => [view.guest, ...(view.other ? [view.other.guest] : [])];
  for (const guest of ['web1', 'db1', 'api1', 'sip1']) {
    assert.deepEqual(ids(await list({ guest })), ids(all.filter((view) => of(view).includes(guest))), guest);
  }
  const owned = all.filter(({ owner, other }) => owner === 'team-a' || other?.owner === 'team-a');
  assert.deepEqual(ids(await list({ owner: 'team-a' })), ids(owned));
  for (const peer of [world.ipv4, world.ipv6, '203.0.113.0/24', '2001:db8::/32', '192.0.2.0/24']) {
    const isIn = (address: string): boolean => subnetHolds(parseSubnet(peer), parseIp(address));
    const fitting = all.filter(
      ({ peer: { address }, inner, other }) => isIn(address) || (other !== undefined && isIn(inner.address)),
    );
    assert.deepEqual(ids(await list({ peer })), ids(fitting), peer);
  }
  assert.deepEqual(ids(await list({ segment: 'prod' })), ids(all.filter(({ segment }) => segment === 'prod')));
  assert.deepEqual(ids(await list({ forward: 'tcp/8080' })), ids(all.filter(({ forward }) => forward === 'tcp/8080')));
  assert.deepEqual(ids(await list({ protocol: 'icmp' })), ids(all.filter(({ protocol }) => protocol === 'icmp')));
  assert.deepEqual(ids(await list({ state: 'established' })), ids(all.filter(({ state }) => state === 'established')));
  assert.deepEqual(ids(await list({ direction: 'in' })), ids(all.filter(({ direction }) => direction === 'in')));
  assert.deepEqual(
    (await list({ port: 22 })).map(({ direction }) => direction),
    ['to-host'],
  );
  assert.deepEqual(
    (await list({ guest: 'web1', port: 9000 })).map(({ protocol }) => protocol),
    ['udp'],
  );
  assert.deepEqual(await list({ older: 3600 }), []);
  assert.equal((await list({ younger: 3600 })).length, all.length);
});

test('the largest and the oldest come first, page by page', async () => {
  const sum = ({ bytesSent, bytesReceived }: SessionView): number => bytesSent + bytesReceived;
  const [first, second] = await list({ protocol: 'tcp' });
  assert.ok(first && second && sum(first) >= sum(second));
  const byAge = await open.engine.sessions.list({ sort: 'age', limit: 3 });
  const next = await open.engine.sessions.list({ sort: 'age', limit: 3, offset: 3 });
  const starts = [...byAge.sessions, ...next.sessions].map(({ startedAt = 0 }) => startedAt);
  assert.deepEqual(
    starts,
    [...starts].sort((a, b) => a - b),
  );
  assert.equal(new Set([...byAge.sessions, ...next.sessions].map(({ id }) => id)).size, 6);
  assert.ok(byAge.total >= 15 && byAge.table.count >= byAge.total && byAge.table.max > byAge.table.count);
});

test('sums by guest tell protocols, states, bytes and the ports of its block', async () => {
  const { guests: rows, all, total } = await open.engine.sessions.summary({ limit: 10, sort: 'sessions' });
  const views = await list();
  assert.equal(all.sessions, views.length);
  assert.deepEqual([total, rows[0]?.guest], [4, 'web1']);
  const web1 = rows[0];
  assert.deepEqual(web1?.protocols, { icmp: 1, tcp: 8, udp: 2 });
  assert.deepEqual([web1?.owner, web1?.limit, web1?.ports.size], ['team-a', 200, 200]);
  // TCP over IPv4 and over IPv6 to the world: two ports, unless both got the same number.
  assert.ok(web1 && web1.ports.used >= 1 && web1.ports.used <= 2, JSON.stringify(web1?.ports));
  assert.equal(web1?.states.established, 8);
  assert.equal(rows.find(({ guest }) => guest === 'db1')?.sessions, 1, 'who is called has part in a session as well');
  const only = await open.engine.sessions.summary({ limit: 10, guest: 'db1' });
  assert.deepEqual([only.total, only.all.sessions, only.guests[0]?.guest], [1, 1, 'db1']);
});

test('what cannot be meant is refused, with the nearest name', async () => {
  const { sessions } = open.engine;
  await assert.rejects(list({ guest: 'web2' }), rejectsWith('not-found', /no guest "web2"; did you mean "web1"/));
  await assert.rejects(list({ owner: 'team-c' }), rejectsWith('not-found', /no owner "team-c"; did you mean "team-/));
  await assert.rejects(list({ segment: 'deb' }), rejectsWith('not-found', /no segment "deb"; did you mean "dev"/));
  await assert.rejects(
    list({ forward: 'tcp/8081' }),
    rejectsWith('not-found', /no forward "tcp\/8081"; did you mean "tcp\/8080"/),
  );
  await assert.rejects(list({ peer: '10.77.10' }), rejectsWith('value-invalid', /"10\.77\.10"/));
  await assert.rejects(list({ state: 'open' }), rejectsWith('value-invalid', /"open" is none of .*established/));
  await assert.rejects(list({ protocol: 'tpc' }), rejectsWith('value-invalid', /"tpc"/));
  await assert.rejects(sessions.kill({}, actor), rejectsWith('value-invalid', /at least one condition/));
});

/** What the streams did in the last 400 ms. */
async function flowing(): Promise<Record<string, boolean>> {
  const agents = [...streams.map(([from, name]) => [from, name] as const), ['api1', 'routed'] as const];
  for (const [from, name] of agents) await guests.agent(from).call('reportStream', { name });
  await sleep(400);
  const reports = agents.map(async ([from, name]) => {
    const { bytes } = await guests.agent(from).call('reportStream', { name });
    return [name, bytes > 0] as const;
  });
  return Object.fromEntries(await Promise.all(reports));
}

test('sessions that are killed end for both ends and do not come back; all others go on', async () => {
  const every = Object.fromEntries([...streams.map(([, name]) => [name, true]), ['routed', true]]);
  assert.deepEqual(await flowing(), every);
  const plan = await open.engine.sessions.kill({ protocol: 'tcp', peer: world.ipv4 }, { ...actor, onlyPlan: true });
  assert.deepEqual([plan.total, plan.spared, plan.ended, plan.guestCount], [4, 0, 0, 2]);
  assert.deepEqual(await flowing(), every, 'to ask what would be ended ends nothing');
  const killed = await open.engine.sessions.kill({ protocol: 'tcp', peer: world.ipv4 }, actor);
  assert.equal(killed.ended, 4);
  assert.deepEqual(killed.guests, [
    { guest: 'sip1', sessions: 2 },
    { guest: 'web1', sessions: 2 },
  ]);
  const gone = { out: false, in: false, 'same-in': false, 'same-out': false };
  assert.deepEqual(await flowing(), { ...every, ...gone });
  await sleep(1500);
  assert.deepEqual(await flowing(), { ...every, ...gone }, 'retransmissions bring none back');
  assert.deepEqual(await list({ protocol: 'tcp', peer: world.ipv4 }), []);
  const [entry] = await open.engine.journal(1);
  assert.deepEqual([entry?.kind, entry?.who], ['kill', 'alice']);
  assert.match(
    entry?.text ?? '',
    /^4 sessions were ended, chosen by protocol tcp, peer 203\.0\.113\.1 \(guest "sip1": 2, guest "web1": 2\)$/,
  );

  const rest = await open.engine.sessions.kill({ owner: 'team-a', protocol: 'tcp' }, actor);
  assert.deepEqual([rest.ended, rest.spared], [6, 1]);
  const all = Object.fromEntries(Object.keys(every).map((name) => [name, ['from-host', 'host-out'].includes(name)]));
  assert.deepEqual(await flowing(), all, 'what the host itself began stays');
  assert.match(shell('nft list counter inet bridgekeeper refused_stray'), /packets [1-9]/);
  assert.equal(await guests.answer('world', shared.ipv4, 8080), 'web1', 'new ones are made as before');
});
