import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isAppError } from '../../src/errors/app-error.ts';
import type { Engine } from '../../src/reconciler/engine-contract.ts';
import { tenantEngine } from '../../src/reconciler/tenancy/tenant-engine.ts';
import { itself } from '../../src/registry/journal/journal.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { type OpenEngine, openEngine } from '../reconciler/open-engine.ts';
import { siteText } from '../reconciler/sites.ts';
import { buildNetwork, shared, world } from './network.ts';
import { type Guests, startGuests } from './start-guests.ts';

enterNamespace(import.meta.filename);

const head = `
site: testlab
uplink: {interface: eth0, shared: [203.0.113.10, "2001:db8::10"]}
pools: [{name: default, range: 02:1a:3f:00:00:00/24}]
limits: {sessions: 500, sessionsPerGuest: 200}
watch: {guests: false, forwards: false}
owners: [{name: aster, segments: [dev]}, {name: birch, segments: [prod]}]
`;
const site = siteText({
  head,
  guests: ['name: web1, owner: aster, nics: [{segment: dev}]', 'name: db1, owner: birch, nics: [{segment: prod}]'],
  forwards: ['port: 8080, to: "web1:80"', 'port: 9090, to: "db1:90"'],
});

const cleaning: (() => unknown)[] = [];
const ann = { who: 'ann', from: '192.0.2.1' };
const olga = { who: 'olga', from: 'unix socket' };
let open: OpenEngine;
let guests: Guests;
let aster: Engine;

before(async () => {
  const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
  buildNetwork(['web1', 'db1']);
  open = await openEngine(scope);
  await open.apply(site);
  aster = tenantEngine(open.engine, 'aster', await open.registry.siteKey()).engine;
  guests = await startGuests(scope, open.engine, ['world', 'host']);
  await guests.listen({ world: [80], host: [22, 2049], web1: [80], db1: [90] });
  for (const [from, name, address, port] of [
    ['db1', 'called', shared.ipv4, 8080],
    ['web1', 'calls', shared.ipv4, 9090],
    ['web1', 'out', world.ipv4, 80],
    ['db1', 'theirs', world.ipv4, 80],
  ] as const)
    await guests.agent(from).call('startStream', { name, address, port });
});
after(async () => {
  for (const clean of cleaning) await clean();
});

/** The failure of something that must fail. */
async function refusal(work: Promise<unknown>, code: string): Promise<Error> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(isAppError(error) && error.code === code, String(error));
  return error;
}

/** Words of the other tenant. */
function assertSilent(answer: unknown): void {
  const text = JSON.stringify(answer);
  const { ipv4, mac, portBlock } = guests.lease('db1');
  for (const word of ['db1', 'birch', '10.77.20.', ipv4, mac, `"${portBlock}"`, 'prod'])
    assert.ok(!text.includes(word), `${word}: ${text}`);
}

test("a tenant sees its side of sessions with another's guest", async () => {
  const { sessions, table, total } = await aster.sessions.list({ limit: 100 });
  assertSilent(sessions);
  const briefly = sessions.map(({ guest, direction, peer, forward }) => [guest, direction, peer.address, forward]);
  assert.deepEqual(
    briefly.sort((a, b) => (String(a) < String(b) ? -1 : 1)),
    [
      ['web1', 'in', sessions.find(({ forward }) => forward)?.peer.address, 'tcp/8080'],
      ['web1', 'out', world.ipv4, undefined],
      ['web1', 'out', shared.ipv4, undefined],
    ].sort((a, b) => (String(a) < String(b) ? -1 : 1)),
  );
  assert.deepEqual([total, table.count], [3, 3]);
  const summary = await aster.sessions.summary({ limit: 10 });
  assertSilent(summary);
  assert.deepEqual([summary.total, summary.guests.map(({ guest }) => guest)], [1, ['web1']]);
});

test('and ends what its guest has a part in, by what it can see', async () => {
  const inner = guests.lease('db1').ipv4;
  assert.equal((await aster.sessions.kill({ peer: inner, dryRun: true }, ann)).total, 0);
  assert.equal((await aster.sessions.kill({ peer: '10.77.0.0/16', direction: 'between', dryRun: true }, ann)).total, 0);
  await refusal(aster.sessions.kill({ forward: 'tcp/9090' }, ann), 'not-found');
  await refusal(aster.sessions.kill({}, ann), 'value-invalid');
  const answer = await aster.sessions.kill({ guest: 'web1' }, ann);
  assertSilent(answer);
  assert.equal(answer.ended, 3);
  const left = (await open.engine.sessions.list({ limit: 100, guest: 'db1' })).sessions;
  assert.deepEqual(
    left.map(({ peer }) => peer.address),
    [world.ipv4],
  );
});

test('a tenant does not let go of what others cut off, and holds up no rule', async () => {
  const { isolation } = open.engine;
  await isolation.isolate({ guest: 'web1', seconds: 600, reason: 'because of db1' }, olga);
  const [seen] = await aster.isolation.list();
  assert.deepEqual([seen?.who, seen?.reason], ['operator', 'by an operator']);
  assertSilent(seen);
  await refusal(aster.isolation.undo({ guest: 'web1' }, ann), 'conflict');
  await refusal(aster.isolation.isolate({ guest: 'web1', limit: '100000/second', reason: 'x' }, ann), 'conflict');
  await isolation.undo({ guest: 'web1' }, olga);
  const [own] = await aster.isolation.isolate({ guest: 'web1', limit: '100000/second', reason: 'mine' }, ann);
  assert.deepEqual([own?.who, own?.reason, own?.tenant], ['aster/ann', 'mine', true]);
  await isolation.isolate({ guest: 'web1', seconds: 600, reason: 'db1 complained' }, itself);
  const [after] = await aster.isolation.list();
  assert.deepEqual([after?.who, after?.reason, after?.limit], ['bridgekeeper', 'by a rule', undefined]);
  await refusal(aster.isolation.undo({ guest: 'web1' }, ann), 'conflict');
  await isolation.undo({ guest: 'web1' }, olga);
  await isolation.isolate({ guest: 'db1', seconds: 600, reason: 'x' }, olga);
  assert.deepEqual(await aster.isolation.list(), []);
  assert.deepEqual((await aster.status()).warnings, []);
  await isolation.undo({ guest: 'db1' }, olga);
});

test("a tenant takes no port of another's block, of a forward, or of the host, and is told the same of each", async () => {
  const first = Number(guests.lease('db1').portBlock.split('-')[0]);
  const said = new Set<string>();
  for (const port of [first, 9090, 2049]) {
    const put = aster.putObject('forward', { port, to: 'web1:80' }, 'ann');
    said.add((await refusal(put, 'conflict')).message);
  }
  assert.equal(said.size, 1);
  const again = (await open.engine.leases()).find(({ guest }) => guest === 'db1');
  assert.equal(again?.portBlock, guests.lease('db1').portBlock);
  const made = await aster.putObject('forward', { port: 62_000, to: 'web1:80' }, 'ann');
  assert.deepEqual(made.lines, [{ change: 'add', object: 'forward', text: 'forward "tcp/62000"' }]);
  assert.equal(await guests.answer('world', shared.ipv4, 62_000), 'web1');
});

test('and its figures are of its own', async () => {
  assertSilent(await aster.status());
  assertSilent(await aster.limits.list({ all: true }));
  const traffic = await aster.traffic.show({ nics: true });
  assertSilent(traffic);
  assert.deepEqual(
    traffic.nics?.map(({ guest }) => guest),
    ['web1'],
  );
  assert.equal(traffic.uplink, undefined);
});
