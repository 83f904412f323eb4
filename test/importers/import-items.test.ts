import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseImport } from '../../src/importers/formats.ts';
import { importItems, labelsOf } from '../../src/importers/import-items.ts';
import { parseLabel } from '../../src/model/names.ts';

const items = (text: string, options = {}) => importItems(parseImport(text), options);

describe('labels for names', () => {
  test('are labels, each of one name, whatever the names and their order', () => {
    const name = fc.oneof(
      fc.constantFrom('Web 1', 'web_1', 'web-1', 'WEB 1', '', '?', 'ß'),
      fc.string({ unit: 'grapheme' }),
    );
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 12 }), (names) => {
        const labels = labelsOf(names, 'guest');
        for (const label of labels.values()) parseLabel(label);
        assert.equal(new Set(labels.values()).size, names.length);
        assert.deepEqual(new Map([...labelsOf(names.toReversed(), 'guest')].sort()), new Map([...labels].sort()));
      }),
    );
  });

  test('that are labels already stay as they are', () => {
    assert.deepEqual([...labelsOf(['web-1', 'Web 1'], 'guest').keys()], ['web-1', 'Web 1']);
    assert.equal(labelsOf(['web-1', 'Web 1'], 'guest').get('web-1'), 'web-1');
  });
});

describe('what the registry is asked to take over', () => {
  const table =
    'mac,guest,ip,owner\n02:1a:3f:00:00:01,web1,10.0.0.5 10.0.0.6,Team A\n02:1a:3f:00:00:02,,2001:db8::7,\n';

  test('has the IP addresses of a NIC only where its segment is known', () => {
    assert.equal(items(table)[0]?.ip4, undefined);
    assert.match(items(table)[0]?.comment ?? '', /10\.0\.0\.5 10\.0\.0\.6/);
    const [first, second] = items(table, { segment: 'dev' });
    assert.deepEqual([first?.ip4, first?.ip6, first?.segment], ['10.0.0.5', undefined, 'dev']);
    assert.deepEqual([second?.ip4, second?.ip6], [undefined, '2001:db8::7']);
  });

  test('is in the segment that a table names, unless another is given', () => {
    const text =
      'mac,segment,ipv4\n02:1a:3f:00:00:01,dev,10.0.0.5\n02:1a:3f:00:00:02,,10.0.0.6\n02:1a:3f:00:00:03,Dev 1,10.0.0.7\n';
    const places = (options = {}) => items(text, options).map(({ segment, ip4 }) => `${segment} ${ip4}`);
    assert.deepEqual(places(), ['dev 10.0.0.5', 'undefined undefined', 'undefined undefined']);
    assert.deepEqual(places({ segment: 'prod' }), ['prod 10.0.0.5', 'prod 10.0.0.6', 'prod 10.0.0.7']);
    assert.match(parseImport(text).mistakes[0]?.message ?? '', /"Dev 1" cannot be the name of a segment/);
  });

  test('belongs to the owner of the text unless another is named', () => {
    assert.deepEqual(
      items(table).map(({ owner }) => owner),
      ['team-a', undefined],
    );
    assert.deepEqual(
      items(table, { owner: 'ops' }).map(({ owner }) => owner),
      ['ops', 'ops'],
    );
  });

  test('is for a guest that the text does not name when one is given', () => {
    assert.deepEqual(
      items(table, { guest: 'db1' }).map(({ guest, nic }) => `${guest}/${nic}`),
      ['web1/0', 'db1/0'],
    );
  });

  test('is one card for a host whose bridge has the address of its port', () => {
    const links = ['eth0', 'br0'].map((ifname) => ({ ifname, link_type: 'ether', address: '02:1a:3f:00:00:09' }));
    assert.equal(items(JSON.stringify(links)).length, 1);
  });

  test('is two cards for two guests with one address: they are in conflict', () => {
    const text = 'mac,guest\n02:1a:3f:00:00:01,a\n02:1a:3f:00:00:01,b\n02:1a:3f:00:00:01,a\n';
    assert.deepEqual(
      items(text).map(({ guest }) => guest),
      ['a', 'b'],
    );
  });

  test('gives two cards of a guest with one index each its own', () => {
    const text = 'mac,guest,nic\n02:1a:3f:00:00:01,a,0\n02:1a:3f:00:00:02,a,0\n02:1a:3f:00:00:03,a,1\n';
    assert.deepEqual(
      items(text).map(({ nic }) => nic),
      [0, 1, 2],
    );
  });
});
