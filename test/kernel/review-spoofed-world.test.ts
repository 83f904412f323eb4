import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseIpv4, parseIpv6 } from '../../src/model/ip-address.ts';
import { type MacAddress, parseMacAddress } from '../../src/model/mac-address.ts';
import { ethernetFrame, etherType, ipv4Packet, udpPacket } from '../../src/system/raw-frame.ts';
import { shell } from '../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { type OpenEngine, openEngine } from '../reconciler/open-engine.ts';
import { fourGuests, siteText, someForwards } from '../reconciler/sites.ts';
import { buildNetwork, shared, world } from './network.ts';
import { type Guests, startGuests } from './start-guests.ts';

enterNamespace(import.meta.filename);

const cleaning: (() => unknown)[] = [];
const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
let open: OpenEngine;
let guests: Guests;
before(async () => {
  buildNetwork(['web1', 'db1', 'api1', 'sip1']);
  open = await openEngine(scope);
  await open.apply(siteText({ guests: fourGuests, forwards: someForwards }));
  guests = await startGuests(scope, open.engine, ['world', 'host']);
});
after(async () => {
  for (const clean of cleaning) await clean();
});

const macIn = (namespace: string, device: string): MacAddress =>
  parseMacAddress(/link\/ether (\S+)/.exec(shell(`ip -n ${namespace} link show ${device}`))?.[1] as string);
const text = (name: string): Buffer => Buffer.from(name.padEnd(40, '.'));

/** Sends a frame; how often it came in at another place. */
async function count(from: string, at: string, name: string, frame: Buffer): Promise<number> {
  const holds = [text(name).toString('hex')];
  await guests.agent(at).call('startCapture', { name, device: 'eth0', filter: { holds } });
  await guests.agent(from).call('sendFrames', { device: 'eth0', frames: [frame.toString('hex')], times: 1, pause: 0 });
  await sleep(150);
  const report = await guests.agent(at).call('reportCapture', { name });
  await guests.agent(at).call('stopCapture', { name });
  return report.count;
}

test('from outside nobody gets to a published port as one of the guests', async () => {
  const toPort = (name: string, source: string): Buffer => {
    const version6 = source.includes(':');
    const parse = version6 ? parseIpv6 : parseIpv4;
    return ethernetFrame({
      source: macIn('world', 'eth0'),
      destination: macIn('host', 'eth0'),
      type: version6 ? etherType.ipv6 : etherType.ipv4,
      payload: udpPacket({
        source: parse(source),
        destination: parse(version6 ? shared.ipv6 : shared.ipv4),
        sourcePort: 4000,
        destinationPort: 30001,
        payload: text(name),
      }),
    });
  };
  const { ipv4, ipv6 } = guests.lease('db1');
  assert.equal(await count('world', 'web1', 'as itself', toPort('as itself', world.ipv4)), 1);
  assert.equal(await count('world', 'web1', 'as itself, 6', toPort('as itself, 6', world.ipv6)), 1);
  assert.equal(await count('world', 'web1', 'as db1', toPort('as db1', ipv4)), 0);
  assert.equal(await count('world', 'web1', 'as db1, 6', toPort('as db1, 6', ipv6 as string)), 0);
});

test("a same-address guest does not draw the host's port-less protocols to itself", async () => {
  const esp = (source: MacAddress, destination: MacAddress, from: string, to: string, name: string): Buffer =>
    ethernetFrame({
      source,
      destination,
      type: etherType.ipv4,
      payload: ipv4Packet({
        source: parseIpv4(from),
        destination: parseIpv4(to),
        protocol: 50,
        payload: Buffer.concat([Buffer.from([0, 0, 1, 1]), text(name)]),
      }),
    });
  const out = esp(parseMacAddress(guests.lease('sip1').mac), macIn('host', 'bk-dev'), shared.ipv4, world.ipv4, 'out');
  assert.equal(await count('sip1', 'world', 'out', out), 0);
  const back = esp(macIn('world', 'eth0'), macIn('host', 'eth0'), world.ipv4, shared.ipv4, 'back');
  assert.equal(await count('world', 'sip1', 'back', back), 0);
});

test('a port that somebody plugs in while no daemon runs sends nothing out under a foreign address', async () => {
  await open.close();
  shell(`
    for f in /proc/sys/net/bridge/bridge-nf-call-*; do [ ! -e $f ] || echo 0 > $f; done
    ip link add evil0 type veth peer name evil1
    ip link set evil0 master bk-dev up
    ip link set evil1 up
  `);
  for (const [source, destination] of [
    ['8.8.8.8', world.ipv4],
    ['2001:db8:bad::1', world.ipv6],
  ] as const) {
    const parse = source.includes(':') ? parseIpv6 : parseIpv4;
    const name = `from ${source}`;
    const frame = ethernetFrame({
      source: macIn('host', 'evil1'),
      destination: macIn('host', 'bk-dev'),
      type: source.includes(':') ? etherType.ipv6 : etherType.ipv4,
      payload: udpPacket({
        source: parse(source),
        destination: parse(destination),
        sourcePort: 9,
        destinationPort: 9,
        payload: text(name),
      }),
    });
    const filter = { holds: [text(name).toString('hex')] };
    await guests.agent('world').call('startCapture', { name, device: 'eth0', filter });
    await guests
      .agent('host')
      .call('sendFrames', { device: 'evil1', frames: [frame.toString('hex')], times: 1, pause: 0 });
    await sleep(150);
    assert.equal((await guests.agent('world').call('reportCapture', { name })).count, 0, name);
  }
});
