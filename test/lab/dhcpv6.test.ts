import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAdvertise, renderSolicit } from '../../src/lab/agent/dhcpv6.ts';
import { parseMacAddress } from '../../src/model/mac-address.ts';

const transaction = Buffer.from('a1b2c3', 'hex');
const association = '0003002800000001000000000000000000050018fd0077100000000000000000000000200000025800000258';

test('a SOLICIT names the client by its MAC and asks for one address (octets by scapy 2.5)', () => {
  assert.equal(
    renderSolicit(transaction, parseMacAddress('02:1a:3f:00:10:01')).toString('hex'),
    '01a1b2c30001000a00030001021a3f001001000800020000000300' + '0c000000010000000000000000',
  );
});

test('the address of an ADVERTISE is read', () => {
  assert.equal(parseAdvertise(Buffer.from(`02a1b2c3${association}`, 'hex'), transaction), 'fd00:7710::20');
});

test('another message, another transaction and an offer that is cut off anywhere offer nothing', () => {
  assert.equal(parseAdvertise(Buffer.from(`07a1b2c3${association}`, 'hex'), transaction), undefined);
  assert.equal(parseAdvertise(Buffer.from(`02a1b2c4${association}`, 'hex'), transaction), undefined);
  const whole = Buffer.from(`02a1b2c3${association}`, 'hex');
  for (let length = 0; length < whole.length; length++) {
    assert.equal(parseAdvertise(whole.subarray(0, length), transaction), undefined, `${length} octets`);
  }
});
