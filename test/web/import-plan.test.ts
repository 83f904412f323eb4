import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { changedValues } from '../../web/src/views/audit/changed-values.ts';
import { guestsOf, isWithin, rowsOfLeases } from '../../web/src/views/site/import-plan.ts';

const words = { noGuest: 'no guest', isThere: 'there', outside: 'outside' };
const segment = { name: 'dev', subnet: '10.77.10.0/24' };
const item = (mac: string, rest: object = {}) => ({ where: `line ${mac}`, mac, ...rest });

test('NICs of one name become one guest in their order; who is there already is left alone', () => {
  const items = [
    item('02:00:00:00:00:02', { guest: 'web', nic: 1, owner: 'acme' }),
    item('02:00:00:00:00:01', { guest: 'web', nic: 0, ip4: '10.77.10.9' }),
    item('02:00:00:00:00:03', { guest: 'old' }),
    item('02:00:00:00:00:04'),
    item('02:00:00:00:00:05', { guest: 'far', ip4: '192.0.2.1' }),
  ];
  const read = { format: 'csv', items, mistakes: [{ where: 'line 9', message: 'no MAC' }], withoutSegment: 0 };
  const { orders, rows } = guestsOf(read, segment, new Set(['old']), words);
  deepEqual(orders, [
    {
      op: 'put',
      kind: 'guest',
      body: {
        name: 'web',
        owner: 'acme',
        nics: [
          { segment: 'dev', mac: '02:00:00:00:00:01', ip: '10.77.10.9' },
          { segment: 'dev', mac: '02:00:00:00:00:02' },
        ],
      },
    },
    { op: 'put', kind: 'guest', body: { name: 'far', nics: [{ segment: 'dev', mac: '02:00:00:00:00:05' }] } },
  ]);
  deepEqual(
    rows.map(({ outcome, why }) => [outcome, why]),
    [
      ['taken', undefined],
      ['taken', undefined],
      ['known', 'there'],
      ['skipped', 'no guest'],
      ['taken', 'outside'],
      ['unreadable', 'no MAC'],
    ],
  );
});

test('outcomes stand beside the items that they are about', () => {
  const read = { format: 'ip', items: [item('a'), item('b')], mistakes: [], withoutSegment: 0 };
  const rows = rowsOfLeases(read, [
    { where: '', mac: 'a', outcome: 'taken' },
    { where: '', mac: 'b', outcome: 'conflict', conflict: 'with web1/0' },
  ]);
  deepEqual(
    rows.map(({ mac, outcome, why }) => [mac, outcome, why]),
    [
      ['a', 'taken', undefined],
      ['b', 'conflict', 'with web1/0'],
    ],
  );
});

test('an address is in a subnet or not, also at its ends', () => {
  equal(isWithin('10.77.10.0/24', '10.77.10.255'), true);
  equal(isWithin('10.77.10.0/24', '10.77.11.0'), false);
  equal(isWithin('0.0.0.0/0', '255.255.255.255'), true);
});

test('an entry names the values that are not what they were', () => {
  deepEqual(changedValues({ a: 1, n: [{ m: 'x' }], gone: true }, { a: 1, n: [{ m: 'y' }], fresh: { b: null } }), [
    { path: 'n[0].m', before: 'x', after: 'y' },
    { path: 'gone', before: 'true' },
    { path: 'fresh.b', after: 'null' },
  ]);
  deepEqual(changedValues(undefined, 'a text'), [{ path: '', after: 'a text' }]);
});
