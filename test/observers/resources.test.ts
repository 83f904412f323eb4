import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseInterfaceName } from '../../src/model/names.ts';
import { parseBandwidth } from '../../src/model/quantity.ts';
import { parseMemory, parseProcessors } from '../../src/observers/proc-files.ts';
import { ResourceObserver } from '../../src/observers/resources.ts';
import { readLinkCounters, readLinkSpeed } from '../../src/system/link-counters.ts';
import { devlab } from '../drivers/linux/desired-fixture.ts';
import { shell } from '../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { watched } from './watched.ts';

enterNamespace(import.meta.filename);

/** A copy of the files that can be changed. */
function procFiles(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'bk-proc-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  for (const name of ['stat', 'meminfo']) writeFileSync(join(directory, name), readFileSync(join('/proc', name)));
  return directory;
}

test("this host's own files are read", () => {
  const times = parseProcessors(readFileSync('/proc/stat', 'utf8'));
  assert.equal(times?.count, cpus().length);
  assert.ok(times.busy > 0 && times.busy < times.all);
  const memory = parseMemory(readFileSync('/proc/meminfo', 'utf8'));
  assert.ok(memory && Math.abs(memory.total - totalmem()) < 2 ** 20);
  assert.ok(memory.available > 0 && memory.available < memory.total);
  assert.equal(parseProcessors('nonsense\n'), undefined);
  assert.equal(parseMemory('nonsense\n'), undefined);
});

test('processors are busy with what they did between two looks, waiting for disks left out', async (t) => {
  const proc = procFiles(t);
  const { parts, readings } = watched();
  const observer = new ResourceObserver(parts, proc);
  writeFileSync(join(proc, 'stat'), 'cpu  100 0 100 1000 0 0 0 0 0 0\ncpu0 1\ncpu1 1\nintr 1\n');
  await observer.look();
  assert.equal(readings.filter(({ condition }) => condition === 'cpu').length, 0, 'one look says nothing');
  writeFileSync(join(proc, 'stat'), 'cpu  150 10 110 1050 60 5 5 0 0 0\ncpu0 1\ncpu1 1\nintr 1\n');
  await observer.look();
  const [reading] = readings.filter(({ condition }) => condition === 'cpu');
  assert.equal(reading?.value, 80 / 190);
  assert.equal(reading.seen, '42.1 % of 2 processors');
});

test('memory that programs cannot have counts as used, and none left is an event', async (t) => {
  const proc = procFiles(t);
  const world = watched();
  const observer = new ResourceObserver(world.parts, proc);
  const memory = (available: number): void =>
    writeFileSync(join(proc, 'meminfo'), `MemTotal: 8388608 kB\nMemFree: 1 kB\nMemAvailable: ${available} kB\n`);
  memory(4_194_304);
  await observer.look();
  const [reading] = world.readings.filter(({ condition }) => condition === 'memory');
  assert.deepEqual([reading?.value, reading?.seen], [0.5, '4 GiB of 8 GiB']);
  assert.deepEqual(world.take(), []);
  memory(83_886);
  await observer.look();
  await observer.look();
  assert.deepEqual(world.take(), ['0.1 GiB of memory are left of 8 GiB']);
  memory(500_000);
  await observer.look();
  assert.deepEqual(world.take(), [], 'a little more is not enough to say that it is over');
  memory(4_194_304);
  await observer.look();
  assert.deepEqual(world.take(), ['over: it is over that 0.1 GiB of memory are left of 8 GiB']);
});

test('a file that cannot be read keeps nothing else from being read', async (t) => {
  const proc = procFiles(t);
  const world = watched();
  rmSync(join(proc, 'stat'));
  const observer = new ResourceObserver(world.parts, proc);
  await assert.rejects(observer.look());
  assert.ok(world.readings.some(({ condition }) => condition === 'memory'));
});

test('the uplink is as busy as the busier of its directions, against what the site says or the device', async (t) => {
  shell('ip link add up0 type veth peer name peer0 && ip link set up0 up && ip link set peer0 up');
  t.after(() => shell('ip link del up0'));
  shell('ip address add 10.9.9.1/24 dev up0 && ip neighbour add 10.9.9.2 lladdr 02:00:00:00:00:02 dev up0');
  const speed = readLinkSpeed('up0');
  assert.equal(speed, 10e9, 'what veth says of itself');
  assert.equal(readLinkSpeed('lo'), undefined);
  assert.equal(readLinkCounters('no-such'), undefined);
  const world = watched();
  const desired = devlab();
  world.desired = desired;
  const observer = new ResourceObserver(world.parts);
  const bandwidth = async (): Promise<(typeof world.readings)[number] | undefined> => {
    world.readings.length = 0;
    await observer.look().catch(() => undefined);
    return world.readings.find(({ condition }) => condition === 'uplink-bandwidth');
  };
  assert.equal(await bandwidth(), undefined);
  const before = readLinkCounters('up0');
  shell('busybox ping -c 10 -i 0.01 -s 1000 -W 1 10.9.9.2 >/dev/null || true');
  const sent = (readLinkCounters('up0')?.sent ?? 0) - (before?.sent ?? 0);
  assert.ok(sent >= 10_000, `${sent} bytes were counted`);
  world.time.monotonic += 5_000;
  const first = await bandwidth();
  assert.ok(first && Math.abs(first.value - (sent * 8) / 5 / 10e9) < 1e-7, `${first?.value}`);
  assert.deepEqual(first.subject, { port: 'up0' });
  world.desired = { ...desired, uplink: { ...desired.uplink, bandwidth: parseBandwidth('100kbit') } };
  shell('busybox ping -c 10 -i 0.01 -s 1000 -W 1 10.9.9.2 >/dev/null || true');
  world.time.monotonic += 1_000;
  const second = await bandwidth();
  assert.ok(second && second.value > 0.7 && second.value < 1.5, `${second?.value}`);
  assert.match(second.seen, /kbit out of 100kbit$/);
  world.desired = { ...desired, uplink: { ...desired.uplink, interface: parseInterfaceName('gone0') } };
  assert.equal(await bandwidth(), undefined);
});
