import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ipv4FromInteger } from '../../../src/model/ip-address.ts';
import { markOf } from '../../../src/model/same-address.ts';
import { keepOnly, RecordedSessions } from '../../../src/observers/recorder/recorded-sessions.ts';
import { packSessions, type Sample } from './sample-session.ts';

const shared = '203.0.113.10';
const world = '198.51.100.7';
const web1 = '10.77.10.20';
const db1 = '10.77.20.5';
const gateway = '10.77.10.1';
const sip1 = { mark: markOf(7), zone: 7 };

const site = new RecordedSessions({
  guests: ['10.77.10.0/24', 'fd00:77:10::/64', '10.77.20.0/24'],
  host: [shared, '2001:db8::10', gateway, '10.77.20.1', '10.77.10.255', 'fd00:77:10::1', '169.254.1.1'],
});
const recorded = (sample: Sample): boolean => site.holds(packSessions([sample]), 0);

const cases: readonly [what: string, sample: Sample, expected: boolean][] = [
  ['a guest reaches the world', { original: [web1, world], reply: [world, shared] }, true],
  ['the world reaches a published port', { original: [world, shared], reply: [web1, world] }, true],
  ['a guest reaches a guest of another segment', { original: [web1, db1], reply: [db1, web1] }, true],
  ['a guest uses a published port from inside', { original: [web1, shared], reply: [db1, shared] }, true],
  [
    'a guest reaches the world over IPv6',
    { original: ['fd00:77:10::20', '2001:db8:1::1'], reply: ['2001:db8:1::1', '2001:db8::10'] },
    true,
  ],
  ['a same-address guest reaches the world', { ...sip1, original: [shared, world], reply: [world, shared] }, true],
  [
    'the world reaches a same-address guest',
    { ...sip1, zone: 0, original: [world, shared], reply: [shared, world] },
    true,
  ],
  ['a guest reaches a same-address guest', { ...sip1, zone: 0, original: [web1, shared], reply: [shared, web1] }, true],
  ['the host reaches the world', { original: [shared, world], reply: [world, shared] }, false],
  ['the world reaches the host', { original: [world, shared], reply: [shared, world] }, false],
  ['a guest asks the name service of the host', { original: [web1, gateway], reply: [gateway, web1] }, false],
  ['the host reaches a guest', { original: [gateway, web1], reply: [web1, gateway] }, false],
  ['the host uses a published port', { original: [shared, shared], reply: [web1, gateway] }, false],
  [
    'the host reaches a same-address guest',
    { ...sip1, zone: 0, original: [shared, shared], reply: [shared, '169.254.1.1'] },
    false,
  ],
  [
    'a same-address guest asks the host',
    { ...sip1, original: [shared, '169.254.1.1'], reply: ['169.254.1.1', shared] },
    false,
  ],
  ['a guest speaks to a multicast group', { original: [web1, '224.0.0.251'], reply: ['224.0.0.251', web1] }, false],
  ['a guest broadcasts', { original: [web1, '10.77.10.255'], reply: ['10.77.10.255', web1] }, false],
  ['others route through this host', { original: ['192.0.2.1', world], reply: [world, '192.0.2.1'] }, false],
];

for (const [what, sample, expected] of cases) {
  test(`it is ${expected ? '' : 'not '}recorded when ${what}`, () => assert.equal(recorded(sample), expected));
}

test('of many subnets, also such that lie in each other, the right ones are found', () => {
  const subnet = fc.record({ prefix: fc.integer({ min: 8, max: 30 }), address: fc.nat(0xdfffffff) });
  fc.assert(
    fc.property(
      fc.array(subnet, { maxLength: 40 }),
      fc.array(fc.nat(0xdfffffff), { minLength: 1 }),
      (subnets, some) => {
        const ranges = subnets.map(({ prefix, address }) => {
          const size = 2 ** (32 - prefix);
          return { first: address - (address % size), size, prefix };
        });
        const guests = ranges.map(({ first, prefix }) => `${ipv4FromInteger(first)}/${prefix}`);
        const one = new RecordedSessions({ guests, host: [] });
        for (const address of [...some, ...ranges.map(({ first, size }) => first + size - 1)]) {
          const inside = address !== 0 && ranges.some(({ first, size }) => address >= first && address < first + size);
          const sample = {
            original: [ipv4FromInteger(address), '239.0.0.1'],
            reply: ['223.255.255.255', shared],
          } as const;
          const outside = ranges.some(({ first, size }) => 0xdfffffff >= first && 0xdfffffff < first + size);
          assert.equal(one.holds(packSessions([sample]), 0), address !== 0 && (inside || outside));
        }
      },
    ),
  );
});

test('what is left of a row is in its order, whatever is taken out', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 50 }), (wanted) => {
      const records = packSessions(wanted.map((_, i) => ({ id: i, original: [web1, world], reply: [world, shared] })));
      keepOnly(records, (all, index) => wanted[all.id(index)] === true);
      const ids = Array.from({ length: records.length }, (_, i) => records.id(i));
      assert.deepEqual(
        ids,
        wanted.flatMap((keep, i) => (keep ? [i] : [])),
      );
    }),
  );
});
