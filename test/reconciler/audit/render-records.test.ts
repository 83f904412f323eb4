import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf, hashOf, type JournalRecord, noHash } from '../../../src/model/journal/journal-record.ts';
import { parseExportLine } from '../../../src/model/journal/parse-export.ts';
import { renderCef } from '../../../src/reconciler/audit/render-cef.ts';
import { csvHeading, renderCsv, renderJsonLine } from '../../../src/reconciler/audit/render-records.ts';

function record(parts: Partial<JournalRecord> = {}): JournalRecord {
  const body = { text: 'leased', before: null, after: '{"a":[1,2.5,"x"]}', owners: '["team-a"]' };
  const salt = '00'.repeat(16);
  const chained = {
    id: 7,
    at: Date.parse('2026-11-21T12:00:00.123Z'),
    kind: 'lease',
    who: 'ada',
    origin: 'unix socket',
    digest: digestOf(salt, body),
    previous: noHash,
  };
  return { ...chained, ...body, salt, hash: hashOf(chained), ...parts };
}

const cef = (parts: Partial<JournalRecord>): string => renderCef('1.2')(record(parts));
const extensionOf = (line: string): string =>
  line
    .split(/(?<!\\)\|/)
    .slice(7)
    .join('|');

test('a line of JSON is read back as the very entry that was stored', () => {
  const stored = record();
  assert.deepEqual(parseExportLine(renderJsonLine(stored), 1), stored);
});

test('what is no line of an export is refused with its number', () => {
  for (const [line, message] of [
    ['{', /line 3 is not JSON/],
    ['{}', /line 3 is not an entry of a journal \(id/],
    [renderJsonLine(record({ salt: null })), /line 3 has no salt/],
  ] as const) {
    assert.throws(() => parseExportLine(line, 3), message);
  }
});

test('CSV quotes what RFC 4180 says, and lets no spreadsheet compute', () => {
  const line = renderCsv(record({ text: 'a "b", c\nd', who: '=cmd|x' }));
  assert.match(line, /^7,2026-11-21T12:00:00\.123Z,\d+,lease,'=cmd\|x,unix socket,"a ""b"", c\nd",,"\{""a""/);
  assert.ok(line.endsWith('\r\n'));
  assert.equal(csvHeading.trim().split(',').length, 13);
});

test('CEF escapes the pipe in the header, and backslash, equals sign and line break in the extension', () => {
  const line = cef({ kind: 'a|b', text: 'x|y=z\\w\nsecond', who: 'a=b' });
  assert.ok(line.startsWith('CEF:0|Bridgekeeper|Bridgekeeper|1.2|a\\|b|x\\|y=z\\\\w second|3|rt='), line);
  assert.match(extensionOf(line), /msg=x\|y\\=z\\\\w\\nsecond /);
  assert.match(extensionOf(line), / suser=a\\=b /);
  assert.equal(line.split('\n').length, 2);
});

test('CEF gives an address as what it is, and any other place as a text', () => {
  assert.match(cef({ origin: '198.51.100.7' }), / src=198\.51\.100\.7 /);
  assert.match(cef({ origin: '2001:db8::7' }), / c6a2=2001:db8::7 c6a2Label=Source IPv6 Address /);
  assert.match(cef({ origin: 'unix socket' }), / cs1=unix socket cs1Label=from /);
});

test('CEF cuts what is longer than its fields', () => {
  const line = cef({ text: 'ü'.repeat(5000), after: 'x'.repeat(5000) });
  assert.equal(/msg=(ü*…)/.exec(line)?.[1]?.length, 1023);
  assert.equal(/cs3=(x*…)/.exec(line)?.[1]?.length, 4000);
  assert.ok(!/[\ud800-\udbff](?![\udc00-\udfff])/.test(cef({ text: `${'x'.repeat(1021)}😀😀` })));
});
