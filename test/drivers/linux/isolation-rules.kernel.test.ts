import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { DesiredIsolation, Driver } from '../../../src/drivers/driver.ts';
import { createLinuxDriver } from '../../../src/drivers/linux/linux-driver.ts';
import { parseMacAddress } from '../../../src/model/mac-address.ts';
import { parseInterfaceName } from '../../../src/model/names.ts';
import { openPacketSocket } from '../../../src/system/packet-socket.ts';
import { ethernetFrame } from '../../../src/system/raw-frame.ts';
import { until } from '../../kernel/flows/recorded.ts';
import { temporaryDirectory } from '../../reconciler/open-engine.ts';
import { shell } from './host/snapshot-host.ts';
import { enterNamespace } from './in-namespace.ts';

enterNamespace(import.meta.filename);

const cleaning: (() => unknown)[] = [];
const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
let driver: Driver;
before(async () => {
  driver = createLinuxDriver({ stateDirectory: temporaryDirectory(scope), log: { warn: () => undefined } });
  await driver.probe();
});
after(async () => {
  await driver.close();
  for (const clean of cleaning) await clean();
});

const isolation = (port: string, milliseconds = 600_000): DesiredIsolation => ({
  port: parseInterfaceName(port),
  until: Date.now() + milliseconds,
});
const told = async (): Promise<string[]> =>
  (await driver.observe()).map(({ text }) => text).filter((text) => text.includes('isolate'));
const table = (): string => shell('nft list table bridge bridgekeeper_isolation');
const rules = (): string => shell('nft -t list table bridge bridgekeeper_isolation');

test('rules that somebody takes out of the table are put back, although the ports still stand in it', async () => {
  await driver.isolate([isolation('tap1')]);
  const before = rules();
  assert.deepEqual(await told(), []);
  shell('nft flush chain bridge bridgekeeper_isolation from_port');
  assert.equal((await told()).length, 1);
  assert.equal(rules(), before);
  assert.match(table(), /"tap1"/);
  assert.deepEqual(await told(), []);
  await driver.isolate([isolation('tap1'), isolation('tap2')]);
  assert.deepEqual(await told(), [], 'a change of ours is none of somebody else');
  await driver.isolate([]);
});

test('a clock that is set isolates nothing anew that is over, and lets go of nothing that is not', async (t) => {
  const { now } = Date;
  t.after(() => {
    Date.now = now;
  });
  await driver.isolate([isolation('tap1', 1_000), isolation('tap2')]);
  Date.now = () => now() - 86_400_000;
  await until('the kernel has let go of the first', async () => (table().includes('tap1') ? undefined : true));
  assert.deepEqual(await told(), []);
  assert.equal(table().includes('tap1'), false);
  Date.now = () => now() + 86_400_000;
  shell('nft delete table bridge bridgekeeper_isolation');
  assert.equal((await told()).length, 1);
  assert.match(table(), /"tap2" timeout (9|10)m/);
  Date.now = now;
  await driver.isolate([]);
});

test('an isolated port and the bridge itself do not hear each other either', async (t) => {
  shell(`
    ip link add br9 type bridge mcast_snooping 0 stp_state 1 hello_time 100
    for p in tap5 tap6; do
      ip link add $p type veth peer name \${p}o
      for d in $p \${p}o; do echo 1 > /proc/sys/net/ipv6/conf/$d/disable_ipv6; done
      ip link set \${p}o up
      ip link set $p master br9 up
    done
    ip link set br9 up
  `);
  const [cut, free] = ['tap5o', 'tap6o'].map((name) => openPacketSocket(name)) as [
    ReturnType<typeof openPacketSocket>,
    ReturnType<typeof openPacketSocket>,
  ];
  t.after(() => {
    cut.close();
    free.close();
    shell('ip link del br9');
  });
  const heard = (socket: typeof cut): number => {
    let count = 0;
    socket.drain((frame) => {
      if (Buffer.from(frame.subarray(0, 6)).toString('hex') === '0180c2000000') count++;
    });
    return count;
  };
  await until('both hear the bridge', async () => (heard(cut) > 0 ? true : undefined));
  await driver.isolate([isolation('tap5')]);
  heard(cut);
  heard(free);
  // Link aggregation (IEEE 802.1AX): the bridge gives it to the host alone, and on no way to others.
  const aggregation = ethernetFrame({
    source: parseMacAddress('02:00:00:00:00:01'),
    destination: parseMacAddress('01:80:c2:00:00:02'),
    type: 0x8809,
    payload: Buffer.alloc(110, 1),
  });
  while (!cut.send(aggregation));
  assert.equal((await driver.isolated()).get('tap5'), 1);
  let others = 0;
  await until('the other port hears it still', async () => {
    others += heard(free);
    return others > 1 ? true : undefined;
  });
  assert.equal(heard(cut), 0);
  await driver.isolate([]);
});
