import { mkdirSync, writeFileSync } from 'node:fs';
import { type Agent, startAgent } from '../../src/lab/agent-client.ts';
import { Gateway } from '../../src/lab/gateway.ts';
import { labFiles } from '../../src/lab/scenario.ts';
import { linkLocal } from '../../src/model/ip-address.ts';
import { parseMacAddress } from '../../src/model/mac-address.ts';
import type { LeaseView } from '../../src/reconciler/engine-contract.ts';
import { shell } from '../drivers/linux/host/snapshot-host.ts';
import { buildNetwork, configureGuest, portOf, shared, world } from '../kernel/network.ts';
import { type Cast, type WatchPlace, watchPlaces } from './attack.ts';
import { Capture, type CapturePoint } from './capture.ts';
import type { Facts } from './judge.ts';
import { ScapySender } from './scapy-sender.ts';
import { Stream } from './stream.ts';

export const bridge = 'bk-dev';
/** Bytes per second of the victim's stream: 20 Mbit/s, there and back. */
const streamRate = 2_500_000;
const streamPort = 5001;
/** Broadcasts and multicasts that one port may send a second, and at once. */
export const stormRate = 200;
/** New sessions that one guest may open a second. */
export const newSessions = 200;

/** The site: one segment, the victim, its neighbour, and a guest for each attack. Alerts are those that it has by default. */
const siteFor = (attackers: readonly string[]): string => `
site: attacks
uplink: {interface: eth0, shared: [${shared.ipv4}, "${shared.ipv6}"]}
pools: [{name: default, range: "02:1a:3f:00:00:00/24", strategy: sequential}]
segments: [{name: dev, subnet: 10.77.10.0/24, subnet6: "fd00:77:10::/64", dhcp: {lease: 10m}, storm: {broadcast: ${stormRate}/second}}]
limits: {sessionsPerGuest: 500, newSessionsPerGuest: ${newSessions}/second}
guests:
${['victim', 'neighbour', ...attackers].map((name) => `  - {name: ${name}, owner: team-${name.length % 3}, nics: [{segment: dev}]}`).join('\n')}
`;

const watchPoints = {
  victim: { namespace: 'victim', device: 'eth0', direction: 'in' },
  neighbour: { namespace: 'neighbour', device: 'eth0', direction: 'in' },
  gateway: { namespace: 'host', device: bridge, direction: 'in' },
  uplink: { namespace: 'world', device: 'eth0', direction: 'in' },
} as const satisfies Record<WatchPlace, CapturePoint>;

/** A host with the real daemon at work, its guests, the victim's stream and what is needed to watch. */
export interface AttackLab {
  readonly gateway: Gateway;
  readonly facts: Facts;
  readonly stream: Stream;
  readonly scapy: ScapySender;
  cast(attacker: string): Cast;
  /** Captures at all watch points, under a name of their own. */
  watch(name: string): Promise<ReadonlyMap<WatchPlace, Capture>>;
  /** What the attacker's interface sends, the first few thousand frames. */
  watchAttacker(guest: string): Promise<Capture>;
  /** Neighbour caches of victim, neighbour, gateway and world, guests' routes and addresses, and the bridge's table of addresses. */
  remembered(): ReadonlyMap<string, string>;
  close(): Promise<void>;
}

interface NeighbourEntry {
  dst: string;
  dev: string;
  lladdr?: string;
}

interface RouteEntry {
  dst: string;
  dev: string;
  gateway?: string;
}

interface DeviceAddresses {
  addr_info: { local?: string; dadfailed?: boolean; tentative?: boolean }[];
}

/** What guests know of the way: routes by gateway, addresses, and whether somebody else has one (RFC 4862). */
function readWays(found: Map<string, string>): void {
  for (const namespace of ['victim', 'neighbour']) {
    for (const family of ['-4', '-6']) {
      const routes = JSON.parse(shell(`ip ${family} -n ${namespace} -j route show`) || '[]') as RouteEntry[];
      for (const { dst, gateway = 'on link' } of routes) found.set(`${namespace} route ${dst} via ${gateway}`, 'there');
    }
    const devices = JSON.parse(shell(`ip -n ${namespace} -j address show dev eth0`)) as DeviceAddresses[];
    for (const { local, dadfailed } of devices.flatMap((device) => device.addr_info)) {
      if (local) found.set(`${namespace} address ${local}`, dadfailed ? 'somebody else has it' : 'there');
    }
  }
}

/** `place address` → link-layer address, of every cache; what is not known just now is left out. */
function readCaches(): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  readWays(found);
  for (const namespace of ['victim', 'neighbour', 'host', 'world']) {
    const entries = JSON.parse(shell(`ip -n ${namespace} -j neigh show`) || '[]') as NeighbourEntry[];
    for (const { dst, dev, lladdr } of entries) if (lladdr) found.set(`${namespace} ${dev} ${dst}`, lladdr);
  }
  const table = JSON.parse(shell(`bridge -j fdb show br ${bridge}`)) as { mac: string; ifname: string }[];
  for (const { mac, ifname } of table) found.set(`${bridge} ${mac}`, ifname);
  return found;
}

async function startGateway(attackers: readonly string[]): Promise<Gateway> {
  mkdirSync(labFiles.state, { recursive: true });
  const gateway = new Gateway();
  await gateway.start();
  const site = `${labFiles.directory}/site.yaml`;
  writeFileSync(site, siteFor(attackers));
  await gateway.cli('apply', site);
  return gateway;
}

const macOf = (namespace: string, device: string): string =>
  (JSON.parse(shell(`ip -n ${namespace} -j link show ${device}`)) as [{ address: string }])[0].address;

function readFacts(leases: ReadonlyMap<string, LeaseView>): Facts {
  return {
    holders: new Map(
      [...leases.values()].map(({ mac, ipv4, ipv6 }) => [
        mac,
        [ipv4, ...(ipv6 ? [ipv6] : []), linkLocal(parseMacAddress(mac))],
      ]),
    ),
    gatewayMac: macOf('host', bridge),
    gatewayIps: ['10.77.10.1', 'fd00:77:10::1', linkLocal(parseMacAddress(macOf('host', bridge)))],
    uplinkMac: macOf('host', 'eth0'),
    worldMac: macOf('world', 'eth0'),
    portMacs: ['victim', 'neighbour'].map((guest) => macOf('host', portOf(guest))),
    sharedIps: [shared.ipv4, shared.ipv6, linkLocal(parseMacAddress(macOf('host', 'eth0')))],
  };
}

/** Every guest has spoken with the gateway before: its caches are full. */
function warmUp(guests: readonly string[]): void {
  const asks = guests.map((guest) => `ip netns exec ${guest} busybox ping -c 1 -W 2 10.77.10.1 >/dev/null || true`);
  shell(asks.join('\n'));
  shell('ip netns exec victim busybox ping -6 -c 1 -W 2 fd00:77:10::1 >/dev/null || true');
}

/** Builds the lab in this namespace (see `enterNamespace`), with a guest for each of `attackers`. */
export async function startAttackLab(attackers: readonly string[]): Promise<AttackLab> {
  buildNetwork(['victim', 'neighbour', ...attackers]);
  // Most hosts are without br_netfilter, which drops a part of what is tried here before or behind the guard.
  shell('for f in /proc/sys/net/bridge/bridge-nf-call-*; do [ ! -e $f ] || echo 0 > $f; done');
  const scapy = ScapySender.start();
  const gateway = await startGateway(attackers);
  const leases = new Map((await gateway.client.leases()).map((lease) => [lease.guest, lease]));
  for (const lease of leases.values()) configureGuest(lease);
  const facts = readFacts(leases);
  const listener: Agent = await startAgent('world');
  await listener.call('listen', [
    { protocol: 'tcp', port: streamPort },
    { protocol: 'tcp', port: 80 },
  ]);
  warmUp(['victim', 'neighbour']);
  const stream = await Stream.start({
    namespace: 'victim',
    address: world.ipv4,
    port: streamPort,
    rate: streamRate,
  });
  const lease = (guest: string): LeaseView => {
    const found = leases.get(guest);
    if (!found) throw new Error(`guest "${guest}" has no lease`);
    return found;
  };
  const { gatewayMac } = facts;
  const gatewayParty = {
    mac: gatewayMac,
    ipv4: '10.77.10.1',
    ipv6: 'fd00:77:10::1',
    linkLocal: linkLocal(parseMacAddress(gatewayMac)),
  };
  let captures = 0;
  const fileFor = (what: string): string => `${labFiles.directory}/${what}-${captures++}.pcap`;
  const filter = `not (tcp and port ${streamPort})`;
  return {
    gateway,
    facts,
    stream,
    scapy: await scapy,
    cast(attacker) {
      const directory = `${labFiles.directory}/${attacker}`;
      mkdirSync(directory, { recursive: true });
      return {
        attacker: lease(attacker),
        victim: lease('victim'),
        neighbour: lease('neighbour'),
        gateway: gatewayParty,
        directory,
      };
    },
    async watch(name) {
      const started = watchPlaces.map(
        async (place) =>
          [place, await Capture.start({ ...watchPoints[place], filter }, fileFor(`${name}-${place}`))] as const,
      );
      return new Map(await Promise.all(started));
    },
    watchAttacker: (guest) =>
      Capture.start({ namespace: guest, device: 'eth0', direction: 'out', most: 5_000 }, fileFor(`${guest}-own`)),
    remembered: readCaches,
    async close() {
      await stream.close();
      await listener.close();
      (await scapy).close();
      await gateway.kill();
    },
  };
}
