import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSite } from '../../../src/model/parse-site.ts';
import { renderSchedule } from '../../../src/model/rotation.ts';
import { nicsOf } from '../../../src/reconciler/rotations/choose-nics.ts';
import { dueSchedules, isDue } from '../../../src/reconciler/rotations/due-nics.ts';

const day = 86_400_000;
const { site } = parseSite(`
site: x
uplink: {interface: eth0, shared: [203.0.113.10]}
pools: [{name: p, range: 02:1a:3f:00:00:00/24}, {name: q, range: 02:1a:40:00:00:00/24}]
segments: [{name: dev, subnet: 10.77.10.0/24}, {name: prod, subnet: 10.77.20.0/24}]
guests: [{name: web1, owner: team-a, nics: [{segment: dev}, {segment: prod}]}, {name: db1, nics: [{segment: dev}]}]
rotation: {schedules: [{every: 30d}, {every: 7d, at: "04:00", owner: team-a}, {every: 7d, segment: prod}, {every: 1d, pool: q}]}
`);
const schedules = site.rotation?.schedules ?? [];
const noon = new Date(2026, 5, 15, 12).getTime();
const three = new Date(2026, 5, 15, 3).getTime();

test('a schedule that was just written waits for its time, a time that came is due once, and so is one that was missed', () => {
  assert.deepEqual(dueSchedules(schedules, new Map(), noon), { due: [], fresh: schedules });
  const seenAt = (at: number) => new Map(schedules.map((schedule) => [renderSchedule(schedule), at]));
  assert.deepEqual(dueSchedules(schedules, seenAt(noon - 60_000), noon).due, []);
  assert.equal(dueSchedules(schedules, seenAt(three - 1), three).due.length, 3);
  assert.equal(dueSchedules(schedules, seenAt(three - 1), noon).due.length, 4);
  assert.equal(dueSchedules(schedules, seenAt(noon - 5 * day), noon).due.length, 4, 'the daemon was away for days');
  assert.deepEqual(dueSchedules(schedules, seenAt(noon), noon + day / 4).due, []);
});

test('a NIC is due when its lease is old, and only by schedules that are about it', () => {
  const dueOf = (mac: string, since: number): string[] =>
    nicsOf(site).flatMap((nic) =>
      schedules.flatMap((schedule, n) =>
        isDue(schedule, nic, { mac, since }, site.pools, noon) ? `${nic.id} ${n}` : [],
      ),
    );
  const ofP = '02:1a:3f:00:10:01';
  assert.deepEqual(dueOf(ofP, noon - 6 * day), []);
  assert.deepEqual(dueOf(ofP, noon - 8 * day), ['web1/0 1', 'web1/1 1', 'web1/1 2']);
  assert.deepEqual(dueOf(ofP, noon - 31 * day), [
    'web1/0 0',
    'web1/0 1',
    'web1/1 0',
    'web1/1 1',
    'web1/1 2',
    'db1/0 0',
  ]);
  assert.deepEqual(dueOf('02:1a:40:00:00:01', noon - 2 * day), ['web1/0 3', 'web1/1 3', 'db1/0 3']);
  assert.equal(isDue(schedules[0] as never, nicsOf(site)[0] as never, undefined, site.pools, noon), false);
});

test('every 7d is every seventh day, however long after its time of day the last lease began', () => {
  const weekly = { every: 7 * 86_400, at: 180, atMost: 5 };
  const [nic] = nicsOf(site);
  let since = three - 7 * day;
  const rotatedOn: number[] = [];
  for (let now = three, n = 0; n < 29; n++, now += day) {
    if (!isDue(weekly, nic as never, { mac: '02:1a:3f:00:10:01', since }, site.pools, now)) continue;
    rotatedOn.push(n);
    since = now + (n === 7 ? 5 * 3_600_000 : 14_000);
  }
  assert.deepEqual(rotatedOn, [0, 7, 14, 21, 28]);
});
