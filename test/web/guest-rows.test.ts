import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LeaseView } from '../../src/client/client.ts';
import { type Around, filterRows, plainRows, plugStateOf, rowsAround } from '../../web/src/views/guests/guest-row.ts';

const nic = (guest: string, index: number, more: Partial<LeaseView> = {}): LeaseView => ({
  guest,
  nic: index,
  segment: 'dev',
  mac: `02:1a:3f:00:00:0${index}`,
  ipv4: `10.77.10.${index + 2}`,
  share: 'nat',
  portBlock: '20000-20999',
  port: `bkp-${guest}.${index}`,
  attached: true,
  ...more,
});

const quiet: Around = { sessions: new Map(), isolations: [], rotations: [], violating: new Set() };

describe('rows of guests', () => {
  test('NICs of a guest are one row, found by any of their addresses', () => {
    const plain = plainRows([nic('web1', 0), nic('web1', 1, { segment: 'prod' }), nic('db1', 0, { owner: 'acme' })]);
    assert.deepEqual(
      plain.map(({ name, segments }) => [name, segments]),
      [
        ['web1', ['dev', 'prod']],
        ['db1', ['dev']],
      ],
    );
    const rows = rowsAround(plain, quiet, new Map());
    const found = (text: string) => filterRows(rows, { text }).map(({ name }) => name);
    assert.deepEqual(found('10.77.10.3'), ['web1']);
    assert.deepEqual(found('ACME  db'), ['db1']);
    assert.deepEqual(found('acme web'), []);
    assert.deepEqual(found(''), ['web1', 'db1']);
    assert.deepEqual(
      filterRows(rows, { text: '', segment: 'prod' }).map(({ name }) => name),
      ['web1'],
    );
  });

  test('a row about which nothing has changed stays the same object', () => {
    const plain = plainRows([nic('web1', 0), nic('db1', 0)]);
    const before = rowsAround(plain, quiet, new Map());
    const known = new Map(before.map((row) => [row.name, row]));
    const after = rowsAround(plain, { ...quiet, violating: new Set(['db1']) }, known);
    assert.equal(after[0], before[0]);
    assert.notEqual(after[1], before[1]);
    assert.equal(after[1]?.violates, true);
  });

  test('a guest is plugged in with all of its NICs, with some, with none, or waits', () => {
    const off = { attached: false };
    const { port: _, ...without } = nic('a', 0, off);
    assert.equal(plugStateOf([nic('a', 0), nic('a', 1)]), 'plugged');
    assert.equal(plugStateOf([nic('a', 0), nic('a', 1, off)]), 'partly');
    assert.equal(plugStateOf([nic('a', 0, off)]), 'waiting');
    assert.equal(plugStateOf([without]), 'unplugged');
  });
});
