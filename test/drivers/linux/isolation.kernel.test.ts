import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { DesiredIsolation, Driver } from '../../../src/drivers/driver.ts';
import { createLinuxDriver } from '../../../src/drivers/linux/linux-driver.ts';
import { parseMacAddress } from '../../../src/model/mac-address.ts';
import { parseInterfaceName } from '../../../src/model/names.ts';
import { openPacketSocket, type PacketSocket } from '../../../src/system/packet-socket.ts';
import { ethernetFrame } from '../../../src/system/raw-frame.ts';
import { until } from '../../kernel/flows/recorded.ts';
import { temporaryDirectory } from '../../reconciler/open-engine.ts';
import { shell } from './host/snapshot-host.ts';
import { enterNamespace } from './in-namespace.ts';

enterNamespace(import.meta.filename);

const cleaning: (() => unknown)[] = [];
const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
const sockets = new Map<string, PacketSocket>();
let driver: Driver;

/** A port on the bridge whose other end is here, under the port's name and an o. */
function plug(port: string): void {
  shell(`
    ip link add ${port} type veth peer name ${port}o
    for d in ${port} ${port}o; do echo 1 > /proc/sys/net/ipv6/conf/$d/disable_ipv6; done
    ip link set ${port}o up
    ip link set ${port} master br0 up
  `);
  sockets.set(port, openPacketSocket(`${port}o`));
}

before(async () => {
  shell('ip link add br0 type bridge mcast_snooping 0 && ip link set br0 up');
  for (const port of ['tap1', 'tap2', 'tap3']) plug(port);
  driver = createLinuxDriver({ stateDirectory: temporaryDirectory(scope), log: { warn: () => undefined } });
  await driver.probe();
});
after(async () => {
  await driver.close();
  for (const socket of sockets.values()) socket.close();
  for (const clean of cleaning) await clean();
});

const isolation = (port: string, more: Partial<DesiredIsolation> = {}): DesiredIsolation => ({
  port: parseInterfaceName(port),
  until: Date.now() + 600_000,
  ...more,
});
const socketOf = (port: string): PacketSocket => sockets.get(port) as PacketSocket;

let number = 0;
/** Sends broadcasts; how many of them each of the others has heard once all that pass are through. */
async function send(from: string, count = 1): Promise<Record<string, number>> {
  const mark = Buffer.from(`frame ${++number} of a test of isolation; it is as long as it must be`);
  const last = Buffer.from(`the last of ${number}, which passes by a port of its own`);
  const frame = (payload: Buffer) =>
    ethernetFrame({
      source: parseMacAddress('02:00:00:00:00:01'),
      destination: parseMacAddress('ff:ff:ff:ff:ff:ff'),
      type: 0x88b5,
      payload,
    });
  for (let i = 0; i < count; i++) while (!socketOf(from).send(frame(mark)));
  // Frames are handed on within the sender's call, so one by the bridge itself comes after all others.
  const bridge = openPacketSocket('br0');
  bridge.send(frame(last));
  bridge.close();
  const heard: Record<string, number> = {};
  for (const [port, socket] of sockets) {
    if (port === from) continue;
    heard[port] = 0;
    socket.drain((seen) => {
      if (seen.includes(mark)) heard[port] = (heard[port] ?? 0) + 1;
    });
  }
  return heard;
}
/** A port forwards some moments after it was plugged in. */
const works = (from: string, to: string) =>
  until(`${from} reaches ${to}`, async () => ((await send(from))[to] ? true : undefined));
const countOf = async (port: string) => (await driver.isolated()).get(port);
const tables = (): string => shell('nft list tables');

test('a port is cut off in both directions, the others are not; counts of one outlive changes of another', async () => {
  await works('tap1', 'tap2');
  await works('tap1', 'tap3');
  await driver.isolate([isolation('tap1')]);
  assert.deepEqual(await send('tap1', 7), { tap2: 0, tap3: 0 });
  assert.deepEqual(await send('tap2', 3), { tap1: 0, tap3: 3 });
  assert.equal(await countOf('tap1'), 7);
  await driver.isolate([isolation('tap1'), isolation('tap2')]);
  assert.deepEqual(await send('tap2', 2), { tap1: 0, tap3: 0 });
  assert.deepEqual([await countOf('tap1'), await countOf('tap2')], [7, 2]);
  await driver.isolate([isolation('tap2')]);
  assert.deepEqual(await send('tap1'), { tap2: 0, tap3: 1 });
  await driver.isolate([isolation('tap1'), isolation('tap2')]);
  assert.deepEqual([await countOf('tap1'), await countOf('tap2')], [0, 2]);
  await driver.isolate([]);
  assert.deepEqual(await send('tap1'), { tap2: 1, tap3: 1 });
  assert.equal(tables().includes('isolation'), false);
});

test('a limited port sends and hears so many frames and no more', async () => {
  const limit = { count: 100, per: 'minute' } as const;
  await driver.isolate([isolation('tap1', { limit })]);
  const sent = await send('tap1', 400);
  assert.ok((sent.tap2 ?? 0) >= 1 && (sent.tap2 ?? 0) <= 60, JSON.stringify(sent));
  const heard = await send('tap2', 400);
  assert.ok((heard.tap1 ?? 0) >= 1 && (heard.tap1 ?? 0) <= 60, JSON.stringify(heard));
  assert.equal(heard.tap3, 400);
  assert.equal(await countOf('tap1'), 400 - (sent.tap2 ?? 0));
  await driver.isolate([]);
});

test('a port that is not there yet is cut off when it comes', async () => {
  await driver.isolate([isolation('tap9')]);
  plug('tap9');
  await until('its link is up', async () =>
    shell('bridge link show dev tap9').includes('state forwarding') ? true : undefined,
  );
  assert.deepEqual(await send('tap9', 2), { tap1: 0, tap2: 0, tap3: 0 });
  assert.equal(await countOf('tap9'), 2);
  await driver.isolate([]);
  await works('tap9', 'tap1');
});

test('the kernel ends it in time, and what somebody else takes away is put back', async () => {
  await driver.isolate([isolation('tap1', { until: Date.now() + 1_500 }), isolation('tap2')]);
  assert.deepEqual((await send('tap1')).tap3, 0);
  await works('tap1', 'tap3');
  shell('nft delete table bridge bridgekeeper_isolation');
  assert.equal((await send('tap2')).tap3, 1);
  assert.deepEqual(
    (await driver.observe()).map(({ text }) => text).filter((text) => text.includes('isolated')),
    ['port "tap2" was isolated and somebody else let it go; it is isolated again'],
  );
  assert.equal((await send('tap2')).tap3, 0);
  assert.deepEqual(
    (await driver.observe()).map(({ text }) => text).filter((text) => text.includes('isolated')),
    [],
  );
});

test('the next process takes over what an earlier one has isolated, without a gap and with its counts', async () => {
  const other = createLinuxDriver({ stateDirectory: temporaryDirectory(scope), log: { warn: () => undefined } });
  await other.probe();
  await send('tap2', 3);
  const before = (await driver.isolated()).get('tap2') as number;
  await other.isolate([isolation('tap2')]);
  assert.equal((await other.isolated()).get('tap2'), before);
  await other.isolate([]);
  assert.deepEqual((await send('tap2')).tap3, 1);
  await other.close();
});
