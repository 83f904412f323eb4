import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { FirstSiteSummary } from '../../src/init/next-steps.ts';
import { switchOn } from '../../src/init/site-file/comment.ts';
import { parseSite } from '../../src/model/parse-site.ts';
import { type LauncherResult, run } from '../cli/run-launcher.ts';
import { shell, snapshotHost } from '../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';

enterNamespace(import.meta.filename);

const directory = mkdtempSync(join(tmpdir(), 'bk-init-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const command = [process.execPath, '--disable-warning=ExperimentalWarning', main, 'init'];
const init = (words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<LauncherResult> =>
  run([...command, ...words], { env });

async function summaryOf(name: string, env: NodeJS.ProcessEnv = {}): Promise<FirstSiteSummary & { text: string }> {
  const output = join(directory, name);
  const result = await init(['--output', output, '--json'], env);
  equal(result.stderr, '');
  return { ...(JSON.parse(result.stdout) as FirstSiteSummary), text: readFileSync(output, 'utf8') };
}

test('a host without an IPv4 default route, or without an address on it, is told what to do', async () => {
  shell('ip link set lo up; ip link add eth0 type veth peer name world0; ip link set eth0 up; ip link set world0 up');
  const output = join(directory, 'none.yaml');
  const noRoute = await init(['--output', output]);
  equal(noRoute.status, 1);
  match(noRoute.stderr, /no IPv4 default route.*\n.*Give the interface .* an IPv4 address and a default route/);
  shell('ip route add default dev eth0');
  const noAddress = await init(['--output', output]);
  match(noAddress.stderr, /The uplink "eth0" has no IPv4 address/);
  shell('ip route del default; test ! -e "$0"'.replace('$0', output));
});

test('a bare host gets one segment, and is not changed', async () => {
  shell(`
    ip address add 203.0.113.10/24 dev eth0; ip route add default via 203.0.113.1
    ip address add 2001:db8::10/64 dev eth0 nodad; ip route add default via 2001:db8::1
    ip route add 10.77.0.0/19 via 203.0.113.7`);
  const before = [snapshotHost(), shell('nft list ruleset 2>/dev/null')];
  const { uplink, segment, found, text, notes } = await summaryOf('bare.yaml');
  deepEqual([snapshotHost(), shell('nft list ruleset 2>/dev/null')], before);
  deepEqual(uplink, { interface: 'eth0', shared: ['203.0.113.10', '2001:db8::10'] });
  deepEqual([segment.name, segment.bridge, segment.subnet], ['guests', 'bk-guests', '10.77.40.0/24']);
  deepEqual(found, { bridges: [], guests: [], containers: [], firewalls: [], refusals: [], translations: [] });
  deepEqual(notes, []);
  const { site, warnings } = parseSite(text);
  deepEqual(warnings, []);
  equal(site.segments[0]?.subnet6?.text, segment.subnet6);
  equal(parseSite(switchOn(text)).site.guests.length, 1);
});

test('a file that is there is not overwritten', async () => {
  const output = join(directory, 'mine.yaml');
  writeFileSync(output, 'mine\n');
  const result = await init(['--output', output]);
  equal(result.status, 2);
  match(result.stderr, /exists already, and init overwrites nothing; name another with --output/);
  equal(readFileSync(output, 'utf8'), 'mine\n');
  const nowhere = await init(['--output', join(directory, 'no', 'site.yaml')]);
  equal(nowhere.status, 2);
  match(nowhere.stderr, /cannot be written: ENOENT/);
});

test('with --output - the site goes to stdout and no file is made', async () => {
  const result = await init(['--output', '-']);
  equal(result.status, 0);
  equal(parseSite(result.stdout).site.uplink?.interface, 'eth0');
});

test('bridges, guests on them, and a service that listens are found', async () => {
  shell(`
    ip link add br0 type bridge; ip address add 192.168.50.1/24 dev br0; ip link set br0 up
    ip link add virbr0 type bridge; ip address add 192.168.122.1/24 dev virbr0; ip link set virbr0 up
    ip link add vweb type veth peer name gweb address 52:54:00:aa:00:01
    ip link set vweb master br0; ip link set vweb up; ip link set gweb up
    bridge fdb replace 52:54:00:aa:00:01 dev vweb master dynamic
    ip tuntap add tap7 mode tap; ip link set tap7 master br0
    ip neighbour add 192.168.50.7 lladdr 52:54:00:aa:00:01 dev br0 nud permanent`);
  const server = createServer().listen(8080, '0.0.0.0');
  const { found, text } = await summaryOf('bridges.yaml');
  server.close();
  deepEqual(found.bridges, [
    { name: 'br0', addresses: ['192.168.50.1/24'], ports: ['vweb', 'tap7'] },
    { name: 'virbr0', maker: 'libvirt', addresses: ['192.168.122.1/24'], ports: [] },
  ]);
  deepEqual(
    found.guests.map(({ name, nics }) => [name, nics[0]?.mac, nics[0]?.network]),
    [
      ['vweb', '52:54:00:aa:00:01', 'br0'],
      ['tap7', undefined, 'br0'],
    ],
  );
  match(text, /answers at .*tcp 8080 \(\w+\)/);
  const { site } = parseSite(switchOn(text));
  deepEqual(
    site.segments.map(({ bridge }) => bridge),
    ['bk-guests', 'bk-isolated', 'br0'],
  );
  equal(site.guests[0]?.nics[0]?.mac, '52:54:00:aa:00:01');
  // 8080 is taken by the service, so the example is another port.
  equal(site.forwards[0]?.ports.first, 8081);
});

test('rules of iptables, of legacy iptables and of nftables are found, and become suggestions', async () => {
  shell(`
    iptables -t nat -A PREROUTING -d 203.0.113.10/32 -p tcp --dport 8080 -j DNAT --to-destination 192.168.50.7:80
    iptables -t nat -A PREROUTING -s 198.51.100.0/24 -i eth0 -p udp -m multiport --dports 1000:1010,53 -j DNAT --to-destination 192.168.50.7
    iptables -N DOCKER-USER; iptables -A FORWARD -j DOCKER-USER; iptables -P FORWARD DROP
    nft -f - <<END
    table ip mine {
      map ports { type inet_proto . inet_service : ipv4_addr . inet_service; elements = { tcp . 81 : 192.168.50.7 . 8081 }; }
      chain pre { type nat hook prerouting priority -100
        ip daddr 203.0.113.10 tcp dport 2222 dnat to 192.168.50.7:22
        iifname eth0 tcp dport { 443, 9000-9010 } counter dnat to 192.168.50.7
        dnat ip to meta l4proto . th dport map @ports
        dnat ip to tcp dport map { 82 : 192.168.50.7 . 8082 }
        ip daddr 203.0.113.10 tcp dport 83 dnat to 192.168.77.1
        ip daddr 198.18.0.1 tcp dport 84 dnat to 192.168.50.7
      }
    }
    table inet firewalld {
      chain filter_FORWARD { type filter hook forward priority 10; policy accept
        ct state established accept
        counter reject with icmpx admin-prohibited
      }
      chain filter_INPUT { type filter hook input priority 10; policy drop; }
    }
    table bridge own { chain fwd_ { type filter hook forward priority 0; policy drop; }; }
    table inet bridgekeeper { chain f { type filter hook forward priority 0; policy drop; }; }
END`);
  const rules = shell('nft list ruleset 2>/dev/null');
  const { found, remedies, text, notes } = await summaryOf('rules.yaml');
  equal(shell('nft list ruleset 2>/dev/null'), rules);
  deepEqual(notes, []);
  deepEqual(
    found.firewalls.map(({ name }) => name),
    ['Docker', 'firewalld'],
  );
  deepEqual(
    found.refusals.map(({ hook, family, table, chain, how }) => `${hook} ${family} ${table} ${chain}: ${how}`),
    [
      'forward ip filter FORWARD: policy drop',
      'forward inet firewalld filter_FORWARD: its last word is reject',
      'input inet firewalld filter_INPUT: policy drop',
      'forward bridge own fwd_: policy drop',
    ],
  );
  deepEqual(remedies, [
    'iptables -I DOCKER-USER -i bk-guests -j ACCEPT',
    'iptables -I DOCKER-USER -o bk-guests -j ACCEPT',
    'firewall-cmd --permanent --zone=trusted --add-interface=bk-guests && firewall-cmd --reload',
    'nft insert rule bridge own fwd_ iifname "bk-guests" accept',
    'nft insert rule bridge own fwd_ oifname "bk-guests" accept',
  ]);
  const { site } = parseSite(switchOn(text));
  deepEqual(
    site.forwards.map(
      ({ protocol, ports, to, from }) =>
        `${protocol} ${ports.first}-${ports.last} ${to.guest}:${to.first} ${from.map((subnet) => subnet.text).join()}`,
    ),
    [
      'tcp 2222-2222 vweb:22 ',
      'tcp 443-443 vweb:443 ',
      'tcp 9000-9010 vweb:9000 ',
      'tcp 81-81 vweb:8081 ',
      'tcp 82-82 vweb:8082 ',
      'tcp 8080-8080 vweb:80 ',
      'udp 1000-1010 vweb:1000 198.51.100.0/24',
      'udp 53-53 vweb:53 198.51.100.0/24',
    ],
  );
  match(text, /tcp 83 leads to 192\.168\.77\.1:83 .* none of the guests found is known to have that address/);
  match(text, /Not something that a forward can say: a dnat rule in table "ip mine", chain "pre"/);
});

test('rules of legacy iptables are found beside those of nftables', async (context) => {
  shell('nft flush ruleset; iptables-legacy -P FORWARD DROP');
  context.after(() => shell('iptables-legacy -P FORWARD ACCEPT; iptables-legacy -t nat -F'));
  shell('iptables-legacy -t nat -A PREROUTING -p tcp --dport 85 -j DNAT --to-destination 192.168.50.7:8085');
  const { found, remedies } = await summaryOf('legacy.yaml');
  deepEqual(
    found.translations.map(({ ports, first }) => [ports.first, first]),
    [[85, 8085]],
  );
  deepEqual(remedies, [
    'iptables-legacy -I FORWARD -i bk-guests -j ACCEPT',
    'iptables-legacy -I FORWARD -o bk-guests -j ACCEPT',
  ]);
});

test('without capabilities the rest is found, and the file says what is not known', async () => {
  const output = join(directory, 'user.yaml');
  const drop = ['setpriv', '--bounding-set=-all', '--inh-caps=-all'];
  const result = await run([...drop, ...command, '--output', output, '--json']);
  equal(result.status, 0, result.stderr);
  const { notes, found } = JSON.parse(result.stdout) as FirstSiteSummary;
  ok(
    notes.some((note) => /^rules of other firewalls \(this takes root\) could not be looked into/.test(note)),
    notes.join(),
  );
  equal(found.bridges.length, 2);
  match(readFileSync(output, 'utf8'), /# What could not be looked into:\n# {3}rules of other firewalls/);
});

/** A program in a directory of its own that comes first in PATH. */
function fakeTools(tools: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const bin = mkdtempSync(join(directory, 'bin-'));
  for (const [name, script] of Object.entries(tools)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  return { PATH: `${bin}:${process.env.PATH}` };
}

test('guests are asked of the tools that are there; one that fails or hangs becomes a comment', async () => {
  // A file system of its own, as /var/lib is the machine's.
  shell('mount -t tmpfs tmpfs /var/lib; mkdir -p /var/lib/incus');
  writeFileSync('/var/lib/incus/unix.socket', '');
  mkdirSync('/var/lib/containers/storage', { recursive: true });
  const env = fakeTools({
    virsh: `case "$*" in
      *'list --all --name') printf 'Web 1\\nbroken\\n\\n';;
      *'--domain Web 1') printf "<domain type='kvm' id='1'><name>Web 1</name><devices><interface type='bridge'><mac address='52:54:00:aa:00:02'/><source bridge='br0'/><target dev='tap7'/></interface></devices></domain>";;
      *) echo 'error: failed to get domain' >&2; exit 1;;
    esac`,
    qm: 'sleep 60',
    pct: `case "$1" in list) printf 'VMID Status Lock Name\\n201 running ct-a\\n';; *) printf 'hostname: ct-a\\nnet0: name=eth0,bridge=br0,hwaddr=BC:24:11:AA:BB:CC\\n';; esac`,
    incus: 'echo "Error: not authorized" >&2; exit 1',
    podman: `printf '[{"Id":"0123456789ab","Names":["cache"],"Ports":[{"host_port":6379,"container_port":6379}]}]'`,
  });
  const started = performance.now();
  const { found, notes, text } = await summaryOf('tools.yaml', env);
  ok(performance.now() - started < 30_000);
  deepEqual(
    found.guests.map(({ name, source }) => `${name} (${source})`),
    ['Web 1 (libvirt)', 'ct-a (Proxmox container 201)', 'vweb (veth)'],
  );
  deepEqual(found.containers, [{ engine: 'Podman', name: 'cache', ports: '0.0.0.0:6379->6379/tcp' }]);
  const all = notes.join('\n');
  match(all, /libvirt guest "broken" could not be looked into: .*failed to get domain/);
  match(all, /VMs of Proxmox could not be looked into: .*did not end within 5000 ms/);
  match(all, /instances of Incus could not be looked into: .*not authorized/);
  match(text, /#- \{name: web-1, nics: \[\{segment: guests, mac: "52:54:00:aa:00:02", port: "tap7"\}\]\}/);
  equal(parseSite(switchOn(text)).site.guests.length, 3);
});

test('a host that is behind a NAT is told what that means', async () => {
  shell('ip address flush dev eth0; ip address add 192.168.1.5/24 dev eth0; ip route add default via 192.168.1.1');
  const output = join(directory, 'nat.yaml');
  const { stdout, stderr, status } = await init(['--output', output]);
  equal(status, 0, stderr);
  match(stdout, /shared address 192\.168\.1\.5 \(private \(RFC 1918\): this host is behind a NAT/);
  match(
    stdout,
    /Read it, then.*\n {2}bridgekeeper validate .*\n {2}bridgekeeper plan .*\n {2}bridgekeeper apply .* --confirm 60s\n {2}bridgekeeper confirm /,
  );
  match(readFileSync(output, 'utf8'), /What the Internet shall reach/);
});

test('an interface that is no default route’s can be named', async () => {
  const result = await init(['--output', '-', '--uplink', 'br0']);
  equal(parseSite(result.stdout).site.uplink?.ipv4, '192.168.50.1');
  match(result.stdout, /The uplink is a bridge with the ports vweb, tap7/);
  equal((await init(['--output', '-', '--uplink', 'nope'])).status, 1);
});
