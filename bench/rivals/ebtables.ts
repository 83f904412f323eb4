import type { RulesetMaker } from '../gateway/ruleset.ts';
import type { Scenario } from '../gateway/scenario.ts';

/**
 * libvirt's nwfilter `clean-traffic` (libvirt, src/nwfilter/xml/*.xml and nwfilter_ebiptables_driver.c): per NIC a root
 * chain in each direction, reached by one linear list of `-i` and `-o` rules, and chains for MAC, IPv4 and ARP.
 * ebtables is Debian's default, ebtables-nft.
 */
function render({ nics }: Scenario): string {
  const perNic = (lines: (nic: Scenario['nics'][number]) => readonly string[]): string =>
    nics.flatMap(lines).join('\n');
  return `*nat
:PREROUTING ACCEPT
:OUTPUT ACCEPT
:POSTROUTING ACCEPT
${perNic(({ port }) => [`:libvirt-I-${port} ACCEPT`, `:libvirt-O-${port} ACCEPT`, ...['mac', 'ipv4-ip', 'arp-mac', 'arp-ip', 'rarp'].map((chain) => `:I-${port}-${chain} ACCEPT`)])}
${perNic(({ port }) => [`-A PREROUTING -i ${port} -j libvirt-I-${port}`, `-A POSTROUTING -o ${port} -j libvirt-O-${port}`])}
${perNic(({ port, mac, ip }) => [
  `-A libvirt-I-${port} -j I-${port}-mac`,
  `-A libvirt-I-${port} -p IPv4 -j I-${port}-ipv4-ip`,
  `-A libvirt-I-${port} -p IPv4 -j ACCEPT`,
  `-A libvirt-I-${port} -p ARP -j I-${port}-arp-mac`,
  `-A libvirt-I-${port} -p ARP -j I-${port}-arp-ip`,
  `-A libvirt-I-${port} -p ARP -j ACCEPT`,
  `-A libvirt-I-${port} -p 0x8035 -j I-${port}-rarp`,
  `-A libvirt-I-${port} -p 0x835 -j ACCEPT`,
  `-A libvirt-I-${port} -j DROP`,
  `-A libvirt-O-${port} -p IPv4 -j ACCEPT`,
  `-A libvirt-O-${port} -p ARP -j ACCEPT`,
  `-A libvirt-O-${port} -p 0x8035 -j ACCEPT`,
  `-A libvirt-O-${port} -j DROP`,
  `-A I-${port}-mac -s ${mac} -j RETURN`,
  `-A I-${port}-mac -j DROP`,
  `-A I-${port}-ipv4-ip -p IPv4 --ip-src 0.0.0.0 --ip-proto udp -j RETURN`,
  `-A I-${port}-ipv4-ip -p IPv4 --ip-src ${ip} -j RETURN`,
  `-A I-${port}-ipv4-ip -j DROP`,
  `-A I-${port}-arp-mac -p ARP --arp-mac-src ${mac} -j RETURN`,
  `-A I-${port}-arp-mac -j DROP`,
  `-A I-${port}-arp-ip -p ARP --arp-ip-src ${ip} -j RETURN`,
  `-A I-${port}-arp-ip -j DROP`,
])}
`;
}

export const ebtables: RulesetMaker = {
  name: 'ebtables chains per NIC (libvirt clean-traffic)',
  source: 'libvirt, src/nwfilter',
  bridge: 'virbr0',
  translates: false,
  render: (scenario) => [{ command: ['ebtables-nft-restore'], input: 'stdin', text: render(scenario) }],
};
