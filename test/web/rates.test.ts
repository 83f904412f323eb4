import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TrafficView } from '../../src/client/traffic.ts';
import { ratesBetween } from '../../web/src/data/rates.ts';

const sums = (bytesReceived: number, bytesSent: number) => ({
  bytesReceived,
  bytesSent,
  packetsReceived: 0,
  packetsSent: 0,
});

function view(at: number, received: number, nics: NonNullable<TrafficView['nics']>): TrafficView {
  return {
    at,
    uplink: sums(received, 0),
    segments: [{ segment: 'dev', nics: nics.length, ...sums(received, 0) }],
    nics,
  };
}

const nic = (guest: string, number: number, received: number, sent: number) => ({
  guest,
  nic: number,
  segment: 'dev',
  ...sums(received, sent),
});

test('rates are what counters grew by, in a second; NICs of a guest in one segment are added up', () => {
  const before = view(1_000, 100, [nic('web1', 0, 0, 0), nic('web1', 1, 1_000, 0)]);
  const rates = ratesBetween(before, view(3_000, 2_100, [nic('web1', 0, 400, 60), nic('web1', 1, 1_600, 0)]));
  assert.deepEqual(rates.uplink, { received: 1_000, sent: 0 });
  assert.deepEqual(rates.segments.get('dev'), { received: 1_000, sent: 0 });
  assert.deepEqual(rates.guests.get('dev web1'), { received: 500, sent: 30 });
});

test('a device that was made anew, or was not there before, has no rate yet', () => {
  const before = view(1_000, 9_000, [nic('web1', 0, 9_000, 9_000)]);
  const rates = ratesBetween(before, view(2_000, 10, [nic('web1', 0, 10, 10), nic('db1', 0, 5_000, 5_000)]));
  assert.deepEqual(rates.uplink, { received: 0, sent: 0 });
  assert.deepEqual(rates.guests.get('dev web1'), { received: 0, sent: 0 });
  assert.deepEqual(rates.guests.get('dev db1'), { received: 0, sent: 0 });
});
