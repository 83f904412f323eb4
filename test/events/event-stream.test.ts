import assert from 'node:assert/strict';
import { test } from 'node:test';
import { carryFor, foldFor } from '../../src/events/episode-book.ts';
import type { BridgekeeperEvent } from '../../src/model/event.ts';
import { noon, observation, openStream, until } from './open-stream.ts';

const minute = 60_000;
const brief = ({ kind, count, state }: BridgekeeperEvent): string => `${kind} ${count} ${state}`;

test('the same again and again is one event and few entries: its begin, that it goes on, its end', async (t) => {
  const { stream, clock, registry } = await openStream(t);
  const told: string[] = [];
  stream.listen((event) => told.push(`${event.id} ${brief(event)}`));
  for (let second = 0; second < 7_000; second++) {
    stream.publish(observation({ at: clock.now(), lasts: { quietAfter: 5_000 } }));
    clock.pass(1_000);
    stream.tick();
    if (second % 30 === 0) await stream.flush();
  }
  await stream.flush();
  clock.pass(5_000);
  stream.tick();
  await stream.flush();
  const entries = (await registry.journal(100)).reverse();
  assert.deepEqual(
    entries.map(({ text }) => text.replace(/\d{4}-\S+/g, 'T')),
    [
      'port "tap0" sends from another MAC address',
      'port "tap0" sends from another MAC address (61 times since T',
      'port "tap0" sends from another MAC address (601 times since T',
      'port "tap0" sends from another MAC address (3601 times since T',
      'it is over that port "tap0" sends from another MAC address (7000 times since T the last at T',
    ].map((text) => text.replace(/ since T$/, ' since T')),
  );
  const { events } = await stream.list({}, { limit: 10 });
  assert.deepEqual(events.map(brief), ['violation 7000 over']);
  assert.equal(events[0]?.at, noon);
  assert.equal(events[0]?.last, noon + 6_999_000);
  // At most one a second while it grows.
  assert.ok(told.length >= 6_990 && told.length <= 7_010, `${told.length} calls`);
  assert.equal(told.at(-1), '1 violation 7000 over');
});

test('it is told when it begins, at once when it gets worse, and not again while nothing is new', async (t) => {
  const { stream, clock, registry } = await openStream(t);
  const told: string[] = [];
  stream.listen(({ severity, state }) => told.push(`${severity} ${state}`));
  stream.publish(observation({ lasts: 'begins' }));
  await stream.flush();
  stream.publish(observation({ lasts: 'begins', severity: 'critical' }));
  await stream.flush();
  for (let hours = 0; hours < 30; hours++) {
    clock.pass(60 * minute);
    stream.tick();
  }
  await stream.flush();
  stream.publish(observation({ lasts: 'over', text: 'port "tap0" is silent' }));
  await stream.flush();
  assert.deepEqual(told, ['warning lasting', 'critical lasting', 'critical over']);
  assert.deepEqual(
    (await registry.journal(10)).map(({ text }) => text.replace(/ \(.*/, '')),
    [
      'port "tap0" is silent',
      'port "tap0" sends from another MAC address',
      'port "tap0" sends from another MAC address',
    ],
  );
  assert.deepEqual((await stream.list({}, { limit: 10 })).events.map(brief), ['violation 2 over']);
});

test('what begins and is over at once is told as both', async (t) => {
  const { stream, registry } = await openStream(t);
  const told: string[] = [];
  stream.listen((event) => told.push(brief(event)));
  stream.publish(observation({ lasts: 'begins' }));
  stream.publish(observation({ lasts: 'over', text: 'silent' }));
  stream.publish(observation({ lasts: 'over', text: 'what never began' }));
  await stream.flush();
  assert.deepEqual(told, ['violation 1 lasting', 'violation 1 over']);
  assert.equal((await registry.journal(10)).length, 2);
  assert.deepEqual(stream.lasting(), []);
});

test('MAC addresses are pseudonyms in the journal, and in clear in the stream', async (t) => {
  const { stream, registry } = await openStream(t);
  const mac = '02:1a:3f:00:10:01';
  stream.publish(observation({ text: `${mac} is at two places`, seen: mac, subject: { object: mac } }));
  await stream.flush();
  const [event] = (await stream.list({}, { limit: 10 })).events;
  assert.deepEqual([event?.text, event?.seen, event?.subject.object], [`${mac} is at two places`, mac, mac]);
  for await (const [record] of registry.audit.records({}, { clear: false })) {
    assert.ok(!`${record?.text}${record?.after}`.includes(mac), 'not as it was published');
    assert.match(record?.text ?? '', /^mac-[0-9a-f]{16} is at two places$/);
  }
  assert.equal((await registry.audit.verify()).whole, true);
});

test('filters and pages lead to every event once, newest first', async (t) => {
  const { stream, registry } = await openStream(t);
  for (let n = 0; n < 700; n++) {
    const guest = `web${n % 7}`;
    const subject = { guest, port: `tap${n % 7}`, segment: n % 2 ? 'dev' : 'prod', owner: n % 7 === 3 ? 'b' : 'a' };
    const [kind, severity] = n % 5 === 0 ? (['link', 'info'] as const) : (['violation', 'critical'] as const);
    stream.publish(observation({ kind, severity, subject, detail: String(n), at: noon + n }));
    // Entries that are no events lie between them.
    if (n % 10 === 0) await registry.note('apply', `revision ${n}`, noon);
  }
  await stream.flush();
  const all = async (filter: Parameters<typeof stream.list>[0], limit: number): Promise<number[]> => {
    const ids: number[] = [];
    for (let before: number | undefined; ; ) {
      const page = await stream.list(filter, { limit, ...(before === undefined ? {} : { before }) });
      ids.push(...page.events.map(({ detail }) => Number(detail)));
      assert.ok(page.events.length <= limit);
      if (page.next === undefined) return ids;
      before = page.next;
    }
  };
  const expected = (fits: (n: number) => boolean): number[] =>
    Array.from({ length: 700 }, (_, n) => 699 - n).filter(fits);
  assert.deepEqual(
    await all({}, 100),
    expected(() => true),
  );
  assert.deepEqual(
    await all({ guest: 'web3' }, 7),
    expected((n) => n % 7 === 3),
  );
  assert.deepEqual(
    await all({ owner: 'b', segment: 'dev' }, 1000),
    expected((n) => n % 7 === 3 && n % 2 === 1),
  );
  assert.deepEqual(
    await all({ kinds: ['link'], port: 'tap0' }, 3),
    expected((n) => n % 35 === 0),
  );
  assert.deepEqual(
    await all({ atLeast: 'warning', since: noon + 600, until: noon + 620 }, 5),
    expected((n) => n >= 600 && n < 620 && n % 5 !== 0),
  );
  assert.deepEqual(await all({ guest: 'nobody' }, 5), []);
});

test('what lasted when the daemon ended goes on with the next one, and is over when nobody sees it any more', async (t) => {
  const first = await openStream(t);
  for (const port of ['tap0', 'tap1', 'tap2'])
    for (let n = 0; n < 3; n++) first.stream.publish(observation({ subject: { port }, lasts: 'begins' }));
  first.stream.publish(observation({ subject: { port: 'tap2' }, lasts: 'over', text: 'silent' }));
  first.stream.publish(observation({ kind: 'drift', subject: {} }));
  await first.close();
  const { directory, clock } = first;
  const { stream, clock: later } = await openStream(t, { directory, clock });
  assert.deepEqual(stream.lasting().map(brief), ['violation 3 lasting', 'violation 3 lasting']);
  const told: string[] = [];
  stream.listen((event) => told.push(`${event.subject.port} ${brief(event)}`));
  stream.publish(observation({ subject: { port: 'tap0' }, lasts: 'begins' }));
  later.pass(carryFor);
  stream.tick();
  await stream.flush();
  assert.deepEqual(told, ['tap0 violation 4 lasting', 'tap1 violation 3 over']);
  const { events } = await stream.list({}, { limit: 10 });
  assert.deepEqual(events.map(brief), ['drift 1 once', 'violation 3 over', 'violation 3 over', 'violation 4 lasting']);
});

test('an event whose end nobody saw and nobody knows of any more is not shown as lasting', async (t) => {
  const first = await openStream(t);
  for (let n = 0; n < 5; n++) first.stream.publish(observation({ detail: String(n), lasts: 'begins' }));
  await first.close();
  const { stream } = await openStream(t, { directory: first.directory, clock: first.clock, most: 2 });
  assert.deepEqual(
    (await stream.list({}, { limit: 10 })).events.map(({ detail, state }) => `${detail} ${state}`),
    ['4 lasting', '3 lasting', '2 over', '1 over', '0 over'],
  );
});

test('an erasure that takes out an entry takes out its event', async (t) => {
  const { stream, registry } = await openStream(t);
  stream.publish(observation({}));
  stream.publish(observation({ kind: 'link', subject: { guest: 'db1', owner: 'team-b' } }));
  await stream.flush();
  const privacy = { period: 30, keep: 0 } as Parameters<typeof registry.privacy.erase>[1]['privacy'];
  const actor = { who: 'ada', from: 'unix socket' };
  await registry.privacy.erase('team-a', { privacy, now: noon + 1000 * 86_400_000, actor, forget: async () => {} });
  assert.deepEqual((await stream.list({}, { limit: 10 })).events.map(brief), ['link 1 once']);
});

test('what goes on about an owner who was erased is not told of any more, and begins anew when it is seen again', async (t) => {
  const { stream, registry } = await openStream(t);
  stream.publish(observation({ lasts: 'begins' }));
  stream.publish(observation({ lasts: 'begins', subject: { guest: 'db1', owner: 'team-b' } }));
  await stream.flush();
  stream.publish(observation({ lasts: 'over', text: 'silent' }));
  stream.publish(observation({ detail: 'other' }));
  stream.forget('team-a');
  await stream.flush();
  assert.equal((await registry.journal(10)).length, 2);
  assert.deepEqual(
    stream.lasting().map(({ subject }) => subject.owner),
    ['team-b'],
  );
  stream.publish(observation({ lasts: 'begins' }));
  await stream.flush();
  assert.deepEqual(
    stream.lasting().map(({ id, count }) => [id, count]),
    [
      [3, 1],
      [2, 1],
    ],
  );
});

test('an event that got more severe is found by how severe it is', async (t) => {
  const { stream } = await openStream(t);
  for (const severity of ['info', 'critical'] as const) {
    stream.publish(observation({ severity, lasts: 'begins' }));
    stream.publish(observation({ kind: 'link', severity: 'info' }));
    await stream.flush();
  }
  stream.publish(observation({ lasts: 'over' }));
  await stream.flush();
  const found = async (atLeast: 'info' | 'warning' | 'critical') =>
    (await stream.list({ atLeast }, { limit: 10 })).events.map(({ kind, severity }) => `${kind} ${severity}`);
  assert.deepEqual(await found('critical'), ['violation critical']);
  assert.deepEqual(await found('warning'), ['violation critical']);
  assert.deepEqual(await found('info'), ['link info', 'violation critical']);
});

test('a listener that throws is logged and hinders nobody', async (t) => {
  const { stream, log } = await openStream(t);
  let told = 0;
  stream.listen(() => {
    throw new Error('no');
  });
  const end = stream.listen(() => told++);
  stream.publish(observation());
  await stream.flush();
  end();
  stream.publish(observation({ kind: 'link' }));
  await stream.flush();
  assert.equal(told, 1);
  assert.deepEqual(log, ['a listener of events failed', 'a listener of events failed']);
});

test('an observation that makes no sense is taken as far as it does', async (t) => {
  const { stream, log } = await openStream(t);
  const long = 'x'.repeat(1_000_000);
  stream.publish(observation({ at: Number.NaN, count: -5, last: Number.POSITIVE_INFINITY, text: long, seen: long }));
  stream.publish(undefined as never);
  stream.publish(observation({ subject: { port: long, guest: undefined as never }, detail: long }));
  await stream.flush();
  const { events } = await stream.list({}, { limit: 10 });
  assert.deepEqual(
    events.map(({ at, last, count }) => [at, last, count]),
    [
      [noon, noon, 1],
      [noon, noon, 1],
    ],
  );
  assert.ok(JSON.stringify(events).length < 10_000);
  assert.equal(log.length, 1);
});

test('the first of a kind is in the journal within milliseconds, by itself', async (t) => {
  const { stream } = await openStream(t);
  const told = new Promise<number>((resolve) => stream.listen(() => resolve(performance.now())));
  const began = performance.now();
  stream.publish(observation());
  const took = (await told) - began;
  assert.ok(took < 5_000, `${took} ms`);
  assert.equal((await stream.list({}, { limit: 1 })).events.length, 1);
});

test('what happens once in a while is an event each time; what follows closely is counted', async (t) => {
  const { stream, clock } = await openStream(t);
  for (const wait of [foldFor - 1, foldFor, 1, foldFor + 1]) {
    stream.publish(observation({ at: clock.now() }));
    clock.pass(wait);
    stream.tick();
  }
  await until('three events', async () => {
    await stream.flush();
    const { events } = await stream.list({}, { limit: 10 });
    return events.length === 2 ? events : undefined;
  }).then((events) => assert.deepEqual(events.map(brief), ['violation 2 once', 'violation 2 once']));
});
