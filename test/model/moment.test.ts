import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isAppError } from '../../src/errors/app-error.ts';
import { parseMoment } from '../../src/model/moment.ts';

const now = Date.parse('2026-11-22T12:00:00Z');
const hour = 3_600_000;

describe('a time that is asked about', () => {
  const ages: [string, number][] = [
    ['30d', 720],
    ['3h', 3],
    ['3h ago', 3],
    ['2 days ago', 48],
    ['1 day ago', 24],
    ['2 weeks ago', 336],
    ['1w', 168],
    ['90 minutes ago', 1.5],
    ['0d', 0],
  ];
  for (const [text, hours] of ages) {
    test(`is ${hours} hours before now as "${text}"`, () => {
      assert.equal(parseMoment(text, now), now - hours * hour);
    });
  }

  test('is read with its zone', () => {
    assert.equal(parseMoment('2026-11-20T14:32:07Z', now), Date.UTC(2026, 10, 20, 14, 32, 7));
    assert.equal(parseMoment('2026-11-20 14:32+02:00', now), Date.UTC(2026, 10, 20, 12, 32));
  });

  test('is local time without a zone, with and without a time of day', () => {
    assert.equal(parseMoment('2026-11-20', now), new Date(2026, 10, 20).getTime());
    assert.equal(parseMoment('2026-11-20T14:32', now), new Date(2026, 10, 20, 14, 32).getTime());
  });

  for (const text of [
    '',
    'yesterday',
    '2026-13-01',
    '2026-02-31',
    '2026-11-20T25:00',
    '3 fortnights ago',
    '-3d',
    '9999999d',
  ]) {
    test(`is refused as ${JSON.stringify(text)}, which is quoted`, () => {
      assert.throws(
        () => parseMoment(text, now),
        (error) => isAppError(error) && error.code === 'value-invalid' && error.message.includes(JSON.stringify(text)),
      );
    });
  }
});
