import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { parseDeviceCounters, readDeviceCounters } from '../../src/system/device-counters.ts';

const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:  100       2    0    0    0     0          0         0      100       2    0    0    0     0       0          0
bkp-web1.0:123456789012 34    0    0    0     0          0         0   567890      78    0    0    0     0       0          0
`;

test('counters of devices are read, also where a number touches the name of its device', () => {
  const counters = parseDeviceCounters(text);
  assert.deepEqual([...counters.keys()], ['lo', 'bkp-web1.0']);
  assert.deepEqual(counters.get('bkp-web1.0'), {
    bytesReceived: 123_456_789_012,
    packetsReceived: 34,
    bytesSent: 567_890,
    packetsSent: 78,
  });
});

test('what is no table of devices has none', () => {
  for (const odd of ['', '\n', 'eth0:', 'eth0: 1 2 3', 'no colon 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16'])
    assert.equal(parseDeviceCounters(odd).size, 0, odd);
});

test('ten thousand devices are read in far less than the second between two looks', (t) => {
  const lines = Array.from({ length: 10_000 }, (_, n) => `bkp-g${n}.0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16`);
  const begin = performance.now();
  assert.equal(parseDeviceCounters(lines.join('\n')).size, 10_000);
  const took = performance.now() - begin;
  t.diagnostic(`${took.toFixed(1)} ms`);
  assert.ok(took < 1_000, `${took} ms`);
});

test('this host has the devices that the kernel says it has', async () => {
  const counters = await readDeviceCounters();
  for (const name of Object.keys(networkInterfaces())) assert.ok(counters.has(name), name);
});
