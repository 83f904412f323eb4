import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { backOff, usualPace } from '../../../src/events/notifiers/back-off.ts';
import { readRetryAfter } from '../../../src/events/notifiers/http-call.ts';
import { outgoingOf } from '../../../src/events/notifiers/outgoing.ts';
import { renderSubject, renderText } from '../../../src/events/notifiers/render-text.ts';
import { renderSyslog, type SyslogEntry } from '../../../src/events/notifiers/syslog-format.ts';
import { alertMessage } from './open-notifiers.ts';

const entry: SyslogEntry = {
  facility: 'audit',
  severity: 'info',
  at: 1_795_000_000_123,
  host: 'gateway 1',
  type: 'lease',
  element: 'journal',
  values: { id: 7, who: 'a"b]c\\d\ne', absent: undefined, empty: '' },
  text: 'leased\r\nsomething',
};

test('a syslog message is what RFC 5424 says, character by character', () => {
  assert.equal(
    renderSyslog(entry, 8_000),
    `<110>1 2026-11-18T11:06:40.123Z gateway_1 bridgekeeper ${process.pid} lease [journal@32473 id="7" who="a\\"b\\]c\\\\d e"] leased something`,
  );
  assert.match(renderSyslog({ ...entry, text: 'wéb' }, 8_000), /\] \ufeffwéb$/);
});

test('whatever it is made of, a syslog message is one line, well formed, and no longer than it may be', () => {
  const text = fc.string({ unit: 'binary', maxLength: 400 });
  fc.assert(
    fc.property(text, text, text, text, fc.integer({ min: 1_000, max: 3_000 }), (host, type, who, said, most) => {
      const line = renderSyslog({ ...entry, host, type, values: { who }, text: said }, most);
      assert.ok(Buffer.byteLength(line) <= most);
      assert.match(
        line,
        /^<110>1 \S+ [\x21-\x7e]+ bridgekeeper \d+ [\x21-\x7e]{1,32} \[journal@32473(?: who="(?:[^"\\\]\n]|\\["\\\]])*")?\] ?[^\n\r\0]*$/u,
      );
    }),
  );
});

test('a subject is one short line, and a text has no line that an alert made', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 3_000 }), fc.integer({ min: 1, max: 40 }), (text, count) => {
      const all = Array.from({ length: count }, (_, n) => outgoingOf(alertMessage(n, { text }), { host: 'gateway-1' }));
      const subject = renderSubject(all);
      assert.ok(subject.length <= 200);
      assert.doesNotMatch(subject, /[\p{Cc}\u2028\u2029]/u);
      assert.doesNotMatch(renderText(all), /[^\P{Cc}\n]/u);
      assert.ok(renderText(all).split('\n').length <= 25);
    }),
  );
});

test('tries follow each other ever more slowly, by chance between half and all of the time, up to 15 minutes', () => {
  const waits = Array.from({ length: 12 }, (_, n) => backOff(usualPace, n + 1, 0, 1));
  assert.deepEqual(waits.slice(0, 4), [1_000, 2_000, 4_000, 8_000]);
  assert.equal(waits.at(-1), 900_000);
  assert.equal(backOff(usualPace, 1_000, 0, 0), 450_000);
  assert.equal(backOff(usualPace, 1, 30_000), 30_000);
  assert.equal(backOff(usualPace, 1, 1e12), 3_600_000, 'nobody is left alone for ever');
});

test('Retry-After is read as seconds, as a date and as Matrix has it', () => {
  const now = Date.parse('2026-11-22T08:00:00Z');
  assert.equal(readRetryAfter('120', '', now), 120_000);
  assert.equal(readRetryAfter('Sun, 22 Nov 2026 08:01:00 GMT', '', now), 60_000);
  assert.equal(readRetryAfter('Sun, 22 Nov 2026 07:00:00 GMT', '', now), 0);
  assert.equal(readRetryAfter(undefined, '{"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":2000}', now), 2_000);
  assert.equal(readRetryAfter('soon', 'no', now), undefined);
});

test('ids differ by host, alert, stage and moment, and are the same for the same message', () => {
  const id = (...[n, changes, stage]: Parameters<typeof alertMessage>) =>
    outgoingOf(alertMessage(n, changes, stage), { host: 'gateway 1/x' }).id;
  assert.equal(id(1), id(1));
  assert.match(id(1), /^[A-Za-z0-9.-]+$/);
  const ids = [
    id(1),
    id(2),
    id(1, { firedAt: 5 }),
    id(1, {}, 'over'),
    outgoingOf(alertMessage(1), { host: 'other' }).id,
  ];
  assert.equal(new Set(ids).size, ids.length);
});
