import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sameHost, shell } from '../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { buildNetwork, portOf } from '../kernel/network.ts';
import { hostState } from './host-state.ts';
import { openEngine } from './open-engine.ts';
import { wholeSite } from './sites.ts';

enterNamespace(import.meta.filename);
before(() => buildNetwork(['web1', 'db1', 'api1', 'sip1']));

/** The promise of the engine: what somebody else breaks is whole again within this many milliseconds. */
const promised = 2_000;

const damages: readonly (readonly [string, string])[] = [
  ['flushed rules', 'nft flush table inet bridgekeeper'],
  ['a deleted table of the gateway', 'nft delete table inet bridgekeeper'],
  ['a deleted table of the guard', 'nft delete table bridge bridgekeeper'],
  ['a deleted guard of the uplink', 'nft delete table netdev bridgekeeper'],
  ['a flushed ruleset', 'nft flush ruleset'],
  ['one deleted element', 'nft delete element inet bridgekeeper forward4 { tcp . 8080 }'],
  ['one added element', 'nft add element bridge bridgekeeper ports { "stranger" }'],
  [
    'a deleted chain',
    'nft flush chain bridge bridgekeeper prerouting; nft delete chain bridge bridgekeeper prerouting',
  ],
  ['a rule that was put in', 'nft insert rule inet bridgekeeper forwarding accept'],
  ['a deleted bridge', 'ip link delete bk-dev'],
  ['a bridge that is down', 'ip link set bk-dev down'],
  ['a port that was taken out', `ip link set ${portOf('web1')} nomaster`],
  ['a port that learns', `ip link set ${portOf('web1')} type bridge_slave learning on`],
  ['a port that is down', `ip link set ${portOf('web1')} down`],
  ['an address that was taken away', 'ip address delete 10.77.10.1/24 dev bk-dev'],
  ['a kernel setting of a bridge', 'echo 1 > /proc/sys/net/ipv4/conf/bk-dev/proxy_arp'],
  ['a kernel setting of the host', 'echo 0 > /proc/sys/net/ipv4/ip_forward'],
  ['a conntrack timeout', 'echo 7 > /proc/sys/net/netfilter/nf_conntrack_udp_timeout_stream'],
  ['a forwarding entry that was deleted', `bridge fdb delete 02:1a:3f:00:10:01 dev ${portOf('db1')} master static`],
  ['a neighbour entry that was deleted', 'ip neighbour delete 10.77.10.20 dev bk-dev'],
  [
    'a neighbour entry with another MAC',
    'ip neighbour replace 10.77.10.20 lladdr 02:1a:3f:00:10:99 dev bk-dev nud permanent',
  ],
  ['a deleted routing rule', 'ip rule delete pref 10'],
  ['the local table before everything', 'ip rule add pref 0 lookup local'],
  ['a deleted route of a same-address guest', 'ip route flush table 110001'],
];

test('what somebody else breaks is mended in time and journalled', async (t) => {
  const open = await openEngine(t);
  await open.apply(wholeSite);
  await sleep(500);
  const whole = hostState();
  for (const [name, command] of damages) {
    await t.test(name, async () => {
      const journal = (await open.engine.journal(1000)).length;
      const start = performance.now();
      shell(command);
      let entries: string[] = [];
      while (performance.now() - start < promised && !entries.includes('repair')) {
        await sleep(20);
        const all = await open.engine.journal(1000);
        entries = all.slice(0, all.length - journal).map(({ kind }) => kind);
      }
      const took = Math.round(performance.now() - start);
      assert.ok(entries.includes('drift') && entries.includes('repair'), `after ${took} ms: ${entries.join()}`);
      sameHost(hostState(), whole, name);
    });
  }
  assert.deepEqual((await open.engine.status()).drift, []);
  await open.engine.destroy('tester');
});

test('what cannot be mended is an event that lasts, and an alert, until it is', async (t) => {
  let failing = false;
  const onStep = (): void => {
    if (failing) throw new Error('the disk is on fire');
  };
  const open = await openEngine(t, { onStep });
  await open.apply(`${wholeSite}\nalerts: {rules: [{name: drift, for: 0s, clear: 1s}]}\n`);
  const waitFor = async (state: string): Promise<void> => {
    for (let i = 0; i < 400; i++) {
      const [alert] = await open.engine.alerts.list({ rule: 'drift', all: true });
      if (alert?.state === state && alert.text.includes('the disk is on fire')) return;
      await sleep(50);
    }
    assert.fail(`no alert is ${state}: ${JSON.stringify(await open.engine.alerts.list({ all: true }))}`);
  };
  failing = true;
  shell('ip link set bk-dev down');
  await waitFor('firing');
  failing = false;
  await waitFor('resolved');
});

test('a neighbour entry that DHCP took the permanence from is permanent again, and nothing is said of it', async (t) => {
  const open = await openEngine(t);
  await open.apply(wholeSite);
  await sleep(500);
  const before = (await open.engine.journal(1000)).length;
  // As SIOCSARP does it when dnsmasq answers a client without an address.
  shell('ip neighbour replace 10.77.10.20 lladdr 02:1a:3f:00:10:01 dev bk-dev nud reachable');
  const isPermanent = () => shell('ip neighbour show 10.77.10.20 dev bk-dev').includes('PERMANENT');
  for (const end = performance.now() + 10_000; !isPermanent() && performance.now() < end; ) await sleep(100);
  assert.ok(isPermanent());
  await sleep(500);
  const told = (await open.engine.journal(1000)).slice(0, -before || undefined);
  assert.deepEqual(
    told.filter(({ kind }) => kind === 'drift' || kind === 'repair').map(({ text }) => text),
    [],
  );
});
