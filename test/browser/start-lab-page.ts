import type { Scope } from '../daemon/test-daemon.ts';
import { shell } from '../drivers/linux/host/snapshot-host.ts';
import { buildNetwork, configureGuest, portOf, shared } from '../kernel/network.ts';
import { type PageDaemon, startPageDaemon } from './start-page.ts';

export const labGuests = ['web1', 'db1', 'mail1', 'rogue'] as const;

/** One segment with four guests of two owners, two forwards. */
export const labSite = `site: lab
uplink: {interface: eth0, shared: [${shared.ipv4}, "${shared.ipv6}"], bandwidth: 1gbit}
pools: [{name: default, range: "02:1a:3f:00:00:00/24", strategy: sequential}]
segments: [{name: dev, subnet: 10.77.10.0/24, subnet6: "fd00:77:10::/64", dhcp: {lease: 10m}}]
guests:
${labGuests.map((name) => `  - {name: ${name}, owner: ${name === 'rogue' ? 'mallory' : 'acme'}, nics: [{segment: dev}]}`).join('\n')}
forwards:
  - {port: 8080, to: "web1:80"}
  - {port: 2525, to: "mail1:25"}
`;

export interface LabPage extends PageDaemon {
  /** Sends frames from a guest whose source is a MAC address that is not its own. */
  spoof(guest: string): void;
}

/**
 * Builds the lab in this namespace (see `enterNamespace`): the real daemon on the real kernel with its page, and guests
 * that are plugged in. The browser is to be opened from here as well.
 */
export async function startLabPage(scope: Scope): Promise<LabPage> {
  buildNetwork(labGuests);
  const daemon = await startPageDaemon(scope, undefined, ['--driver', 'linux', '--log-level', 'warn']);
  await daemon.client.apply({ site: labSite });
  for (const lease of await daemon.client.leases()) configureGuest(lease);
  for (const guest of labGuests)
    shell(
      `ip netns exec ${guest} busybox ping -c 1 -W 5 10.77.10.1 >/dev/null || true; ip link show ${portOf(guest)} >/dev/null`,
    );
  const spoof = (guest: string): void => {
    // A frame of ARP (RFC 826) that claims somebody else's address, from a MAC address of nobody.
    const script = `from scapy.all import *; sendp(Ether(src="02:de:ad:00:00:01",dst="ff:ff:ff:ff:ff:ff")/ARP(op=1,hwsrc="02:de:ad:00:00:01",psrc="10.77.10.1",pdst="10.77.10.2"),iface="eth0",count=3,verbose=0)`;
    shell(`ip netns exec ${guest} /usr/bin/python3 -c '${script}'`);
  };
  return { ...daemon, spoof };
}
