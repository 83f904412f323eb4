import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { DesiredIsolation } from '../../../src/drivers/driver.ts';
import type { DesiredState } from '../../../src/model/desired-state.ts';
import { eventKey, type Observation } from '../../../src/model/event.ts';
import { parseSite } from '../../../src/model/parse-site.ts';
import { IsolationKeeper } from '../../../src/reconciler/isolation/isolation-keeper.ts';
import { type Actor, itself } from '../../../src/registry/journal/journal.ts';
import { openSqliteRegistry } from '../../../src/registry/sqlite/open.ts';
import { desiredSite } from '../../drivers/linux/nftables/desired-site.ts';
import { temporaryDirectory } from '../open-engine.ts';
import { siteText } from '../sites.ts';

const text = siteText({
  guests: ['name: web1, nics: [{segment: dev}, {segment: dev}]', 'name: db1, nics: [{segment: dev}]'],
});
const { site } = parseSite(text);
const { desired: standing } = await desiredSite(text);
const ada: Actor = { who: 'ada', from: 'unix socket' };

/** The same site with NICs at other ports. */
function at(ports: Readonly<Record<string, string>>): DesiredState {
  const nics = new Map(standing.nics);
  for (const [id, port] of Object.entries(ports)) {
    const nic = nics.get(id);
    assert.ok(nic);
    nics.set(id, { ...nic, port: port as never });
  }
  return { ...standing, nics };
}

/** A keeper with a real registry before a kernel that is played here: what it was told last, and whether it refuses. */
async function open(t: TestContext, directory = temporaryDirectory(t), now = Date.now()) {
  const registry = await openSqliteRegistry({ directory, now: Date.now });
  const kernel = { isolations: [] as readonly DesiredIsolation[], told: 0, refuses: false };
  const time = { now, monotonic: 0 };
  const where = { desired: at({}), full: false };
  const logged: string[] = [];
  const published: Observation[] = [];
  const { kept } = registry;
  const keeper = new IsolationKeeper({
    driver: {
      isolate: async (isolations) => {
        if (kernel.refuses) throw new Error('no memory for rules');
        kernel.isolations = isolations;
        kernel.told++;
      },
      isolated: async () => new Map(),
    },
    kept: {
      load: (kind) => kept.load(kind),
      one: (kind, id) => kept.one(kind, id),
      change: async (...change) => {
        if (where.full) throw new Error('no space left on device');
        return kept.change(...change);
      },
    },
    clock: { now: () => time.now, monotonic: () => time.monotonic },
    log: { error: (_: object, said: string) => logged.push(said) } as never,
    site: () => site,
    desired: () => where.desired,
    enforced: true,
    publish: (observation) => published.push(observation),
  });
  await keeper.start();
  const close = async (): Promise<void> => {
    await keeper.close();
    await registry.close();
  };
  let closed: Promise<void> | undefined;
  t.after(() => (closed ??= close()));
  const ports = () => kernel.isolations.map(({ port, limit }) => `${port}${limit ? ` ${limit.count}` : ''}`).sort();
  return { keeper, kernel, time, where, logged, published, ports, directory, close: () => (closed ??= close()) };
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let i = 0; i < 1_000 && !holds(); i++) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(holds(), what);
}
const [web0, web1, db] = ['web1/0', 'web1/1', 'db1/0'].map((id) => standing.nics.get(id)?.port as string) as [
  string,
  string,
  string,
];

test('a NIC that moves is cut off at both ports while it moves, and at no other port afterwards', async (t) => {
  const { keeper, where, ports, kernel } = await open(t);
  await keeper.isolate({ guest: 'db1', reason: 'test' }, ada);
  assert.deepEqual(ports(), [db]);
  const told = kernel.told;
  await keeper.follow(at({}));
  assert.equal(kernel.told, told, 'a change that moves nothing costs nothing');
  const moved = at({ 'db1/0': 'tap7', 'web1/0': db });
  await keeper.follow(moved);
  assert.deepEqual(ports(), [db, 'tap7'].sort());
  where.desired = moved;
  await keeper.follow(moved);
  assert.deepEqual(ports(), ['tap7']);
  await keeper.follow(at({}));
  await keeper.follow(moved);
  assert.deepEqual(ports(), ['tap7'], 'a change that failed leaves nothing');
});

test('what the kernel did not let go is let go as soon as it takes orders again', async (t) => {
  const { keeper, kernel, ports } = await open(t);
  await keeper.isolate({ guest: 'db1', seconds: 86_400, reason: 'test' }, ada);
  kernel.refuses = true;
  await assert.rejects(keeper.undo({ guest: 'db1' }, ada), /no memory/);
  assert.deepEqual(await keeper.list(), []);
  kernel.refuses = false;
  await until('the port is free', () => ports().length === 0);
});

test('an order that neither kernel nor registry takes is told with its own reason, and leaves nobody cut off', async (t) => {
  const { keeper, kernel, where, ports } = await open(t);
  where.full = true;
  await assert.rejects(keeper.isolate({ guest: 'db1', reason: 'test' }, ada), /no space left/);
  assert.deepEqual(ports(), []);
  kernel.refuses = true;
  await assert.rejects(keeper.isolate({ guest: 'db1', reason: 'test' }, ada), /no memory/);
  kernel.refuses = false;
  await until('the kernel is asked again', () => kernel.told > 2);
  assert.deepEqual(await keeper.list(), []);
  assert.deepEqual(ports(), []);
});

test('with a full disk ports are followed all the same, and what is over ends in the kernel', async (t) => {
  const { keeper, where, time, ports } = await open(t);
  await keeper.isolate({ guest: 'db1', seconds: 10, reason: 'test' }, ada);
  await keeper.isolate({ guest: 'web1', nic: 0, seconds: 600, reason: 'test' }, ada);
  where.full = true;
  time.monotonic += 11_000;
  where.desired = at({ 'web1/0': 'tap7' });
  await until('the new port is cut off', () => ports().join() === 'tap7');
});

test('a clock that is set lets nobody go early and holds nobody longer than was ordered', async (t) => {
  const first = await open(t);
  await first.keeper.isolate({ guest: 'db1', seconds: 600, reason: 'test' }, ada);
  first.time.now += 86_400_000;
  await first.keeper.isolate({ guest: 'web1', nic: 0, seconds: 600, reason: 'test' }, ada);
  assert.deepEqual(first.ports(), [web0, db].sort());
  for (const { until: end } of first.kernel.isolations) assert.ok(end - first.time.now > 500_000);
  await first.close();
  // The machine has started without knowing the time.
  const second = await open(t, first.directory, 1_000_000);
  assert.deepEqual(second.ports(), [web0, db].sort());
  for (const { until: end } of second.kernel.isolations) assert.ok(end - second.time.now <= 600_000);
});

test('no rule lets go of what a human, or another rule, has cut off', async (t) => {
  const { keeper, ports } = await open(t);
  await keeper.isolate({ guest: 'web1', nic: 0, seconds: 86_400, reason: 'taken over' }, ada);
  const views = await keeper.isolate({ guest: 'web1', limit: '100/second', reason: 'a rule' }, itself);
  assert.deepEqual(ports(), [web0, `${web1} 100`].sort());
  assert.deepEqual(
    views.map(({ nic, who }) => [nic, who]),
    [
      ['web1/0', 'ada'],
      ['web1/1', itself.who],
    ],
  );
  await keeper.isolate({ guest: 'db1', reason: 'a rule' }, itself);
  await keeper.isolate({ guest: 'db1', limit: '100/second', seconds: 86_400, reason: 'another rule' }, itself);
  assert.ok(ports().includes(db), 'cut off, not limited');
  await keeper.isolate({ guest: 'db1', limit: '100/second', reason: 'a human knows better' }, ada);
  assert.ok(ports().includes(`${db} 100`));
});

test('who isolated whom, for how long, and who let go are events of their own: none is counted to another', async (t) => {
  const { keeper, published } = await open(t);
  await keeper.isolate({ guest: 'db1', seconds: 60, reason: 'spam' }, ada);
  await keeper.isolate({ guest: 'db1', seconds: 600, reason: 'more spam' }, { ...ada, who: 'bob' });
  await keeper.undo({ guest: 'db1' }, ada);
  assert.deepEqual(
    published.map(({ who, done }) => [who, done]),
    [
      ['ada', 'isolated'],
      ['bob', 'isolated'],
      ['ada', 'let go'],
    ],
  );
  assert.equal(new Set(published.map(eventKey)).size, 3);
});

test('what is only planned is answered as it would be, and cuts nobody off and lets nobody go', async (t) => {
  const { keeper, ports, kernel, published } = await open(t);
  const planning = { ...ada, onlyPlan: true };
  const told = kernel.told;
  const order = { guest: 'web1', seconds: 60, reason: 'test' };
  const planned = await keeper.isolate(order, planning);
  assert.deepEqual(await keeper.list(), []);
  assert.deepEqual([ports(), kernel.told, published.length], [[], told, 0]);
  await assert.rejects(keeper.isolate({ ...order, guest: 'nobody' }, planning), /nobody/);
  assert.deepEqual(await keeper.isolate(order, ada), planned);
  const held = ports();
  assert.deepEqual(await keeper.undo({ guest: 'web1' }, planning), planned);
  await assert.rejects(keeper.undo({ guest: 'db1' }, planning), /isolated/);
  assert.deepEqual(ports(), held);
});
