/** Runs on the stock kernel: the real driver builds a gateway, real traffic goes through it, and what was seen is printed. */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { compile } from '../../../src/compile/compile.ts';
import { createLinuxDriver } from '../../../src/drivers/linux/linux-driver.ts';
import { parseInterfaceName } from '../../../src/model/names.ts';
import { parseSite } from '../../../src/model/parse-site.ts';
import { MemoryAddresses } from '../../../src/registry/leases/memory-addresses.ts';
import { proposeAssignments } from '../../../src/registry/propose.ts';
import { runCommand } from '../../../src/system/run-command.ts';

const site = `
site: stock
uplink: {interface: eth0, shared: [203.0.113.10]}
watch: {guests: false, forwards: false}
pools: [{name: default, range: 02:1a:3f:00:00:00/24}]
segments: [{name: dev, subnet: 10.77.10.0/24, udp: 70s}]
limits: {sessions: 100000, sessionsPerGuest: 20}
guests: [{name: web1, nics: [{segment: dev, mac: "02:1a:3f:00:10:01", ip: 10.77.10.20}]}]
forwards: [{port: 8080, to: "web1:80"}]
`;

const sh = async (line: string): Promise<string> =>
  (await runCommand(['bash', '-c', line], { timeoutMs: 60_000 })).stdout;
const start = (line: string): void => {
  spawn('bash', ['-c', line], { stdio: 'ignore' });
};

await sh(`ip link set lo up
ip netns add world; ip link add eth0 type veth peer name eth0 netns world
ip addr add 203.0.113.10/24 dev eth0; ip link set eth0 up
ip -n world addr add 203.0.113.1/24 dev eth0; ip -n world link set eth0 up
ip netns add web; ip link add bkp-web1.0 type veth peer name eth0 netns web
ip -n web link set eth0 address 02:1a:3f:00:10:01
ip -n web addr add 10.77.10.20/24 dev eth0; ip -n web link set eth0 up; ip -n web route add default via 10.77.10.1
ip netns add stranger; ip link add unlisted type veth peer name eth0 netns stranger
ip -n stranger addr add 10.77.10.66/24 dev eth0; ip -n stranger link set eth0 up; ip link set unlisted up`);

const driver = createLinuxDriver({ stateDirectory: '/run/state', log: { warn: () => undefined } });
const capabilities = await driver.probe();
const samples: string[] = [];
driver.watchViolations(({ offence, port, frame }) => samples.push(`${offence} ${port} ${frame.length}`));
const { site: parsed } = parseSite(site);
const none = { nics: new Map(), guests: new Map() };
const { assignments } = await proposeAssignments(parsed, none, {
  addresses: new MemoryAddresses([], { siteKey: 'stock' }),
  now: 0,
  avoidPorts: [],
  siteKey: 'stock',
});
const tableSize = 'cd /proc/sys/net/netfilter; cat nf_conntrack_max nf_conntrack_buckets';
const tables = [await sh(tableSize)];
await driver.apply(await driver.plan(compile(parsed, assignments)));
tables.push(await sh(tableSize));
await sh('sysctl -qw net.netfilter.nf_conntrack_acct=1');

// A stranger's port on our bridge: the kernel itself must refuse it, before any daemon looks.
await sh('ip link set unlisted master bk-dev');
start(
  'ip netns exec stranger bash -c "for i in 1 2 3 4 5 6; do socat -u /dev/null TCP:10.77.10.1:53,connect-timeout=1; done"',
);
await sleep(4000);
const frames = await sh('nft list set bridge bridgekeeper spoofed_arp');
const neighbours = await sh('ip neigh show 10.77.10.66');
const violations = await driver.violations();
// Cut off, it is silent; limited, a look-up of a set decides by the element's own rate.
const counts = async () => Object.fromEntries(await driver.isolated());
const later = Date.now() + 600_000;
const ping = 'ip netns exec web busybox ping -q -c 200 -i 0.002 -W 1 10.77.10.1 | grep received || true';
await driver.isolate([{ port: parseInterfaceName('bkp-web1.0'), until: later }]);
const isolated = { cut: await sh(ping), cutCounts: await counts(), limited: '', limitedCounts: {} };
await driver.isolate([{ port: parseInterfaceName('bkp-web1.0'), limit: { count: 50, per: 'second' }, until: later }]);
isolated.limited = await sh(ping);
isolated.limitedCounts = await counts();
await driver.isolate([]);

// More sessions than the guest may have: what is over the limit does not get into the table.
await sh('ip netns exec web bash -c "for i in {1..60}; do echo > /dev/udp/203.0.113.1/$((9000 + i)); done" || true');
const flood = await sh('conntrack -L -p udp --orig-src 10.77.10.20 2>/dev/null');
const refusals = await driver.refusals();
await sh('conntrack -D -p udp >/dev/null 2>&1');

start('ip netns exec web socat TCP-LISTEN:80,fork,reuseaddr OPEN:/dev/zero');
await sleep(1500);
start('ip netns exec world timeout 20 socat -u TCP:203.0.113.10:8080 OPEN:/dev/null');
await sleep(6000);
const first = await sh('conntrack -L -p tcp --dport 8080 2>/dev/null');
await sleep(3000);
const second = await sh('conntrack -L -p tcp --dport 8080 2>/dev/null');
const flowtables = await sh('nft list flowtables inet');
// What the kernel forwards by itself passes the port's rules all the same.
const sent = async () => Number((await sh('grep eth0: /proc/net/dev')).replace(/^.*:/s, '').trim().split(/\s+/)[8]);
await driver.isolate([{ port: parseInterfaceName('bkp-web1.0'), until: later }]);
const standing = await sent();
await sleep(2000);
const offloaded = { isolated: (await sent()) - standing, all: standing };
await driver.isolate([]);
await driver.apply(await driver.plan(null));
const left = await sh('nft list ruleset');
tables.push(await sh(tableSize));
await driver.close();
process.stdout.write(
  `\n=== result ${JSON.stringify({ capabilities, frames, neighbours, first, second, flowtables, left, tables, flood, refusals, violations, samples, isolated, offloaded })}\n`,
);
process.exit(0);
