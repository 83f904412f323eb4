import { nft, type RulesetMaker } from '../gateway/ruleset.ts';
import { type BenchNic, type Scenario, segmentSubnet, shared } from '../gateway/scenario.ts';

/**
 * Incus's rules for a bridge network and its network forwards: lxc/incus,
 * internal/server/firewall/drivers/drivers_nftables_templates.go (nftablesNetForwardingPolicy, nftablesNetOutboundNAT,
 * nftablesNetICMPDHCPDNS, nftablesNetProxyNAT with the prefix "fwd") as drivers_nftables.go fills them in.
 */
function renderForwards({ forwards }: Scenario): string {
  const dnat = forwards
    .map((f) => `    ip daddr ${shared} tcp dport ${f.port} dnat to ${f.nic.ip}:${f.targetPort}`)
    .join('\n');
  const masquerade = forwards
    .map((f) => `    ip saddr ${f.nic.ip} ip daddr ${f.nic.ip} tcp dport ${f.targetPort} masquerade`)
    .join('\n');
  return `table inet incus {
  chain pstrt.incusbr0 {
    type nat hook postrouting priority 100; policy accept;
    ip saddr ${segmentSubnet} ip daddr != ${segmentSubnet} masquerade
  }
  chain fwd.incusbr0 {
    type filter hook forward priority 0; policy accept;
    ip version 4 oifname "incusbr0" accept
    ip version 4 iifname "incusbr0" accept
  }
  chain in.incusbr0 {
    type filter hook input priority 0; policy accept;
    iifname "incusbr0" tcp dport 53 accept
    iifname "incusbr0" udp dport 53 accept
    iifname "incusbr0" icmp type { 3, 11, 12 } accept
    iifname "incusbr0" udp dport 67 accept
  }
  chain out.incusbr0 {
    type filter hook output priority 0; policy accept;
    oifname "incusbr0" tcp sport 53 accept
    oifname "incusbr0" udp sport 53 accept
    oifname "incusbr0" icmp type { 3, 11, 12 } accept
    oifname "incusbr0" udp sport 67 accept
  }
  chain fwdprert.incusbr0 {
    type nat hook prerouting priority -100; policy accept;
${dnat}
  }
  chain fwdout.incusbr0 {
    type nat hook output priority -100; policy accept;
${dnat}
  }
  chain fwdpstrt.incusbr0 {
    type nat hook postrouting priority 100; policy accept;
${masquerade}
  }
}
`;
}

/** Two base chains per NIC: nftablesInstanceBridgeFilter with MAC, IPv4 and IPv6 filtering (no IPv6 address given). */
function renderFilter({ index, port, mac, ip }: BenchNic): string {
  const hex = `0x${mac.replaceAll(':', '')}`;
  const common = `    iifname "${port}" ether saddr != ${mac} drop
    iifname "${port}" ether type arp arp saddr ether != ${mac} drop
    iifname "${port}" ether type ip6 icmpv6 type 136 @nh,528,48 != ${hex} drop`;
  const addresses = `    iifname "${port}" ether type arp arp saddr ip != { ${ip} } drop
    iifname "${port}" ether type ip ip saddr != { ${ip} } drop
    iifname "${port}" ether type ip6 drop
    iifname "${port}" ether type != { arp, ip, ip6 } drop`;
  return `  chain in.vm${index}.eth0 {
    type filter hook input priority -200; policy accept;
${common}
    iifname "${port}" ether type ip ip saddr 0.0.0.0 ip daddr 255.255.255.255 udp dport 67 accept
${addresses}
  }
  chain fwd.vm${index}.eth0 {
    type filter hook forward priority -200; policy accept;
${common}
${addresses}
  }`;
}

const source = 'lxc/incus, internal/server/firewall/drivers';

export const incus: RulesetMaker = {
  name: 'Incus',
  source,
  bridge: 'incusbr0',
  translates: true,
  render: (scenario) => [nft(renderForwards(scenario))],
};

/** Incus's guard alone. Beyond 1,024 NICs the kernel refuses the next base chain. */
export const incusFilter: RulesetMaker = {
  name: 'Incus, two base chains per NIC',
  source,
  bridge: 'incusbr0',
  translates: false,
  render: ({ nics }) => [nft(`table bridge incus {\n${nics.map(renderFilter).join('\n')}\n}\n`)],
};
