import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { DhcpAsks, readAsker } from '../../../../src/drivers/linux/dnsmasq/dhcp-asks.ts';
import { DhcpWatch } from '../../../../src/drivers/linux/dnsmasq/dhcp-watch.ts';
import { releaseMessage } from '../../../../src/drivers/linux/dnsmasq/release-lease.ts';
import { parseIpv4 } from '../../../../src/model/ip-address.ts';
import { parseMacAddress } from '../../../../src/model/mac-address.ts';
import { temporaryDirectory } from '../../../reconciler/open-engine.ts';
import { devlab } from '../desired-fixture.ts';
import { enterNamespace } from '../in-namespace.ts';

enterNamespace(import.meta.filename);

const mac = parseMacAddress('02:1a:3f:00:00:0a');
const other = parseMacAddress('02:1a:3f:00:00:0b');

/** A message of DHCP of this type, such as a client sends. */
function message(type: number): Buffer {
  const bytes = Buffer.from(releaseMessage(mac, parseIpv4('10.77.10.10'), parseIpv4('10.77.10.1')));
  bytes[242] = type;
  return bytes;
}

test('who asks for an address is read from discover and request, from nothing else and no nonsense', () => {
  assert.equal(readAsker(message(1)), mac);
  assert.equal(readAsker(message(3)), mac);
  for (const type of [2, 4, 5, 6, 7, 8]) assert.equal(readAsker(message(type)), undefined, `type ${type}`);
  const answer = message(3);
  answer[0] = 2;
  assert.equal(readAsker(answer), undefined, 'an answer');
  for (let length = 0; length < 243; length++) assert.equal(readAsker(message(3).subarray(0, length)), undefined);
  const endless = message(3);
  endless.fill(0, 240);
  assert.equal(readAsker(endless), undefined, 'padding to the end');
  for (let round = 0; round < 2_000; round++) {
    const noise = Buffer.from(message(3));
    for (let at = 236; at < noise.length; at++) noise[at] = Math.floor(Math.random() * 256);
    readAsker(noise);
  }
});

test('somebody waits who asked three times over ten seconds, until answered or silent for long', () => {
  const asks = new DhcpAsks();
  asks.asked(mac, 0);
  asks.asked(mac, 4_000);
  asks.asked(mac, 9_000);
  asks.asked(other, 9_000);
  assert.deepEqual(asks.waiting(9_000), []);
  asks.asked(mac, 11_000);
  asks.refused(mac, 'no leases left');
  const [[who, ask] = []] = asks.waiting(11_000);
  assert.deepEqual([who, ask?.count, ask?.why], [mac, 4, 'no leases left']);
  assert.equal(asks.waiting(160_000).length, 1);
  assert.equal(asks.waiting(161_001).length, 0);
  asks.asked(mac, 200_000);
  asks.asked(mac, 205_000);
  asks.asked(mac, 212_000);
  assert.equal(asks.waiting(212_000).length, 1);
  asks.answered(mac);
  assert.deepEqual(asks.waiting(212_000), []);
});

function watching(t: TestContext) {
  const directory = temporaryDirectory(t);
  const own = join(directory, 'dev');
  mkdirSync(own);
  writeFileSync(join(own, 'log'), 'dnsmasq: failed to write /old: No space left on device (retry in 60 s)\n');
  const log: string[] = [];
  const watch = new DhcpWatch(directory, { warn: (_, text) => void log.push(text) });
  t.after(() => watch.close());
  return { own, log, look: () => watch.look(devlab()) };
}

test('leases are those of the file, of IPv4 alone, and are read again when it changed', async (t) => {
  const { own, look } = watching(t);
  assert.deepEqual((await look()).leases, []);
  writeFileSync(
    join(own, 'leases'),
    `1795000000 ${mac} 10.77.10.10 web 01:${mac}\n0 ${other} 203.0.113.10 sip *\nduid 00:01:00:01\n1795000000 3473408 fd00:77:10::a web 00:01\n`,
  );
  const { leases } = await look();
  assert.deepEqual(
    leases.map((lease) => [lease.segment, lease.mac, lease.ipv4, lease.until]),
    [
      ['dev', mac, '10.77.10.10', 1_795_000_000_000],
      ['dev', other, '203.0.113.10', 0],
    ],
  );
  writeFileSync(join(own, 'leases'), 'nonsense\n');
  assert.deepEqual((await look()).leases, []);
});

test('what dnsmasq cannot do is told with its words; what it said before anybody looked is not', async (t) => {
  const { own, look, log } = watching(t);
  assert.deepEqual((await look()).troubles, []);
  appendFileSync(
    join(own, 'log'),
    `Nov 22 dnsmasq-dhcp[7]: failed to write ${own}/leases: No space left on device (retry in 60 s)\nNov 22 dnsmasq-dhcp[7]: DHCPDISCOVER(bk-dev) ${mac} no leases left\n`,
  );
  assert.deepEqual((await look()).troubles, [
    {
      segment: 'dev',
      kind: 'lease-file',
      text: `dnsmasq cannot write its leases to "${own}/leases": No space left on device`,
    },
    { segment: 'dev', kind: 'full', text: `dnsmasq has no address for ${mac}: no leases left` },
  ]);
  writeFileSync(join(own, 'leases'), `1795000000 ${mac} 10.77.10.10 web *\n`);
  assert.deepEqual(
    (await look()).troubles.map(({ kind }) => kind),
    ['full'],
    'it could write after all',
  );
  assert.deepEqual(log, []);
});
