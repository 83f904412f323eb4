import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Driver, DroppedFrame, Violation } from '../../src/drivers/driver.ts';
import { createLinuxDriver } from '../../src/drivers/linux/linux-driver.ts';
import { parseIpv4 } from '../../src/model/ip-address.ts';
import { macFromInteger, parseMacAddress } from '../../src/model/mac-address.ts';
import { openNflog } from '../../src/system/nflog/nflog-reader.ts';
import { openPacketSocket, type PacketSocket } from '../../src/system/packet-socket.ts';
import { ethernetFrame, etherType, udpPacket } from '../../src/system/raw-frame.ts';
import { shell } from '../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { desiredSite } from '../drivers/linux/nftables/desired-site.ts';
import { temporaryDirectory } from '../reconciler/open-engine.ts';
import { fourGuests, siteText } from '../reconciler/sites.ts';
import { until } from './flows/recorded.ts';
import { type Holder, listFrames } from './guard-frames.ts';
import { buildNetwork, portOf, shared } from './network.ts';

enterNamespace(import.meta.filename);

const cleaning: (() => unknown)[] = [];
const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
const port = portOf('web1');
const frames: DroppedFrame[] = [];
const said: string[] = [];
let driver: Driver;
let me: Holder;
let victim: Holder;
let guest: PacketSocket;

before(async () => {
  buildNetwork(['db1', 'api1', 'sip1']);
  // The guest's end of its port, here instead of in a namespace: nothing else speaks there.
  shell(`
    ip link add ${port} type veth peer name guest
    echo 1 > /proc/sys/net/ipv6/conf/guest/disable_ipv6
    ip link set guest up
    ip link set ${port} addrgenmode none up
  `);
  const log = { warn: (_: object, text: string) => said.push(text) };
  driver = createLinuxDriver({ stateDirectory: temporaryDirectory(scope), log });
  scope.after(() => driver.close());
  assert.equal((await driver.probe()).frameSamples, true);
  const { desired } = await desiredSite(
    siteText({
      segments: [
        'name: dev, subnet: 10.77.10.0/24, subnet6: "fd00:77:10::/64", storm: {broadcast: 20000/second}',
        'name: prod, subnet: 10.77.20.0/24',
      ],
      guests: fourGuests,
    }),
  );
  await driver.apply(await driver.plan(desired));
  const holder = (id: string): Holder => {
    const nic = desired.nics.get(id);
    return { mac: nic?.mac, ipv4: nic?.ipv4, ipv6: nic?.ipv6 } as Holder;
  };
  me = holder('web1/0');
  victim = holder('db1/0');
  guest = openPacketSocket('guest');
  scope.after(() => guest.close());
  driver.watchViolations((dropped) => frames.push(dropped));
});
after(async () => {
  for (const clean of cleaning) await clean();
});

const countsOf = (violations: readonly Violation[], of = port): Record<string, number> =>
  Object.fromEntries(violations.filter((seen) => seen.port === of).map(({ offence, count }) => [offence, count]));

const frameNamed = (name: string): Buffer =>
  listFrames(me, victim, parseIpv4(shared.ipv4)).bad.find((tried) => tried.name === name)?.frame as Buffer;

/** Sends frames and waits until as many more were counted. */
async function sendBad(bad: readonly Buffer[]): Promise<Record<string, number>> {
  const before = countsOf(await driver.violations());
  for (const frame of bad) while (!guest.send(frame));
  const grown = (now: Record<string, number>): [string, number][] =>
    Object.entries(now).map(([offence, count]) => [offence, count - (before[offence] ?? 0)]);
  const now = await until('all to be counted', async () => {
    const more = grown(countsOf(await driver.violations())).filter(([, count]) => count > 0);
    return more.reduce((sum, [, count]) => sum + count, 0) >= bad.length ? more : undefined;
  });
  return Object.fromEntries(now);
}

test('every frame that the guard drops is counted for its port as what it is, and shown as it was sent', async () => {
  const { bad } = listFrames(me, victim, parseIpv4(shared.ipv4));
  const byOffence = Map.groupBy(bad, ({ offence }) => offence as string);
  for (const [offence, some] of byOffence) {
    frames.length = 0;
    assert.deepEqual(await sendBad(some.map(({ frame }) => frame)), { [offence]: some.length });
    const shown = await until('the frames to be shown', async () =>
      frames.length >= Math.min(some.length, 20) ? frames : undefined,
    );
    for (const [i, { offence: kind, port: at, frame, at: time }] of shown.entries()) {
      assert.deepEqual([kind, at], [offence, port]);
      const sent = (some[i] as { frame: Buffer }).frame;
      assert.ok(
        sent.subarray(0, frame.length).equals(frame),
        `${some[i]?.name}: ${Buffer.from(frame).toString('hex')}`,
      );
      assert.ok(frame.length >= Math.min(384, sent.length), `${some[i]?.name}: ${frame.length} bytes`);
      assert.ok(Math.abs(time - Date.now()) < 20_000);
    }
  }
});

test('counts stay exact when a port makes up addresses by the ten thousand, and what is kept of them stays small', async () => {
  const many = 60_000;
  frames.length = 0;
  const payload = udpPacket({
    source: me.ipv4,
    destination: victim.ipv4,
    sourcePort: 7,
    destinationPort: 7,
    payload: Buffer.alloc(18),
  });
  const flood = Array.from({ length: many }, (_, i) =>
    ethernetFrame({
      source: macFromInteger(0x02bb00000000 + i),
      destination: victim.mac,
      type: etherType.ipv4,
      payload,
    }),
  );
  assert.deepEqual(await sendBad(flood), { spoofed_ipv4: many });
  assert.ok(frames.length <= 60, `${frames.length} frames were shown`);
  const offenders = (await driver.sightings()).filter(({ kind, device }) => kind === 'offender' && device === port);
  assert.ok(offenders.length >= 1 && offenders.length <= 100, `${offenders.length} offenders are kept`);
});

test('a port that no NIC has is counted, too', async () => {
  shell(`
    ip link add strange type veth peer name strange0
    echo 1 > /proc/sys/net/ipv6/conf/strange0/disable_ipv6
    ip link set strange0 up
    ip link set strange addrgenmode none up master bk-dev
    # A port without a link is sent nothing.
    ip -n db1 link set eth0 up
  `);
  const stranger = openPacketSocket('strange0');
  const { bad } = listFrames({ ...me, mac: parseMacAddress('02:1a:3f:99:00:01') }, victim, parseIpv4(shared.ipv4));
  const frame = bad.find(({ name }) => name === 'a foreign MAC')?.frame as Buffer;
  const counted = await until('the stranger to be counted', async () => {
    stranger.send(frame);
    const counts = countsOf(await driver.violations(), 'strange');
    return Object.keys(counts).length > 0 ? counts : undefined;
  });
  stranger.close();
  assert.ok((counted.foreign_port ?? counted.spoofed_ipv4 ?? 0) >= 1, JSON.stringify(counted));
  shell('ip link delete strange');
});

test("what verify tries is nobody's violation", async () => {
  const { desired } = await desiredSite(siteText({ guests: fourGuests }));
  const before = await driver.violations();
  frames.length = 0;
  await driver.verify(desired);
  assert.deepEqual(
    (await driver.violations()).filter(({ port: at }) => !before.some((old) => old.port === at)),
    [],
  );
  assert.deepEqual(
    frames.filter(({ port: at }) => at.startsWith('bk-verify')),
    [],
  );
});

test('what nobody fetches is lost without harm', async () => {
  const reader = openNflog(30_500, 128);
  shell(`
    nft add table bridge flooded
    nft add chain bridge flooded copies '{ type filter hook prerouting priority -400; }'
    nft add rule bridge flooded copies iifname ${port} log prefix '"x"' group 30500 snaplen 128
  `);
  const { bad } = listFrames(me, victim, parseIpv4(shared.ipv4));
  await sendBad(Array.from({ length: 20_000 }, () => bad[0]?.frame as Buffer));
  let read = 0;
  for (let i = 0; i < 200; i++) reader.drain(() => read++);
  assert.ok(read > 0 && read < 20_000, `${read} copies were kept`);
  // It goes on afterwards.
  await sendBad([bad[0]?.frame as Buffer]);
  assert.equal(
    await until('the next frame', async () => {
      let more = 0;
      reader.drain(({ prefix }) => {
        if (prefix === 'x') more++;
      });
      return more || undefined;
    }),
    1,
  );
  reader.close();
  shell('nft delete table bridge flooded');
});

test('where somebody else listens to the group of samples, it is said and tried again; everything is counted all the same', async () => {
  const other = createLinuxDriver({
    stateDirectory: temporaryDirectory(scope),
    log: { warn: (_: object, text: string) => said.push(text) },
  });
  await other.probe();
  let shown = 0;
  other.watchViolations(() => shown++);
  assert.match(said.join('\n'), /dropped frames are counted but cannot be shown: .* another process listens to it/);
  // What came before is the other's to tell.
  assert.deepEqual(countsOf(await other.violations()), {});
  guest.send(frameNamed('a foreign IPv4 address'));
  assert.deepEqual(countsOf(await other.violations()), { spoofed_ipv4: 1 });
  // The one that listened ends.
  await driver.close();
  await until('a frame to be shown', async () => {
    guest.send(frameNamed('a foreign IPv4 address'));
    await other.violations();
    return shown > 0 ? true : undefined;
  });
  await other.close();
});
