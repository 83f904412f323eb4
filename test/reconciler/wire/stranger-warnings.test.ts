import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NicAssignment } from '../../../src/model/assignments.ts';
import { parseSite } from '../../../src/model/parse-site.ts';
import { strangerWarnings } from '../../../src/reconciler/wire/stranger-warnings.ts';
import type { SeenEntry } from '../../../src/registry/seen/seen.ts';
import { siteText } from '../sites.ts';

const { site } = parseSite(
  siteText({
    guests: [
      'name: web1, nics: [{segment: dev, mac: "52:54:00:12:34:56", port: vnet3}]',
      'name: db1, nics: [{segment: dev}]',
    ],
  }),
);

const added = (guest: string, mac: string) => [
  { guest, nic: 0, segment: 'dev', mac, ipv4: '10.77.10.2' } as NicAssignment,
];
const seenAt = (device: string) => (): SeenEntry[] => [
  { mac: 1, host: 'h1', device, kind: 'fdb', firstAt: 0, lastAt: 1_795_312_000_000, count: 1 },
];

test('a named MAC address that was seen elsewhere is a warning that names both places', () => {
  const [warning, ...more] = strangerWarnings(site, added('web1', '52:54:00:12:34:56'), seenAt('vnet9'));
  assert.deepEqual(more, []);
  assert.equal(warning?.severity, 'warning');
  assert.match(warning?.message ?? '', /"52:54:00:12:34:56".*"web1\/0".*"vnet9" of host "h1".*"vnet3"/);
});

test("seen at the NIC's own port it is the very guest that is taken over", () => {
  assert.deepEqual(strangerWarnings(site, added('web1', '52:54:00:12:34:56'), seenAt('vnet3')), []);
});

test('an address that was drawn was looked for already', () => {
  assert.deepEqual(strangerWarnings(site, added('db1', '02:1a:3f:00:00:01'), seenAt('vnet9')), []);
});
