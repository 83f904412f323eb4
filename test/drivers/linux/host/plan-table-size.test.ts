import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type HostItem,
  type HostOrigin,
  type HostPlan,
  itemKey,
  type SysctlItem,
} from '../../../../src/drivers/linux/host/host-item.ts';
import { planHost } from '../../../../src/drivers/linux/host/plan-host.ts';
import { renderSysctls } from '../../../../src/drivers/linux/host/render-sysctls.ts';
import { desiredSite } from '../nftables/desired-site.ts';

const key = 'net/netfilter/nf_conntrack_max';
const untouched: HostOrigin = { version: 1, world: 'here', items: {}, foreignPorts: {} };

const setting = (value: number, more: Partial<SysctlItem> = {}): SysctlItem => ({
  kind: 'sysctl',
  key,
  value: String(value),
  ...more,
});
const least = (value: number): HostItem[] => [setting(value, { atLeast: true })];

/** What is planned when the kernel's table holds `now` entries at most. */
function plan(desired: readonly HostItem[], now: number, origin = untouched, writable = true): HostPlan {
  const seen = setting(now, { writable });
  return planHost(desired, { items: new Map([[itemKey(seen), seen]]), devices: new Map() }, origin);
}
const writes = ({ steps }: HostPlan): string[][] =>
  steps.flatMap(({ commands }) => commands.map(({ words }) => [...words]));

test('a table that is too small is raised, and taken back to what it was by destroy', () => {
  const raised = plan(least(432_768), 262_144);
  assert.deepEqual(writes(raised), [[key, '432768']]);
  assert.deepEqual(writes(plan(least(432_768), 432_768, raised.origin)), []);
  assert.deepEqual(writes(plan([], 432_768, raised.origin)), [[key, '262144']]);
});

test('a table that is large enough is left alone, whoever made it so', () => {
  assert.deepEqual(plan(least(42_768), 262_144).steps, []);
  const { origin } = plan(least(432_768), 262_144);
  assert.deepEqual(writes(plan(least(432_768), 1_000_000, origin)), [], 'somebody else raised it further');
});

test('a site that needs less than it did goes down to what it needs, never below what was there first', () => {
  const { origin } = plan(least(900_000), 262_144);
  assert.deepEqual(writes(plan(least(42_768), 900_000, origin)), [[key, '262144']]);
});

test('where it may not be written, the site works and its user is told what to do', () => {
  const { steps, unavailable, conflicts } = plan(least(432_768), 262_144, untouched, false);
  assert.deepEqual([steps, conflicts], [[], []]);
  assert.deepEqual(unavailable, [
    `kernel setting "${key}" is 262144 and may not be written here, and should be at least 432768; set it in the host's first network namespace (\`sysctl -w net.netfilter.nf_conntrack_max=432768\`)`,
  ]);
});

test('the table has room for what the site allows twice over, and for the host', async () => {
  const { desired } = await desiredSite(`
site: lab
uplink: {interface: eth0, shared: [203.0.113.10]}
pools: [{name: default, range: 02:1a:3f:00:00:00/24}]
segments: [{name: dev, subnet: 10.77.10.0/24}]
limits: {sessions: 200000}
`);
  const settings = new Map(
    renderSysctls(desired).flatMap((item) => (item.kind === 'sysctl' ? [[item.key, item] as const] : [])),
  );
  assert.deepEqual(settings.get(key), setting(432_768, { atLeast: true }));
  assert.equal(settings.get('net/netfilter/nf_conntrack_buckets')?.value, '108544');
});
