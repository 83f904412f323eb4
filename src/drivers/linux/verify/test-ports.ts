import { randomInt } from 'node:crypto';
import type { DesiredNic, DesiredSegment, DesiredState } from '../../../model/desired-state.ts';
import { type Ipv4Address, ipv4FromInteger, linkLocal } from '../../../model/ip-address.ts';
import { macFromInteger } from '../../../model/mac-address.ts';
import { type InterfaceName, parseInterfaceName, parseLabel } from '../../../model/names.ts';
import { runCommand } from '../../../system/run-command.ts';

/** The ports that `verify` plugs in for a moment are nobody's. */
export const ofVerify = /^bk-verify/;

/** Device that the test's frames are put onto (`…o`, outside), whose other end is the port on the bridge. */
export const outsideOf = (port: InterfaceName): string => `${port}o`;

/** Addresses of the subnet that no NIC has, from its end. */
export function unusedAddresses(desired: DesiredState, segment: DesiredSegment, count: number): Ipv4Address[] {
  const used = new Set<string>([segment.gateway, ...[...desired.nics.values()].map((nic) => nic.ipv4)]);
  const found: Ipv4Address[] = [];
  for (let value = segment.subnet.last - 1; value > segment.subnet.first && found.length < count; value--) {
    const address = ipv4FromInteger(value);
    if (!used.has(address)) found.push(address);
  }
  return found;
}

/** A NIC that nobody declared, as the ruleset would have it. Its MAC is of the quadrant for anybody (SLAP AAI). */
export function makeTestNic(segment: DesiredSegment, port: string, ipv4: Ipv4Address): DesiredNic {
  const mac = macFromInteger(0x02_00_00_00_00_00 + randomInt(2 ** 39) * 2);
  return {
    id: `${port}/0`,
    guest: parseLabel(port),
    index: 0,
    segment: segment.name,
    bridge: segment.bridge,
    port: parseInterfaceName(port),
    mac,
    ipv4,
    sources4: [ipv4],
    sources6: [linkLocal(mac)],
    share: 'nat',
  };
}

const batch = (lines: readonly string[], force = false): Promise<unknown> =>
  runCommand(['ip', ...(force ? ['-force'] : []), '-batch', '-'], { input: `${lines.join('\n')}\n` });

/** Plugs the NICs in, each with a device outside. Neither end has an address of its own or says anything by itself. */
export async function plugTestPorts(nics: readonly DesiredNic[], mtu: number): Promise<void> {
  await unplugTestPorts(nics);
  await batch(
    nics.flatMap(({ port, bridge }) => [
      `link add name ${port} mtu ${mtu} type veth peer name ${outsideOf(port)} mtu ${mtu}`,
      `link set dev ${port} addrgenmode none master ${bridge}`,
      `link set dev ${outsideOf(port)} addrgenmode none`,
      `link set dev ${port} up type bridge_slave learning off flood off mcast_flood off bcast_flood off`,
      `link set dev ${outsideOf(port)} up`,
    ]),
  );
  for (const { port, mac } of nics) {
    await runCommand(['bridge', 'fdb', 'replace', mac, 'dev', port, 'master', 'static']);
  }
}

/** Takes the devices away, also those that an earlier test left. */
export async function unplugTestPorts(nics: readonly DesiredNic[]): Promise<void> {
  for (const { port } of nics) {
    // There is nothing to be said about a device that is not there.
    await runCommand(['ip', 'link', 'delete', 'dev', port]).catch(() => undefined);
  }
}
