import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { isAppError } from '../../src/errors/app-error.ts';
import type { Assignments } from '../../src/model/assignments.ts';
import type { Pool, Site } from '../../src/model/site.ts';
import { subnetHolds } from '../../src/model/subnet.ts';
import { poolSpaceOf } from '../../src/registry/pools/pool-space.ts';
import { proposeAssignments } from '../../src/registry/propose.ts';
import type { Registry, StoredObject } from '../../src/registry/registry.ts';
import { openSqliteRegistry } from '../../src/registry/sqlite/open.ts';
import { forward, guest, type NicText, noon, pool, segment, site } from './site-builder.ts';

// A world so small that pools run dry, quarantines bind and comebacks meet strangers all the time.
const range = '02:1a:3f:00:00:00/45';
const quarantine = 600;
const pools: StoredObject = { kind: 'pool', name: 'default', origin: 'file', body: { range, quarantine: '10m' } };

type Step =
  | { do: 'put'; guest: number; nics: NicText[]; shares: boolean }
  | { do: 'remove'; guest: number }
  | { do: 'replace'; guest: number; gone: number; nics: NicText[] }
  | { do: 'publish'; port: number }
  | { do: 'withdraw' }
  | { do: 'ask'; vpn: number; wish: { mac?: string | undefined; ipv4?: string | undefined } }
  | { do: 'release'; vpn: number }
  | { do: 'wait'; seconds: number }
  | { do: 'block'; size: number };

const macText = fc.integer({ min: 0, max: 10 }).map((n) => `02:1a:3f:00:00:${n.toString(16).padStart(2, '0')}`);
const nicText: fc.Arbitrary<NicText> = fc.record({
  segment: fc.constantFrom('dev', 'dev', 'dev', 'prod'),
  mac: fc.option(macText, { nil: undefined, freq: 4 }),
  ip: fc.option(
    fc.integer({ min: 2, max: 14 }).map((n) => `10.77.10.${n}`),
    { nil: undefined, freq: 4 },
  ),
});
const onDev = (nic: NicText): NicText => (nic.segment === 'prod' ? { ...nic, ip: undefined } : nic);
const someNics = fc.array(nicText.map(onDev), { minLength: 1, maxLength: 3 });
const someGuest = fc.integer({ min: 0, max: 9 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('put' as const),
      guest: someGuest,
      nics: someNics,
      shares: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('remove' as const), guest: someGuest }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('replace' as const), guest: someGuest, gone: someGuest, nics: someNics }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('publish' as const), port: fc.integer({ min: 1024, max: 1400 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('withdraw' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.constantFrom(1, 300, 600, 3600) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('ask' as const),
      vpn: fc.integer({ min: 0, max: 3 }),
      wish: nicText.map(({ mac, ip }) => ({ mac, ipv4: ip })),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('release' as const), vpn: fc.integer({ min: 0, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('block' as const), size: fc.constantFrom(30, 60) }) },
);

function take(before: Site, change: Step): Site {
  const name = 'guest' in change ? `g${change.guest}` : '';
  const others = before.guests.filter((held) => held.name !== name);
  switch (change.do) {
    case 'put':
      return {
        ...before,
        guests: [...others, guest(name, change.nics, change.shares ? [String(5000 + change.guest)] : [])],
      };
    case 'replace':
      return {
        ...before,
        guests: [...others.filter((held) => held.name !== `g${change.gone}`), guest(name, change.nics)],
      };
    case 'remove':
      return { ...before, guests: others };
    case 'publish':
      return { ...before, forwards: [...before.forwards, forward(String(change.port), 'g0')] };
    case 'withdraw':
      return { ...before, forwards: before.forwards.slice(1) };
    case 'block':
      return { ...before, limits: { ...before.limits, portBlock: change.size } };
    case 'ask':
    case 'release':
    case 'wait':
      return before;
  }
}

/** Who had an address last, and when others may have it: kept by the test itself, apart from the registry. */
interface LastHolder {
  readonly guest: string;
  readonly freeAt: number;
}

const addressesOf = (held: { segment: string; mac: string; ipv4: string; ipv6?: string | undefined }): string[] =>
  [held.mac, `${held.segment} ${held.ipv4}`].concat(held.ipv6 === undefined ? [] : [`${held.segment} ${held.ipv6}`]);

function assertNothingTwice(now: Site, { nics, guests }: Assignments): void {
  const addresses = [...nics.values()].flatMap(addressesOf);
  assert.equal(new Set(addresses).size, addresses.length, 'an address was given twice');
  assert.equal(nics.size, now.guests.flatMap((held) => held.nics).length);
  for (const held of nics.values()) {
    const { subnet } = now.segments.find(({ name }) => name === held.segment) ?? assert.fail('a segment of the site');
    assert.ok(subnetHolds(subnet, held.ipv4) && !/\.(0|1|15)$/.test(held.ipv4), held.ipv4);
  }
  const ports = new Map<number, string>();
  const claim = (first: number, last: number, who: string): void => {
    for (let port = first; port <= last; port++) {
      assert.ok(!ports.has(port), `port ${port} belongs to ${ports.get(port)} and ${who}`);
      ports.set(port, who);
    }
  };
  for (const { first, last, guest: name } of guests.values()) claim(first, last, name);
  for (const { ports: published } of now.forwards)
    assert.ok(!ports.has(published.first), `${published.first} is published`);
  const shareIds = [...guests.values()].flatMap(({ shareId }) => shareId ?? []);
  assert.equal(new Set(shareIds).size, shareIds.length);
}

function assertPromises(
  before: Assignments,
  after: Assignments,
  now: Site,
  last: Map<string, LastHolder>,
  at: number,
): void {
  const holderBefore = new Map(
    [...before.nics.values()].flatMap((held) => addressesOf(held).map((key) => [key, held.guest])),
  );
  for (const [id, held] of after.nics) {
    const spec = now.guests.find(({ name }) => name === held.guest)?.nics[held.nic] ?? assert.fail('a NIC of the site');
    if (spec.mac !== undefined) assert.equal(held.mac, spec.mac);
    if (spec.ip !== undefined) assert.equal(held.ipv4, spec.ip);
    const had = before.nics.get(id);
    if (had?.segment === held.segment) {
      if (spec.mac === undefined) assert.equal(held.mac, had.mac, `${id} lost its MAC`);
      if (spec.ip === undefined) assert.equal(held.ipv4, had.ipv4, `${id} lost its address`);
      if (held.mac === had.mac && held.ipv4 === had.ipv4)
        assert.equal(held, had, 'what did not change is the same object');
    }
    for (const key of addressesOf(held)) {
      const quarantined = last.get(key);
      const barred = quarantined !== undefined && quarantined.guest !== held.guest && quarantined.freeAt > at;
      assert.ok(!barred, `${key} was given to ${id} in the quarantine of ${quarantined?.guest}`);
      const explicit = key === spec.mac || key.endsWith(` ${spec.ip}`);
      const holder = holderBefore.get(key);
      assert.ok(
        holder === undefined || holder === held.guest || explicit,
        `${key} went from ${holder} to ${id} at once`,
      );
    }
  }
}

/** Leases that others make by requests, and give back. */
async function request({ leases }: Registry, step: Step, { pools: all, segments }: Site, now: number): Promise<void> {
  const actor = { who: 'eve', from: 'elsewhere' };
  if (step.do === 'ask') {
    const { mac, ipv4 } = step.wish;
    const wish = { ...(mac === undefined ? {} : { mac }), ...(ipv4 === undefined ? {} : { ipv4 }) };
    const wishes = [{ guest: `vpn${step.vpn}`, nic: 0, segment: 'dev', ...wish }];
    const order = { wishes, segments, pool: poolSpaceOf(all[0] as Pool, all), state: 'active' as const, actor, now };
    await leases.lease(order).catch((error) => assert.ok(['conflict', 'pool-exhausted'].includes(error.code), error));
  } else if (step.do === 'release') {
    const { leases: held } = await leases.list({ guest: `vpn${step.vpn}`, states: ['active'], limit: 10 });
    await leases.release({ ids: held.map(({ id }) => id), quarantine: () => quarantine, actor, now });
  }
}

/** The store holds what the site holds and what was asked for, and no address in two leases. */
async function assertStored(registry: Registry, { nics }: Assignments): Promise<void> {
  const { leases } = await registry.leases.list({ states: ['active', 'reserved', 'retiring'], limit: 1000 });
  const all = leases.flatMap((held) => addressesOf(held as Required<typeof held>));
  assert.equal(new Set(all).size, all.length, 'an address is held twice');
  const ofSite = leases.filter(({ source }) => source === 'site').flatMap((held) => addressesOf(held as never));
  assert.deepEqual(ofSite.sort(), [...nics.values()].flatMap(addressesOf).sort());
}

async function play(registry: Registry, steps: readonly Step[]): Promise<void> {
  const addresses = registry.leases;
  const segments = [segment('dev', '10.77.10.0/28', 'fd00:77:10::/64'), segment('prod', '10.77.20.0/28')];
  let current = site({ pools: [pool('default', range, { quarantine })], segments, limits: { portBlock: 30 } });
  let held = await registry.assignments();
  let now = noon;
  const last = new Map<string, LastHolder>();
  await registry.commit({ author: 'test', comment: '', at: now, put: [pools], remove: [], assignments: held });
  for (const change of steps) {
    if (change.do === 'wait') now += change.seconds * 1000;
    await request(registry, change, current, now);
    const wanted = take(current, change);
    const avoidPorts = [{ first: 1200, last: 1210 }];
    let next: Assignments;
    try {
      next = (await proposeAssignments(wanted, held, { addresses, now, avoidPorts, siteKey: 'k' })).assignments;
    } catch (error) {
      assert.ok(
        isAppError(error) && ['conflict', 'pool-exhausted', 'ports-exhausted'].includes(error.code),
        String(error),
      );
      continue;
    }
    assertNothingTwice(wanted, next);
    assertPromises(held, next, wanted, last, now);
    await registry.commit({ author: 'test', comment: change.do, at: now, put: [], remove: [], assignments: next });
    await assertStored(registry, next);
    for (const old of held.nics.values()) {
      for (const key of addressesOf(old)) last.set(key, { guest: old.guest, freeAt: now + quarantine * 1000 });
    }
    for (const key of [...next.nics.values()].flatMap(addressesOf)) last.delete(key);
    [current, held] = [wanted, next];
    const again = await proposeAssignments(current, held, { addresses, now, avoidPorts, siteKey: 'k' });
    assert.equal(again.assignments, held, 'asking again changes nothing');
  }
  await assertComebacks(registry, current, held, now);
}

/** Everybody goes, time passes, and everybody comes back: they get what they had. */
async function assertComebacks(registry: Registry, whole: Site, held: Assignments, at: number): Promise<void> {
  const empty = { nics: new Map(), guests: new Map() };
  await registry.commit({ author: 'test', comment: 'all go', at, put: [], remove: [], assignments: empty });
  for (const now of [at, at + 10 * quarantine * 1000]) {
    const context = { addresses: registry.leases, now, avoidPorts: [], siteKey: 'k' };
    const back = await proposeAssignments({ ...whole, guests: whole.guests.toReversed() }, empty, context);
    assert.deepEqual(new Map([...back.assignments.nics].sort()), new Map([...held.nics].sort()));
  }
}

test('whatever happens to a site, nothing is given twice, nothing in quarantine, and those who stay or return keep theirs', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60, size: 'max' }), async (steps) => {
      const directory = await mkdtemp(join(tmpdir(), 'bk-propose-'));
      const registry = await openSqliteRegistry({ directory, now: () => noon });
      try {
        await play(registry, steps);
      } finally {
        await registry.close();
        await rm(directory, { recursive: true });
      }
    }),
    { numRuns: 40 },
  );
});
