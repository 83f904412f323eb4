import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventKind, Observation } from '../../../src/model/event.ts';
import { openTenants } from './open-tenants.ts';

const site = `site: hosting
uplink: {interface: eth0, shared: [203.0.113.10]}
limits: {sessions: 50000, sessionsPerGuest: 100, portBlock: 100}
owners: [{name: aster, segments: [lan]}, {name: birch, segments: [lan]}]
pools: [{name: default, range: "02:1a:3f:00:00:00/40"}]
segments: [{name: lan, subnet: 10.77.10.0/24}]
guests:
  - {name: aster-web, owner: aster, nics: [{segment: lan}]}
  - {name: birch-web, owner: birch, nics: [{segment: lan}]}
`;

const ours = { guest: 'aster-web', nic: 'aster-web/0', owner: 'aster', segment: 'lan', port: 'bkp-aster-web.0' };
const theirs = { guest: 'birch-web', nic: 'birch-web/0', owner: 'birch', segment: 'lan', port: 'bkp-birch-web.0' };
let at = Date.parse('2026-11-22T10:00:00Z');
const seen = (kind: EventKind, subject: Observation['subject'], more: Partial<Observation> = {}): Observation => ({
  kind,
  severity: 'warning',
  subject,
  text: `something about ${subject.guest ?? 'the site'} and birch-web`,
  at: at++,
  ...more,
});

test('a tenant reads events of its guests, without what they say of anybody else', async () => {
  const { events, engine, tenantOf, close } = await openTenants(site);
  try {
    const tenant = tenantOf('aster').engine;
    // Rules make alerts of some of it, in their own time.
    const kinds: EventKind[] = ['violation', 'conflict', 'limit', 'isolation', 'link', 'pool', 'repair'];
    for (let i = 0; i < 20; i++) events.publish(seen('violation', theirs, { detail: `theirs${i}` }));
    events.publish(seen('violation', ours, { text: 'port "bkp-aster-web.0" sent 3 frames', seen: 'ARP' }));
    for (let i = 0; i < 20; i++) events.publish(seen('link', theirs, { detail: `theirs${i}` }));
    events.publish(seen('conflict', ours, { seen: 'at bkp-birch-web.0', expected: 'nowhere', done: 'birch-web' }));
    events.publish(seen('limit', ours, { detail: 'all-sessions' }));
    events.publish(seen('isolation', ours, { done: 'isolated', detail: '1', who: 'olga', from: 'unix socket' }));
    events.publish(
      seen('isolation', ours, { text: 'our own', detail: '2', done: 'let go', who: 'aster/ann', from: '192.0.2.1' }),
    );
    events.publish(seen('alert', { owner: 'aster', object: 'rule violation' }, { detail: 'silence-4' }));
    events.publish(seen('pool', { pool: 'default' }));
    events.publish(seen('repair', {}));
    await events.flush();
    const { events: list } = await tenant.events.list({ kinds }, { limit: 100 });
    assert.deepEqual(
      list.map(({ kind }) => kind),
      ['isolation', 'isolation', 'limit', 'conflict', 'violation'],
    );
    const text = JSON.stringify(list);
    for (const word of ['birch', 'olga', 'unix socket', 'all-sessions'])
      assert.ok(!text.includes(word), `${word}: ${text}`);
    assert.match(text, /aster\/ann/);
    assert.equal(list.at(-1)?.text, 'port "bkp-aster-web.0" sent 3 frames');
    // Between two of its own there may have been twenty, or none.
    const { events: all } = await engine.events.list({ owner: 'aster', kinds }, { limit: 100 });
    const ids = list.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    for (const { id } of all) assert.ok(!ids.includes(id));
    const page = await tenant.events.list({ kinds }, { limit: 2 });
    const rest = await tenant.events.list({ kinds }, { limit: 9, before: page.next as number });
    assert.deepEqual(
      [...page.events, ...rest.events].map(({ id }) => id),
      ids,
    );

    // The id of an event is where following goes on behind it.
    const reader = new AbortController();
    const following = tenant.events.follow({ kinds }, list.at(-1)?.id, reader.signal)[Symbol.asyncIterator]();
    const next = async (): Promise<string | undefined> => (await following.next()).value?.kind;
    assert.deepEqual(
      [await next(), await next(), await next(), await next()],
      ['conflict', 'limit', 'isolation', 'isolation'],
    );
    const live = next();
    events.publish(seen('link', theirs, { detail: 'later' }));
    events.publish(seen('violation', ours, { detail: 'later' }));
    assert.equal(await live, 'violation');
    reader.abort();
    await following.return?.();
    for (const filter of [{ owner: 'birch' }, { guest: 'birch-web' }, { port: 'bkp-birch-web.0' }])
      assert.deepEqual(await tenant.events.list(filter, { limit: 9 }), { events: [] });
    assert.throws(() => tenant.events.listen(() => undefined), { code: 'forbidden' });
    assert.ok(tenant.events.lasting().every(({ subject }) => subject.owner === 'aster'));
  } finally {
    await close();
  }
});

test('a tenant acknowledges its alerts, and no others', async () => {
  const { events, engine, tenantOf, close } = await openTenants(
    `${site}alerts: {rules: [{name: violation, for: 0s}, {name: conflict, for: 0s}]}\n`,
  );
  try {
    const tenant = tenantOf('aster').engine;
    const lasts = { quietAfter: 600_000 };
    events.publish(seen('violation', theirs, { lasts, detail: 'spoofed_arp', at: Date.now() }));
    events.publish(seen('violation', ours, { lasts, detail: 'spoofed_arp', text: 'its own', at: Date.now() }));
    await events.flush();
    for (let i = 0; i < 200 && (await engine.alerts.list({ state: 'firing' })).length < 2; i++)
      await new Promise((resolve) => setTimeout(resolve, 100));
    const all = await engine.alerts.list({ state: 'firing' });
    assert.equal(all.length, 2);
    const [own, ...rest] = await tenant.alerts.list({ state: 'firing' });

    assert.deepEqual([own?.subject.guest, own?.text, rest], ['aster-web', 'its own', []]);
    assert.equal((await tenant.status()).alerts.firing, 1);
    const foreign = all.find(({ subject }) => subject.owner === 'birch')?.id as number;
    const actor = { who: 'ann', from: '192.0.2.1' };
    for (const id of [foreign, 0, 2 ** 47])
      await assert.rejects(tenant.alerts.acknowledge(id, 'mine', actor), { code: 'not-found' });
    const done = await tenant.alerts.acknowledge(own?.id as number, 'I look', actor);
    assert.deepEqual([done.acknowledged?.who, done.acknowledged?.reason], ['aster/ann', 'I look']);
    const olga = await engine.alerts.acknowledge(
      all.find(({ subject }) => subject.owner === 'aster')?.id as number,
      'because of birch-web',
      { who: 'olga', from: 'x' },
    );
    assert.equal(olga.acknowledged?.who, 'olga');
    const [after] = await tenant.alerts.list({ state: 'firing' });
    assert.deepEqual([after?.acknowledged?.who, after?.acknowledged?.reason], ['operator', '']);
    await assert.rejects(tenant.alerts.rules(), { code: 'forbidden' });
    const silence = { reason: 'x', seconds: 60 };
    await assert.rejects(tenant.alerts.silence(silence, actor), { code: 'forbidden' });
  } finally {
    await close();
  }
});
