import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseInstant, renderInstant } from '../../src/model/instant.ts';
import { refusal } from '../registry/site-builder.ts';

const noon = Date.parse('2026-11-03T14:32:00Z');

test('a time means every moment that it does not tell apart', () => {
  for (const [text, from, to] of [
    ['2026-11-03T14:32:00Z', noon, noon + 999],
    ['2026-11-03T14:32Z', noon, noon + 59_999],
    ['2026-11-03 14:32:00.2Z', noon + 200, noon + 299],
    ['2026-11-03 14:32:00,250 UTC', noon + 250, noon + 250],
    ['2026-11-03T14:32:00.250999Z', noon + 250, noon + 250],
    ['2026-11-03T15:32:00+01:00', noon, noon + 999],
    ['2026-11-03T09:02:00 -0530', noon, noon + 999],
    ['03/Nov/2026:14:32:00 +0000', noon, noon + 999],
    ['Tue, 3 Nov 2026 14:32:00 GMT', noon, noon + 999],
    [String(noon / 1000), noon, noon + 999],
    [`${noon / 1000}.250`, noon + 250, noon + 250],
    [String(noon + 7), noon + 7, noon + 7],
  ] as const)
    assert.deepEqual(parseInstant(text), { from, to }, text);
});

test('without a zone a time is refused, unless one is given for such times', () => {
  assert.throws(
    () => parseInstant('2026-11-03 14:32:00'),
    refusal('value-invalid', /has no zone; expected one such as "2026-11-03T14:32:00Z"/),
  );
  assert.equal(parseInstant('2026-11-03 14:32:00', '+01:00').from, noon - 3_600_000);
  assert.equal(parseInstant('2026-11-03 14:32:00', 'Z').from, noon);
  assert.equal(parseInstant('2026-11-03 14:32:00Z', '+01:00').from, noon, 'its own comes first');
});

test('what is no time is refused', () => {
  for (const text of [
    '',
    'yesterday',
    '2026-02-31T00:00:00Z',
    '2026-11-03T25:00:00Z',
    '11/03/2026 14:32',
    '12',
    '2026-11-03',
    'Tue, 3 Foo 2026 14:32:00 GMT',
  ])
    assert.throws(
      () => parseInstant(text, 'Z'),
      refusal('value-invalid', /is neither a date and time with a zone/),
      text,
    );
});

test('a moment is shown in UTC, with milliseconds where there are some', () => {
  assert.equal(renderInstant(noon), '2026-11-03 14:32:00Z');
  assert.equal(renderInstant(noon + 5), '2026-11-03 14:32:00.005Z');
});
