import { deepEqual, equal, match, ok, throws } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { renderDnsmasq } from '../../../../src/drivers/linux/dnsmasq/render-dnsmasq.ts';
import type { DesiredState } from '../../../../src/model/desired-state.ts';
import { parseMacAddress } from '../../../../src/model/mac-address.ts';
import { desiredState, devlab } from '../desired-fixture.ts';

/** Writes what was rendered, and has dnsmasq read each configuration. */
function check(desired: DesiredState): Map<string, string> {
  const directory = mkdtempSync(join(tmpdir(), 'bk-render-'));
  try {
    const texts = renderDnsmasq(desired, directory);
    for (const [path, text] of texts) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
    for (const path of texts.keys()) {
      if (path.endsWith('.conf')) execFileSync('dnsmasq', ['--test', `--conf-file=${path}`], { stdio: 'pipe' });
    }
    return new Map([...texts].map(([path, text]) => [path.slice(directory.length + 1), text]));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test('a segment with DHCP or a domain has a service, another has none', () => {
  const lan = { name: 'lan', subnet: '10.1.0.0/24', domain: 'lan.example' };
  const quiet = { name: 'quiet', subnet: '10.2.0.0/24' };
  deepEqual([...check(desiredState([lan, quiet], [])).keys()], ['lan/dnsmasq.conf', 'lan/dns/names']);
  deepEqual([...check(devlab()).keys()], ['dev/dnsmasq.conf', 'dev/dhcp/reservations', 'dev/dns/names']);
});

test('reservations and names are those of the segment, one line for all who share the address', () => {
  const texts = check(devlab());
  equal(
    texts.get('dev/dhcp/reservations'),
    '02:1a:3f:00:00:0a,10.77.10.10,[fd00:77:10::a],web.dev.example\n' +
      '02:1a:3f:00:00:0b,10.77.10.11,[fd00:77:10::b],db.dev.example\n' +
      '02:1a:3f:00:00:0d,02:1a:3f:00:00:0e,set:same-address,203.0.113.10,infinite\n',
  );
  match(texts.get('dev/dns/names') ?? '', /^203\.0\.113\.10 sip\.dev\.example sip$/m);
});

test('a NIC that rotates has one reservation for both of its MAC addresses', () => {
  const plain = devlab();
  const nics = new Map(plain.nics);
  for (const id of ['web/0', 'sip/0']) {
    const nic = nics.get(id);
    ok(nic, id);
    nics.set(id, { ...nic, also: parseMacAddress(id === 'web/0' ? '02:1a:3f:77:00:01' : '02:1a:3f:77:00:02') });
  }
  equal(
    check({ ...plain, nics }).get('dev/dhcp/reservations'),
    '02:1a:3f:00:00:0a,02:1a:3f:77:00:01,10.77.10.10,[fd00:77:10::a],web.dev.example\n' +
      '02:1a:3f:00:00:0b,10.77.10.11,[fd00:77:10::b],db.dev.example\n' +
      '02:1a:3f:00:00:0d,02:1a:3f:77:00:02,02:1a:3f:00:00:0e,set:same-address,203.0.113.10,infinite\n',
  );
});

test('every prefix length and MTU makes a configuration that dnsmasq reads', () => {
  for (const prefix of [8, 12, 16, 20, 23, 24, 25, 29, 30]) {
    const segment = { name: 'net', subnet: `10.0.0.0/${prefix}`, subnet6: 'fd00::/64', lease: 120, mtu: 9000 };
    match(check(desiredState([segment], [])).get('net/dnsmasq.conf') ?? '', /option:mtu,9000/);
  }
});

test('a guest whose name is an order to dnsmasq is a guest all the same', () => {
  const names = ['infinite', 'ignore', '10m', '600', '1w'];
  const texts = check(
    desiredState(
      [{ name: 'net', subnet: '10.0.0.0/24', lease: 120 }],
      names.map((guest, index) => ({ guest, segment: 'net', port: `p${index}` })),
    ),
  );
  for (const line of (texts.get('net/dhcp/reservations') ?? '').trim().split('\n')) {
    match(line, /^[0-9a-f:]{17},10\.0\.0\.\d+$/);
  }
  for (const name of names) ok(texts.get('net/dns/names')?.includes(` ${name}\n`));
});

test('a directory that a configuration cannot name is refused', () => {
  for (const directory of ['relative', '/with"quote', '/with#hash', '/with\nline', '/back\\slash', '/space ']) {
    throws(() => renderDnsmasq(devlab(), directory), { code: 'value-invalid' });
  }
});
