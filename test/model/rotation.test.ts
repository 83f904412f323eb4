import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { parseSite } from '../../src/model/parse-site.ts';
import { latestTimeOfDay, renderSchedule, renderTimeOfDay } from '../../src/model/rotation.ts';
import { parseProgramPath, parseTimeOfDay } from '../../src/model/rotation-schema.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

describe('a time of day', () => {
  test('is read and written alike', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1439 }), (minutes) => {
        assert.equal(parseTimeOfDay(renderTimeOfDay(minutes)), minutes);
      }),
    );
    for (const text of ['3:00', '24:00', '12:60', '', '03:00:00', ' 03:00']) {
      assert.throws(() => parseTimeOfDay(text), /is not one from "00:00" to "23:59"/, text);
    }
  });

  test('came last at most a day ago (but for days that are longer), and not in the future', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1439 }), fc.integer({ min: 1e12, max: 2e12 }), (minutes, now) => {
        const latest = latestTimeOfDay(minutes, now);
        assert.ok(latest <= now && now - latest <= day + 2 * 60 * minute, `${now - latest} ms ago`);
        const seen = new Date(latest);
        // A leap of the clock moves it by the leap.
        assert.ok([0, 30, 60, 120].includes(seen.getHours() * 60 + seen.getMinutes() - minutes));
      }),
    );
  });

  test('comes once on the day on which the clock goes back, and just after the leap on the day on which it goes on', () => {
    const module = fileURLToPath(new URL('../../src/model/rotation.ts', import.meta.url));
    const script = `
      import { latestTimeOfDay } from ${JSON.stringify(module)};
      const at = (text, minutes) => new Date(latestTimeOfDay(minutes, Date.parse(text))).toISOString();
      console.log(JSON.stringify([
        at('2026-03-29T00:59:00Z', 150), at('2026-03-29T01:29:00Z', 150), at('2026-03-29T01:31:00Z', 150),
        at('2026-10-25T00:29:00Z', 150), at('2026-10-25T00:31:00Z', 150), at('2026-10-25T01:31:00Z', 150), at('2026-10-26T01:29:00Z', 150),
      ]));`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
      env: { ...process.env, TZ: 'Europe/Berlin' },
      encoding: 'utf8',
    });
    assert.equal(stderr, '');
    assert.deepEqual(JSON.parse(stdout), [
      '2026-03-28T01:30:00.000Z', // 02:30 of the day before
      '2026-03-28T01:30:00.000Z',
      '2026-03-29T01:30:00.000Z', // there is no 02:30 on this day: 03:30 summer time
      '2026-10-24T00:30:00.000Z',
      '2026-10-25T00:30:00.000Z', // the first 02:30
      '2026-10-25T00:30:00.000Z', // the second one is not another
      '2026-10-25T00:30:00.000Z',
    ]);
  });
});

test('the program of a hook is an absolute path in plain words', () => {
  assert.equal(parseProgramPath('/etc/bridgekeeper/hooks/libvirt'), '/etc/bridgekeeper/hooks/libvirt');
  for (const text of ['libvirt', '/etc/../bin/sh', '/a b', '/', '/etc/', '/x;y', '/x\n', '/-rf']) {
    assert.throws(() => parseProgramPath(text), /is not an absolute path/, JSON.stringify(text));
  }
});

test('a site file says how its NICs rotate, and what it does not say has defaults', () => {
  const rest = 'site: x\npools: [{name: p, range: 02:1a:3f:00:00:00/24}]\n';
  assert.equal(parseSite(rest).site.rotation, undefined);
  const { rotation } = parseSite(
    `${rest}rotation: {hooks: [{kind: vm, program: /x}], schedules: [{every: 30d, pool: p}, {every: 7d, at: "23:15", atMost: 2, owner: team-a}]}`,
  ).site;
  assert.deepEqual([rotation?.overlap, rotation?.grace, rotation?.hookTimeout], [86_400, 600, 60]);
  assert.deepEqual([...(rotation?.hooks ?? [])], [['vm', '/x']]);
  assert.deepEqual(rotation?.schedules.map(renderSchedule), [
    'every 30d at 03:00, pool p',
    'every 7d at 23:15, owner team-a',
  ]);
  assert.deepEqual(
    rotation?.schedules.map(({ atMost }) => atMost),
    [5, 2],
  );
});
