import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isAppError } from '../../src/errors/app-error.ts';
import { decodeImport } from '../../src/importers/decode.ts';
import { type ImportFormat, importFormatNames, parseImport } from '../../src/importers/formats.ts';
import { importItems } from '../../src/importers/import-items.ts';
import { isMulticast, parseMacAddress } from '../../src/model/mac-address.ts';
import { parseLabel } from '../../src/model/names.ts';

const folder = new URL('./samples/', import.meta.url);
const samples = readdirSync(folder).map((name) => decodeImport(readFileSync(new URL(name, folder))));

/** Whatever the text: it is read or refused, and what is read are addresses and labels that the registry takes. */
function readSafely(text: string, format?: ImportFormat): void {
  try {
    const read = parseImport(text, format);
    for (const item of importItems(read, { segment: 'dev' })) {
      assert.equal(parseMacAddress(item.mac), item.mac);
      assert.ok(!isMulticast(parseMacAddress(item.mac)));
      if (item.guest !== undefined) parseLabel(item.guest);
      if (item.owner !== undefined) parseLabel(item.owner);
      assert.ok(item.where.length > 0 && item.where.length <= 255 && (item.comment ?? '').length <= 500);
    }
    for (const { where, message } of read.mistakes) assert.ok(where !== '' && /[.?]$/.test(message), message);
  } catch (error) {
    if (!isAppError(error)) throw error;
    assert.equal(error.code, 'import-unreadable');
  }
}

const format = fc.option(fc.constantFrom(...importFormatNames), { nil: undefined });

describe('a hostile text', () => {
  test('of any characters is read or refused, in any format', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), format, readSafely), { numRuns: 3000 });
  });

  test('that is JSON of any shape is read or refused, in any format', () => {
    const key = fc.constantFrom(
      ...['ifname', 'address', 'addr_info', 'NetworkInterfaces', 'NetworkInterfaceSet', 'NetworkInterfaceSets'],
      ...['MacAddress', 'macAddress', 'VMName', 'IPAddresses', 'devices', 'virtualMachines', 'expanded_devices'],
      ...['Attachment', 'state', 'network', 'config', 'name', '__proto__', 'constructor', 'Response', 'value'],
    );
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.constantFrom<unknown>(
          null,
          true,
          7,
          '',
          'web',
          '02:1a:3f:00:00:01',
          '021A3F000001',
          '10.0.0.1',
          'fe80::1%e',
        ),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(key, tie('value'), { maxKeys: 5, noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(value, format, (input, name) => readSafely(JSON.stringify(input), name)),
      { numRuns: 5000 },
    );
  });

  test('that was a sample, before pieces of it were lost, doubled or moved, is read or refused', () => {
    const cut = fc.tuple(fc.nat(4000), fc.nat(4000), fc.nat(4000));
    fc.assert(
      fc.property(fc.constantFrom(...samples), fc.array(cut, { minLength: 1, maxLength: 4 }), (sample, cuts) => {
        const text = cuts.reduce((whole, [from, length, to]) => {
          const piece = whole.slice(from, from + (length % 200));
          const rest = to % 2 === 0 ? whole.replace(piece, '') : whole;
          return `${rest.slice(0, to)}${piece}${rest.slice(to)}`;
        }, sample);
        readSafely(text);
      }),
      { numRuns: 3000 },
    );
  });

  test('of any bytes is decoded or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          readSafely(decodeImport(bytes));
        } catch (error) {
          if (!isAppError(error)) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });

  const large = 2 ** 21;
  const bombs: readonly (readonly [string, string])[] = [
    ['that nests XML without end', `<domain>${'<a>'.repeat(large / 4)}`],
    ['of domains that never end', '<domain>'.repeat(large / 8)],
    ['of attributes', `<domain ${Array.from({ length: large / 16 }, (_, i) => `a${i}='x'`).join(' ')}>`],
    ['of one attribute', `<domain a='${'x'.repeat(large)}'><name>a</name></domain>`],
    ['of one name', `<domain><name>${'x'.repeat(large)}</name></domain>`],
    [
      'with entities that grow',
      `<!DOCTYPE d [<!ENTITY a "${'x'.repeat(1000)}"><!ENTITY b "${'&a;'.repeat(1000)}">]><domain><name>&b;&b;</name></domain>`,
    ],
    ['that nests JSON without end', '['.repeat(large)],
    ['that nests JSON and closes it', `${'['.repeat(large / 2)}${']'.repeat(large / 2)}`],
    ['that nests objects', `${'{"NetworkInterfaces":'.repeat(large / 32)}`],
    ['of JSON documents', '{"NetworkInterfaces":[]}\n'.repeat(large / 32)],
    ['of one open string', `{"${'x'.repeat(large)}`],
    ['of one heading', `mac,${' '.repeat(large)},x`],
    ['of separators', `mac,guest\n${','.repeat(large)}`],
    ['of one open quotation', `mac,guest\n02:1a:3f:00:00:01,"${'x\n'.repeat(large / 2)}`],
    ['of quotation marks', `mac,guest\n${'"'.repeat(large)}`],
    ['of spaces', `net0: virtio=${' '.repeat(large)}x`],
    ['of headings for guests', '# 1\n'.repeat(large / 4)],
    ['of one file name', `net0: a=b\n==> ${'/'.repeat(large)}`],
    ['of broken rows', `mac\n${'x\n'.repeat(large / 2)}`],
    [
      'of guests that share a name',
      `mac,guest\n${Array.from({ length: 100_000 }, (_, i) => `02:00:00:${hex(i)},${'-_ .'[i % 4]}w`).join('\n')}`,
    ],
  ];

  for (const [name, text] of bombs) {
    test(`of two megabytes ${name} does no harm`, { timeout: 60_000 }, () => {
      readSafely(text);
      for (const known of ['libvirt', 'proxmox', 'csv'] as const) readSafely(text, known);
    });
  }

  test('of rows that cannot be read is refused as a whole, with the first of them', () => {
    assert.throws(
      () => parseImport(`mac\n${'x\n'.repeat(20_000)}`),
      /More than 10000 NICs .* the first at line 2: .*"x"/,
    );
  });
});

function hex(value: number): string {
  return (value.toString(16).padStart(6, '0').match(/../g) as string[]).join(':');
}
