import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { limitFeaturesOf } from '../../../../src/drivers/linux/nftables/limit-classes.ts';
import type { DesiredNic, DesiredState } from '../../../../src/model/desired-state.ts';
import { desiredSite } from './desired-site.ts';

const { desired } = await desiredSite(`
site: lab
uplink: {interface: eth0, shared: [203.0.113.10]}
pools: [{name: default, range: 02:1a:3f:00:00:00/24}]
segments: [{name: dev, subnet: 10.77.10.0/24}]
guests: [{name: web1, nics: [{segment: dev}]}]
`);
const [nic] = [...desired.nics.values()] as [DesiredNic];

/** So many NICs with one address each. */
function siteOf(count: number, sessions: number, sessionsPerGuest: number): DesiredState {
  const nics = new Map(Array.from({ length: count }, (_, i) => [`web${i}/0`, nic]));
  return { ...desired, nics, limits: { ...desired.limits, sessions, sessionsPerGuest } };
}

test('shares and slices together are never more than the limit of the site, and not much less', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5_000 }),
      fc.integer({ min: 1, max: 16_777_216 }),
      fc.integer({ min: 1, max: 16_777_216 }),
      (count, sessions, perGuest) => {
        const { total } = limitFeaturesOf(siteOf(count, sessions, perGuest));
        assert.equal(total !== undefined, count * perGuest > sessions);
        if (total === undefined) return;
        const { share, slices, perSlice } = total;
        const sum = share * count + slices * perSlice;
        assert.ok(sum <= sessions, `${sum} of ${sessions}`);
        assert.ok(slices * perSlice >= 0.99 * Math.floor(sessions / 2), `${slices} slices of ${perSlice}`);
        assert.ok(perSlice < 257, `a walk of ${perSlice}`);
        assert.equal(Math.log2(slices) % 1, 0);
      },
    ),
  );
});

test('one NIC more changes the counts only at powers of two, so that adding guests forgets no count', () => {
  const textOf = (count: number): string => JSON.stringify(limitFeaturesOf(siteOf(count, 5_000, 1_000)));
  const texts = new Set(Array.from({ length: 1_000 - 5 }, (_, i) => textOf(6 + i)));
  assert.equal(texts.size, 8);
});
