import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AppError } from '../../src/errors/app-error.ts';
import { decodeImport } from '../../src/importers/decode.ts';
import { importFormatNames, parseImport } from '../../src/importers/formats.ts';
import { readMac } from '../../src/importers/read-mac.ts';

function refusal(text: string, format?: (typeof importFormatNames)[number]): string {
  try {
    parseImport(text, format);
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    assert.equal(error.code, 'import-unreadable');
    return error.message;
  }
  return assert.fail('it was read');
}

describe('a text to import', () => {
  test('of no known format is refused with the formats that are known', () => {
    const message = refusal('hello\n');
    for (const name of importFormatNames) assert.ok(message.includes(name), name);
    assert.match(refusal('{"a": 1}'), /JSON of another kind/);
    assert.match(refusal('[]'), /an empty list/);
  });

  test('that is empty is refused', () => {
    assert.match(refusal(''), /is empty/);
    assert.match(refusal(' \n\t\n'), /is empty/);
  });

  test('that is cut off is refused with the place', () => {
    assert.match(refusal('{"NetworkInterfaces": [{"MacAddress"'), /looks like JSON and is none/);
    assert.match(refusal('{"NetworkInterfaces": []}{"NetworkInterfaces": ['), /Document 2 of the text/);
  });

  test('is read as what --format says, or refused in its words', () => {
    assert.match(refusal('mac\n02:00:00:00:00:01\n', 'aws'), /no JSON; expected that of format "aws"/);
    assert.match(refusal('<domain/>', 'csv'), /no column for the MAC address: seen "<domain\/>"/);
    assert.deepEqual(parseImport('[]', 'ip').nics, []);
  });

  test('in UTF-16 with a byte order mark is read, as PowerShell writes it; other bytes are refused', () => {
    const text = 'mac\r\n02:1a:3f:00:00:01\r\n';
    const little = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);
    assert.equal(parseImport(decodeImport(little)).nics[0]?.mac, '02:1a:3f:00:00:01');
    const big = Buffer.from(little).swap16();
    assert.equal(parseImport(decodeImport(big)).nics[0]?.mac, '02:1a:3f:00:00:01');
    assert.throws(() => decodeImport(Buffer.from([0x6d, 0xe4])), /not UTF-8; expected UTF-8/);
  });
});

describe('a table', () => {
  const macsIn = (text: string) => parseImport(text).nics.map(({ mac, guest = '-' }) => `${mac.slice(-2)} ${guest}`);

  test('with a broken row is read but for that row, whatever its quotation marks', () => {
    const rows = ['02:00:00:00:00:01,"open', '02:00:00:00:00:02,b', '02:00:00:00:00:03,"c"x', '02:00:00:00:00:04,"d"'];
    const read = parseImport(`mac,guest\n${rows.join('\n')}\n`);
    assert.deepEqual(
      read.nics.map(({ where, guest }) => `${where} ${guest}`),
      ['line 3 b', 'line 5 d'],
    );
    assert.deepEqual(
      read.mistakes.map(({ where }) => where),
      ['line 2', 'line 4'],
    );
  });

  test('may have line breaks in its cells, also where thousands of rows stand around them', () => {
    const row = (i: number) =>
      `02:00:00:00:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')},"g${i}\nsecond, line"`;
    const read = parseImport(`mac,guest\n${Array.from({ length: 3000 }, (_, i) => row(i)).join('\n')}\n`);
    assert.equal(read.nics.length, 3000);
    assert.deepEqual(read.mistakes, []);
    assert.equal(read.nics[2999]?.guest, 'g2999\nsecond, line');
  });

  test('may have its columns in any order, and any of the usual separators', () => {
    for (const separator of [',', ';', '\t', '|']) {
      const text = [
        ['VM', 'Colour', 'HW-Addr'],
        ['w', 'red', '021a.3f00.0001'],
      ].map((row) => row.join(separator));
      assert.deepEqual(macsIn(text.join('\r\n')), ['01 w']);
    }
    assert.deepEqual(macsIn('mac\r02:1a:3f:00:00:01\r'), ['01 -']);
  });

  test('takes a column "name" for that of the guest only where nothing better says it', () => {
    assert.deepEqual(macsIn('name,mac\nw,02:1a:3f:00:00:01\n'), ['01 w']);
    assert.deepEqual(macsIn('name,device,mac\neth0,w,02:1a:3f:00:00:01\n'), ['01 w']);
  });
});

describe('guests of Proxmox', () => {
  const guestsIn = (text: string) =>
    parseImport(text, 'proxmox').nics.map(({ guest, mac }) => `${guest} ${mac.slice(-2)}`);

  test('that follow each other without a heading are told apart by their keys', () => {
    const one = (name: string, end: string) =>
      `cores: 1\nname: ${name}\nnet0: virtio=BC:24:11:00:00:${end},bridge=vmbr0\n`;
    assert.deepEqual(guestsIn(one('a', '01') + one('b', '02') + one('c', '03')), ['a 01', 'b 02', 'c 03']);
  });

  test('are read without their snapshots, in which the same addresses stand again', () => {
    const text =
      'name: a\nnet0: virtio=BC:24:11:00:00:01\n\n[before]\nname: a\nnet0: virtio=BC:24:11:00:00:01\n# 7\nnet0: e1000=BC:24:11:00:00:02\n';
    assert.deepEqual(guestsIn(text), ['a 01', 'vm7 02']);
  });
});

test('a MAC address is read however a tool writes it, and refused in words when no NIC can have it', () => {
  const forms = ['02:1A:3f:00:10:01', '02-1a-3F-00-10-01', '021a.3f00.1001', '021A3F001001', ' 02:1a:3f:00:10:01 '];
  for (const form of forms) assert.deepEqual(readMac(form), { mac: '02:1a:3f:00:10:01' }, form);
  const wrong = [
    '',
    'web1',
    '02:1a:3f:00:10',
    '02:1a:3f:00:10:0',
    '02:1a:3f:00:10:01:02',
    '02:1a-3f:00:10:01',
    '021a.3f001001',
    '0x021a3f001001',
  ];
  for (const form of wrong) assert.match((readMac(form) as { reason: string }).reason, /is no MAC address/, form);
  assert.match((readMac('ff:ff:ff:ff:ff:ff') as { reason: string }).reason, /is a group address/);
  assert.match((readMac('000000000000') as { reason: string }).reason, /is the null address/);
});
