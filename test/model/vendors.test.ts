import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseMacAddress } from '../../src/model/mac-address.ts';
import { parseMacRange } from '../../src/model/mac-range.ts';
import {
  describeKind,
  habitOf,
  vendorDataDate,
  vendorDataRelease,
  vendorOf,
  vendorsIn,
} from '../../src/model/vendors.ts';

const vendor = (text: string) => vendorOf(parseMacAddress(text));
const registry = JSON.parse(readFileSync('node_modules/oui-data/index.json', 'utf8')) as Record<string, string>;

test('a universal address is that of the vendor whose OUI it has', () => {
  deepEqual(vendor('00:50:56:01:02:03'), { name: 'VMware, Inc.', prefix: '00:50:56:00:00:00/24' });
  deepEqual(vendor('00:16:3e:ff:ff:ff'), { name: 'Xensource, Inc.', prefix: '00:16:3e:00:00:00/24' });
  deepEqual(vendor('BC-24-11-00-00-00'), { name: 'Proxmox Server Solutions GmbH', prefix: 'bc:24:11:00:00:00/24' });
});

test('every block of the registry is found at its first and last address, the smallest that holds them', () => {
  const lengths = new Map([
    [6, 24],
    [7, 28],
    [9, 36],
  ]);
  const entries = Object.entries(registry).filter(([digits]) => (Number.parseInt(digits.slice(0, 2), 16) & 3) === 0);
  ok(entries.length > 50_000);
  for (const [digits, text] of entries) {
    const last = vendor((digits.padEnd(12, 'f').match(/../g) as string[]).join(':'));
    const deeper = [7, 9].some((length) => length > digits.length && digits.padEnd(length, 'F') in registry);
    if (deeper) continue;
    equal(last?.name, text.split('\n')[0], digits);
    match(last?.prefix ?? '', new RegExp(`/${lengths.get(digits.length)}$`));
  }
});

test('a block within a block of the IEEE itself is that of whom it was given to', () => {
  const medium = Object.keys(registry).find((digits) => digits.length === 7) as string;
  const found = vendor((medium.padEnd(12, '0').match(/../g) as string[]).join(':'));
  equal(registry[medium.slice(0, 6)]?.split('\n')[0], 'IEEE Registration Authority');
  equal(found?.name, registry[medium]?.split('\n')[0]);
});

test('local addresses and universal ones of nobody have no vendor', () => {
  equal(vendor('02:60:8c:00:00:01'), undefined);
  equal(vendor('52:54:00:00:00:01'), undefined);
  equal(registry['1C0000'], undefined, 'an OUI that nobody has');
  equal(vendor('1c:00:00:00:00:01'), undefined);
});

test('the vendors in a range are those whose blocks it touches', () => {
  const names = (range: string) => vendorsIn(parseMacRange(range), 10).map(({ name }) => name);
  deepEqual(names('00:50:56:10:00:00-00:50:56:10:00:ff'), ['VMware, Inc.']);
  deepEqual(names('00:50:55:ff:ff:ff-00:50:57:00:00:00').length, 3);
  deepEqual(names('1c:00:00:00:00:00/24'), []);
  deepEqual(names('02:00:00:00:00:00/8'), []);
  equal(vendorsIn(parseMacRange('00:00:00:00:00:00/8'), 5).length, 5);
});

test('prefixes that software is known by are habits, not vendors', () => {
  equal(habitOf(parseMacAddress('52:54:00:12:34:56'))?.name, 'QEMU and KVM');
  equal(habitOf(parseMacAddress('fa:16:3e:12:34:56'))?.name, 'OpenStack');
  equal(habitOf(parseMacAddress('02:42:ac:11:00:02'))?.name, 'Docker');
  equal(habitOf(parseMacAddress('02:1a:3f:00:00:01')), undefined);
});

test('the kind of an address is said in words', () => {
  const kind = (text: string) => describeKind(parseMacAddress(text));
  equal(kind('02:1a:3f:00:00:01'), 'local, AAI (RFC 8948)');
  equal(kind('52:54:00:00:00:01'), 'local, AAI (RFC 8948), the habit of QEMU and KVM');
  equal(kind('fa:16:3e:00:00:01'), 'local, ELI (RFC 8948), the habit of OpenStack');
  equal(kind('00:50:56:00:00:01'), 'universal, of VMware, Inc. (00:50:56:00:00:00/24)');
  equal(kind('1c:00:00:00:00:01'), 'universal, of an OUI that nobody has');
});

test('the day of the registry is that of the release in use', () => {
  const { version } = JSON.parse(readFileSync('node_modules/oui-data/package.json', 'utf8')) as { version: string };
  equal(
    version,
    vendorDataRelease,
    'oui-data was updated: set vendorDataDate (npm view oui-data time) and the release',
  );
  match(vendorDataDate, /^\d{4}-\d{2}-\d{2}$/);
});

test('the registry is read when it is asked for, and what stays of it is small', () => {
  const script = `
    import { vendorOf } from './src/model/vendors.ts';
    vendorOf('02:00:00:00:00:01');
    // What loading the modules left outside of the heap goes a turn after the collection that found it.
    const settle = async () => {
      for (let i = 0; i < 3; i++) { gc(); await new Promise((resolve) => setTimeout(resolve, 20)); }
      return process.memoryUsage();
    };
    const before = await settle();
    vendorOf('00:50:56:00:00:01');
    const after = await settle();
    console.log(JSON.stringify([after.heapUsed - before.heapUsed, after.arrayBuffers - before.arrayBuffers]));`;
  const output = execFileSync(process.execPath, ['--expose-gc', '--input-type=module-typescript', '-e', script], {
    encoding: 'utf8',
  });
  const [heap, buffers] = JSON.parse(output) as [number, number];
  ok(heap < 1e6, `${heap} bytes of heap stay`);
  ok(buffers > 5e5 && buffers < 2e6, `${buffers} bytes stay outside of the heap`);
});
