import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseIpEndpoint, renderIpEndpoint } from '../../src/model/ip-endpoint.ts';
import { refusal } from '../registry/site-builder.ts';

test('an address with a port or without is read and written alike, of both families', () => {
  for (const [text, address, port] of [
    ['203.0.113.10:20089', '203.0.113.10', 20_089],
    ['203.0.113.10', '203.0.113.10', undefined],
    ['[2001:db8::10]:20089', '2001:db8::10', 20_089],
    ['2001:db8::10', '2001:db8::10', undefined],
  ] as const) {
    const endpoint = parseIpEndpoint(text);
    assert.deepEqual([endpoint.address, endpoint.port], [address, port], text);
    assert.equal(renderIpEndpoint(endpoint), text);
  }
  assert.deepEqual(parseIpEndpoint('[2001:DB8:0::10]'), { address: '2001:db8::10' });
});

test('a port from 1 to 65535 is expected', () => {
  for (const port of ['0', '70000', '-1', '80x', '', '99999999999'])
    assert.throws(
      () => parseIpEndpoint(`203.0.113.10:${port}`),
      refusal('value-invalid', /is not a number from 1 to 65535/),
      port,
    );
});

test('what is no address is refused', () => {
  for (const text of [
    '',
    ':80',
    '203.0.113:80',
    'web1:80',
    '[203.0.113.10]:80',
    '[2001:db8::10',
    '2001:db8::10]:80',
    '[fe80::1%eth0]:80',
  ])
    assert.throws(() => parseIpEndpoint(text), refusal('value-invalid', /address/), text);
});
