import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLinuxDriver } from '../../../src/drivers/linux/linux-driver.ts';
import { buildNetwork, portOf } from '../../kernel/network.ts';
import { hostState } from '../../reconciler/host-state.ts';
import { openEngine, type Scope, temporaryDirectory } from '../../reconciler/open-engine.ts';
import { wholeSite } from '../../reconciler/sites.ts';
import { sameHost, shell } from './host/snapshot-host.ts';
import { enterNamespace } from './in-namespace.ts';
import { desiredSite } from './nftables/desired-site.ts';

enterNamespace(import.meta.filename);
before(() => buildNetwork(['web1', 'db1', 'api1', 'sip1']));

/** A driver at work without an engine, so that nobody mends what a test breaks. */
async function driverAtWork(scope: Scope) {
  const driver = createLinuxDriver({ stateDirectory: temporaryDirectory(scope), log: { warn: () => undefined } });
  await driver.probe();
  const { desired } = await desiredSite(wholeSite);
  await driver.apply(await driver.plan(desired));
  const verify = async (): Promise<string[]> =>
    (await driver.verify(desired)).filter(({ ok }) => !ok).map(({ name, seen }) => `${name}: ${seen}`);
  const close = async (): Promise<void> => {
    await driver.apply(await driver.plan(null));
    await driver.close();
  };
  return { verify, close };
}

test('verify looks at every NIC, forward and segment and leaves no trace', async (t) => {
  const open = await openEngine(t);
  await open.apply(wholeSite);
  await sleep(300);
  const found = hostState();
  const offenders = shell('nft list table bridge bridgekeeper | grep -c counter || true');
  const { checks } = await open.engine.verify();
  assert.deepEqual(
    checks.filter(({ ok }) => !ok),
    [],
  );
  for (const name of [
    'host',
    'NIC web1/0',
    'guard of NIC sip1/0',
    'forward tcp/8080',
    'forward udp/30000-30099',
    'guard of segment dev',
    'guard of segment prod',
  ]) {
    assert.ok(
      checks.some((check) => check.name === name),
      name,
    );
  }
  sameHost(hostState(), found, 'after verify');
  assert.equal(shell('nft list table bridge bridgekeeper | grep -c counter || true'), offenders);
  await sleep(2_000);
  assert.deepEqual(
    (await open.engine.journal(100)).filter(({ kind }) => kind === 'repair' || kind === 'drift'),
    [],
  );
  await open.engine.destroy('tester');
});

test('verify shows a guard that lets everything pass', async (t) => {
  const { verify, close } = await driverAtWork(t);
  assert.deepEqual(await verify(), []);
  shell('nft insert rule bridge bridgekeeper prerouting accept');
  const wrong = (await verify()).join('\n');
  assert.match(
    wrong,
    /guard of segment dev: a frame with a foreign MAC passes; a frame with a foreign IPv4 address passes/,
  );
  assert.match(wrong, /guard of segment prod: .*a router advertisement passes/);
  assert.match(wrong, /host: .*changed by somebody else/);
  await close();
});

test('verify shows a guard that refuses everything, a lost element, a forward that leads elsewhere, a port that is out', async (t) => {
  const { verify, close } = await driverAtWork(t);
  shell(`
    nft insert rule bridge bridgekeeper guard_arp drop
    nft delete element inet bridgekeeper forward4 { tcp . 8080 }
    nft add element inet bridgekeeper forward4 { tcp . 8080 : 10.77.10.99 . 80 }
    nft delete element bridge bridgekeeper nic_mac { '"${portOf('db1')}" . 02:1a:3f:00:10:01' }
    ip link set ${portOf('api1')} nomaster
  `);
  const wrong = (await verify()).join('\n');
  assert.match(wrong, /guard of segment dev: a frame with its own address by ARP is refused/);
  assert.match(wrong, /forward tcp\/8080: the kernel lacks forward4: tcp \. 8080 : 10\.77\.10\.\d+ \. 80/);
  assert.match(wrong, /guard of NIC db1\/0: the kernel lacks nic_mac/);
  assert.match(wrong, new RegExp(`host: .*${portOf('api1')}`));
  await close();
});

test('verify says so when there are no rules to try', async (t) => {
  const { verify, close } = await driverAtWork(t);
  shell('nft delete table bridge bridgekeeper');
  assert.match((await verify()).join('\n'), /guard of segment dev: .*refused a transaction/);
  assert.doesNotMatch(shell('ip -br link'), /bk-verify/);
  await close();
});
