import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseReports } from '../../src/importers/reports.ts';
import { refusal } from '../registry/site-builder.ts';

const questions = (text: string, zone?: string) =>
  parseReports(text, zone).map(({ question, mistake }) => question ?? mistake);
const wanted = { address: '203.0.113.10', port: 20_089, at: '2026-11-03T14:32:00Z' };

test('tables of many desks are read: columns by their headings, in any order, with any separator', () => {
  for (const text of [
    'ip,port,timestamp\n203.0.113.10,20089,2026-11-03T14:32:00Z\n',
    '"Source IP";"Source Port";"Time"\r\n"203.0.113.10";"20089";"2026-11-03T14:32:00Z"\r\n',
    'time\tsrc_ip\tsrc_port\n2026-11-03T14:32:00Z\t203.0.113.10\t20089\n',
    '\uFEFFaddress,when\n203.0.113.10:20089,2026-11-03T14:32:00Z\n',
    'id,comment,ip,port,timestamp\n7,"scan, twice",203.0.113.10,20089,2026-11-03T14:32:00Z\n\n',
  ])
    assert.deepEqual(questions(text), [wanted], text);
});

test('a zone comes from the time, from a column, from the heading, or from who asks; in this order', () => {
  const at = (text: string, zone?: string) => (questions(text, zone)[0] as { at: string }).at;
  assert.equal(at('ip,port,timestamp_utc\n203.0.113.10,20089,2026-11-03 14:32:00\n'), '2026-11-03 14:32:00 Z');
  assert.equal(at('ip,port,time,tz\n203.0.113.10,20089,2026-11-03 14:32:00,+0100\n'), '2026-11-03 14:32:00 +0100');
  assert.equal(
    at('ip,port,date,time\n203.0.113.10,20089,2026-11-03,14:32:00\n', '-05:00'),
    '2026-11-03 14:32:00 -05:00',
  );
  assert.equal(at('ip,port,time\n203.0.113.10,20089,1793716320\n'), '1793716320');
  assert.match(String(questions('ip,port,time\n203.0.113.10,20089,2026-11-03 14:32:00\n')[0]), /has no zone/);
});

test('protocol and peer are taken where they are, and nothing for a dash', () => {
  const text =
    'timestamp,ip,protocol,port,dst_ip,dst_port\n' +
    '2026-11-03T14:32:00Z,203.0.113.10,tcp,20089,198.51.100.7,443\n' +
    '2026-11-03T14:32:00Z,2001:db8::10,UDP,20089,2001:db8::7,53\n' +
    '2026-11-03T14:32:00Z,203.0.113.10,-,-,198.51.100.7,\n';
  assert.deepEqual(questions(text), [
    { ...wanted, protocol: 'tcp', peer: '198.51.100.7:443' },
    { ...wanted, address: '2001:db8::10', protocol: 'UDP', peer: '[2001:db8::7]:53' },
    { address: wanted.address, at: wanted.at, peer: '198.51.100.7' },
  ]);
});

test('a broken line is named with its number and why, and the others are read', () => {
  const lines = [
    'ip,port,timestamp,protocol',
    '203.0.113.10,20089,2026-11-03T14:32:00Z,tcp',
    '203.0.113,20089,2026-11-03T14:32:00Z,tcp',
    '203.0.113.10,0,2026-11-03T14:32:00Z,tcp',
    '203.0.113.10,20089,noon,tcp',
    '',
    '203.0.113.10,20089,,tcp',
    '203.0.113.10,20089,2026-11-03T14:32:00Z,tpc',
    '"203.0.113.10,20089,2026-11-03T14:32:00Z,tcp',
    '203.0.113.10,20090,2026-11-03T14:32:00Z,tcp',
  ];
  const read = parseReports(lines.join('\n'));
  assert.deepEqual(
    read.map(({ line, question }) => [line, question?.port]),
    [
      [2, 20_089],
      [3, undefined],
      [4, undefined],
      [5, undefined],
      [7, undefined],
      [8, undefined],
      [9, undefined],
      [10, 20_090],
    ],
  );
  const mistakes = new Map(read.map(({ line, mistake }) => [line, mistake ?? '']));
  assert.match(mistakes.get(3) ?? '', /IPv4 address "203.0.113"/);
  assert.match(mistakes.get(4) ?? '', /port "0" is not a number from 1 to 65535/);
  assert.match(mistakes.get(5) ?? '', /time "noon"/);
  assert.match(mistakes.get(7) ?? '', /the line has no time/);
  assert.match(mistakes.get(8) ?? '', /protocol "tpc"/);
  assert.match(mistakes.get(9) ?? '', /The row is no CSV/);
});

test('a table without addresses or times is refused, and says what it has', () => {
  assert.throws(
    () => parseReports('host,port,timestamp\nx,1,2\n'),
    refusal('import-unreadable', /no column for the address: seen "host", "port", "timestamp"/),
  );
  assert.throws(
    () => parseReports('ip,port\n203.0.113.10,1\n'),
    refusal('import-unreadable', /no column for the time/),
  );
  assert.throws(() => parseReports(''), refusal('import-unreadable', /seen nothing/));
});
