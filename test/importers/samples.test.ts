import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { decodeImport } from '../../src/importers/decode.ts';
import { importFormatNames, parseImport } from '../../src/importers/formats.ts';
import { importItems } from '../../src/importers/import-items.ts';

const folder = new URL('./samples/', import.meta.url);
const expectedFolder = new URL('./expected/', import.meta.url);
const update = process.env.UPDATE_GOLDEN === '1';
const samples = readdirSync(folder).filter((name) => name !== 'README.md');

/** Every sample with its name, and as what `mac import` would hand it to the registry. */
function renderSample(name: string): string {
  const read = parseImport(decodeImport(readFileSync(new URL(name, folder))));
  const rows = read.nics.map(({ where, mac, guest, nic, ipv4, ipv6, network, owner, state }) =>
    [
      `${mac}  ${guest === undefined ? '-' : JSON.stringify(guest)}/${nic}  at ${where}`,
      ...(ipv4.length + ipv6.length > 0 ? [`  addresses ${[...ipv4, ...ipv6].join(' ')}`] : []),
      ...(network === undefined ? [] : [`  network ${network}`]),
      ...(owner === undefined ? [] : [`  owner ${owner}`]),
      ...(state === undefined ? [] : [`  state ${state}`]),
    ].join('\n'),
  );
  const items = importItems(read, { segment: 'dev' }).map((item) => JSON.stringify(item));
  const mistakes = read.mistakes.map(({ where, message }) => `${where}: ${message}`);
  return [`format ${read.format}`, ...rows, '', 'mistakes', ...mistakes, '', 'items', ...items, ''].join('\n');
}

describe('a sample in the shape of its tool is recognised and read', () => {
  for (const name of samples) {
    test(name, () => {
      const expected = new URL(`${name}.txt`, expectedFolder);
      const seen = renderSample(name);
      if (update) writeFileSync(expected, seen);
      assert.ok(existsSync(expected), `expected/${name}.txt is missing; make it with UPDATE_GOLDEN=1 and read it`);
      assert.equal(seen, readFileSync(expected, 'utf8'));
    });
  }

  test('of every format there is one', () => {
    const formats = samples.map((name) => parseImport(decodeImport(readFileSync(new URL(name, folder)))).format);
    assert.deepEqual([...new Set(formats)].sort(), [...importFormatNames].sort());
  });

  test('a sample is read the same when its format is named', () => {
    for (const name of samples) {
      const text = decodeImport(readFileSync(new URL(name, folder)));
      const read = parseImport(text);
      assert.deepEqual(parseImport(text, read.format), read, name);
    }
  });
});
