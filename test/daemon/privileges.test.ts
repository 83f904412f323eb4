import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missingCapabilities } from '../../src/daemon/privileges.ts';

const status = (mask: string): string => `Name:\tnode\nCapPrm:\t000001ffffffffff\nCapEff:\t${mask}\nCapBnd:\t0\n`;
const namesIn = (mask: string): string[] => missingCapabilities(status(mask)).map(({ name }) => name);

test('root lacks nothing', () => {
  assert.deepEqual(namesIn('000001ffffffffff'), []);
});

test('exactly the two that are needed are enough', () => {
  assert.deepEqual(namesIn('0000000000003000'), []);
});

test('each one that is missing is named', () => {
  assert.deepEqual(namesIn('0000000000001000'), ['CAP_NET_RAW']);
  assert.deepEqual(namesIn('0000000000002000'), ['CAP_NET_ADMIN']);
  assert.deepEqual(namesIn('0000000000000000'), ['CAP_NET_ADMIN', 'CAP_NET_RAW']);
});

test('a status without the line is no permission', () => {
  assert.deepEqual(
    missingCapabilities('Name:\tnode\n').map(({ name }) => name),
    ['CAP_NET_ADMIN', 'CAP_NET_RAW'],
  );
});
