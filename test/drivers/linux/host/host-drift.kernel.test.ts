import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import type { DesiredState } from '../../../../src/model/desired-state.ts';
import { desiredState, devlab } from '../desired-fixture.ts';
import { enterNamespace } from '../in-namespace.ts';
import { applyTo, planFor } from './drive-host.ts';
import { sameHost, shell, snapshotHost } from './snapshot-host.ts';

enterNamespace(import.meta.filename);

const state = mkdtempSync(join(tmpdir(), 'bk-drift-'));
after(() => rmSync(state, { recursive: true, force: true }));

before(() => {
  shell(`
    ip link set lo up
    ip link add up0 type veth peer name up1; ip address add 203.0.113.10/24 dev up0; ip link set up0 up; ip link set up1 up
    for guest in web db api sip voip; do ip link add p-$guest type veth peer name g-$guest; done`);
});
afterEach(() => applyTo(state, null).then(() => applyTo(state, null)));

const damages: Readonly<Record<string, string>> = {
  'a bridge is deleted': 'ip link delete bk-dev',
  'a bridge goes down and loses its neighbours': 'ip link set bk-dev down',
  'a bridge gets another MAC': 'ip link set bk-dev address 02:00:00:00:00:99',
  'a bridge speaks spanning tree': 'ip link set bk-dev type bridge stp_state 1',
  'an address is removed': 'ip address delete 10.77.10.1/24 dev bk-dev',
  'the IPv6 address is removed': 'ip address delete fd00:77:10::1/64 dev bk-dev',
  'a port is unplugged': 'ip link set p-web nomaster',
  'a port is plugged into the wrong segment': 'ip link set p-web nomaster; ip link set p-web master bk-prod',
  'a port is down': 'ip link set p-web down',
  'a port learns': 'ip link set p-web type bridge_slave learning on',
  'a pinned MAC is gone': 'bridge fdb delete 02:1a:3f:00:00:0a dev p-web master',
  'neighbours are flushed': 'ip neighbour flush nud permanent',
  'a neighbour has another MAC': 'ip neighbour replace 10.77.10.10 lladdr 02:00:00:00:00:98 dev bk-dev nud permanent',
  'routing rules are flushed':
    'ip rule flush; ip rule add pref 0 lookup local; ip rule add pref 32766 lookup main; ip rule add pref 32767 lookup default',
  'the route of a guest is gone': 'ip route flush table 110001',
  'the host forwards no more': 'echo 0 >/proc/sys/net/ipv4/ip_forward',
  'the source check is back': 'echo 1 >/proc/sys/net/ipv4/conf/bk-dev/rp_filter',
  'the MTU is another': 'ip link set p-api mtu 1400; ip link set bk-prod mtu 1400',
};

test('whatever is damaged is seen and mended to what was applied', async () => {
  await applyTo(state, devlab());
  const applied = snapshotHost();
  for (const [damage, script] of Object.entries(damages)) {
    shell(script);
    const { steps, conflicts } = await planFor(state, devlab());
    ok(steps.length > 0, damage);
    deepEqual(conflicts, [], damage);
    await applyTo(state, devlab());
    const { rules, ...mended } = snapshotHost();
    // Somebody who flushes the kernel's own rules brings them back without the kernel's mark on them.
    const { rules: appliedRules, ...expected } = applied;
    sameHost(mended, expected, damage);
    const bare = (lines: string[] = []): string[] => lines.map((line) => line.replace(/ proto \S+/, ''));
    deepEqual(bare(rules), bare(appliedRules), damage);
    deepEqual((await planFor(state, devlab())).steps, [], damage);
  }
});

test('a device that no NIC declares is put out of the bridge and taken down', async () => {
  await applyTo(state, devlab());
  shell('ip link add intruder type veth peer name intruder1; ip link set intruder master bk-dev up');
  const { steps } = await planFor(state, devlab());
  deepEqual(
    steps.map((step) => step.text),
    ['put port "intruder" out of bridge "bk-dev" and take it down: no NIC plugs it in there'],
  );
  await applyTo(state, devlab());
  equal(shell('ip -br link show master bk-dev | grep -c intruder || true').trim(), '0');
  shell('ip link delete intruder');
});

test('a port that does not exist yet is waited for, and plugged in when it appears', async () => {
  const site = desiredState([{ name: 'dev', subnet: '10.77.10.0/24' }], [{ guest: 'late', segment: 'dev' }]);
  deepEqual((await applyTo(state, site)).waiting, ['p-late']);
  deepEqual((await planFor(state, site)).steps, []);
  shell('ip tuntap add dev p-late mode tap');
  const { steps, waiting } = await applyTo(state, site);
  deepEqual(waiting, []);
  deepEqual(
    steps.map((step) => step.text),
    ['plug port "p-late" into bridge "bk-dev"', 'add pin of MAC 02:1a:3f:00:00:0a to port "p-late"'],
  );
  match(shell('bridge link show dev p-late'), /master bk-dev/);
  // The guest restarts: another device of the same name.
  shell('ip link delete p-late; ip tuntap add dev p-late mode tap');
  await applyTo(state, site);
  match(shell('bridge link show dev p-late'), /master bk-dev/);
  shell('ip link delete p-late');
});

test("a port on somebody else's bridge, and a bridge's name that something else has, are conflicts", async () => {
  shell(
    'ip link add br-other type bridge; ip link set p-web master br-other; ip link add bk-prod type veth peer name vx',
  );
  const { conflicts } = await planFor(state, devlab());
  equal(conflicts.length, 2);
  match(conflicts.join('\n'), /"bk-prod" is to be the bridge of a segment, but .* of kind "veth"/);
  match(conflicts.join('\n'), /port "p-web" is plugged into "br-other", which is not the bridge "bk-dev"/);
  shell('ip link set p-web nomaster; ip link delete br-other; ip link delete bk-prod');
});

/** Sites that differ in everything that a host can hold. */
const sites: readonly (DesiredState | null)[] = [
  null,
  devlab(),
  desiredState([{ name: 'dev', subnet: '10.77.10.0/24' }], [{ guest: 'web', segment: 'dev' }]),
  desiredState(
    [
      { name: 'dev', subnet: '10.88.0.0/16', mtu: 1400 },
      { name: 'prod', subnet: '10.77.10.0/24', subnet6: 'fd00:1::/64' },
    ],
    [
      { guest: 'web', segment: 'prod' },
      { guest: 'sip', segment: 'prod', sameAddress: true },
      { guest: 'db', segment: 'dev' },
    ],
  ),
  desiredState(
    [{ name: 'dev', subnet: '10.77.10.0/24', bridge: 'bk-other' }],
    [{ guest: 'web', segment: 'dev', host: 99 }],
  ),
];

test('whatever way leads to a site, the host ends as if it had been applied at once', async () => {
  const fresh: Record<string, string[]>[] = [];
  for (const site of sites) {
    await applyTo(state, site);
    fresh.push(snapshotHost());
    await applyTo(state, null);
    await applyTo(state, null);
  }
  let seed = 20_261;
  for (let step = 0; step < 24; step++) {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    const next = seed % sites.length;
    await applyTo(state, sites[next] ?? null);
    // Ports that left are down while a site stands, and as they were found afterwards.
    const strip = ({ links = [], sysctls = [], ...rest }: Record<string, string[]>): Record<string, string[]> => ({
      ...rest,
      links: links.filter((line) => !/^[pg]-/.test(line) || line.includes('master')),
      sysctls: sysctls.filter((line) => !/conf\/[pg]-/.test(line)),
    });
    sameHost(strip(snapshotHost()), strip(fresh[next] ?? {}), `step ${step + 1}, site ${next}`);
  }
  await applyTo(state, null);
  await applyTo(state, null);
  sameHost(snapshotHost(), fresh[0] ?? {}, 'in the end');
});

test('a frame from a MAC that is not pinned to its port goes nowhere, and the gateway answers for itself alone', async () => {
  await applyTo(state, devlab());
  const holder = spawn('unshare', ['--net', 'sleep', '60'], { stdio: 'ignore' });
  holder.unref();
  const pid = holder.pid;
  shell(`
    for try in $(seq 50); do [ "$(readlink /proc/${pid}/ns/net)" != "$(readlink /proc/self/ns/net)" ] && break; sleep 0.02; done
    ip link set g-web netns ${pid}
    nsenter -t ${pid} -n sh -ec 'ip link set g-web address 02:1a:3f:00:00:0a; ip address add 10.77.10.10/24 dev g-web; ip link set g-web up'`);
  const reach = (script: string): string => shell(`nsenter -t ${pid} -n sh -c '${script}' 2>&1 || true`);
  match(reach('busybox ping -c1 -W2 10.77.10.1'), / 1 packets received/);
  match(reach('busybox arping -c2 -w2 -I g-web 203.0.113.10'), /Received 0 resp/, 'no ARP for the shared address');
  match(reach('ip link set g-web address 02:1a:3f:00:00:aa; busybox ping -c1 -W1 10.77.10.1'), / 0 packets received/);
  match(reach('ip link set g-web address 02:1a:3f:00:00:0a; busybox ping -c1 -W2 10.77.10.1'), / 1 packets received/);
  // A namespace that ends takes its veth along.
  process.kill(pid as number);
  shell(
    'for try in $(seq 50); do ip link show p-web >/dev/null 2>&1 || break; sleep 0.05; done; ip link add p-web type veth peer name g-web',
  );
});

test('a thousand ports are plugged in with a handful of processes', async () => {
  shell('for i in $(seq 0 999); do echo "link add p-n$i type veth peer name g-n$i"; done | ip -batch -');
  const nics = Array.from({ length: 1000 }, (_, index) => ({ guest: `n${index}`, segment: 'big' }));
  const site = desiredState([{ name: 'big', subnet: '10.99.0.0/16', subnet6: 'fd00:99::/64' }], nics);
  const forks = (): number => Number(/^processes (\d+)/m.exec(shell('cat /proc/stat'))?.[1]);
  const processes = forks();
  const { steps } = await applyTo(state, site);
  ok(steps.length > 4000);
  // Of the whole machine: others start processes, too; one process a NIC would be a thousand.
  ok(forks() - processes < 500, `${forks() - processes} processes`);
  equal(shell('bridge fdb show state static | wc -l').trim(), '1000');
  deepEqual((await planFor(state, site)).steps, []);
  const crowded = desiredState(
    [{ name: 'big', subnet: '10.99.0.0/16' }],
    Array.from({ length: 1024 }, (_, index) => ({
      guest: `n${index % 1000}-${index}`,
      segment: 'big',
      port: `p-n${index}`,
    })),
  );
  match((await planFor(state, crowded)).conflicts.join(), /would have 1024 ports, .* at most 1023/);
  await applyTo(state, null);
  shell('for i in $(seq 0 999); do echo "link delete p-n$i"; done | ip -batch -');
});
