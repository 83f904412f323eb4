import { iptablesRestore, type RulesetMaker } from '../gateway/ruleset.ts';
import { type BenchForward, type Scenario, segmentSubnet, shared } from '../gateway/scenario.ts';

/**
 * Port forwards by libvirt's qemu hook. The flat form is the script of the libvirt wiki ("Networking", "Forwarding
 * Incoming Connections"): per forward one DNAT rule and one accept rule at the top of FORWARD, before libvirt's own
 * chains. To it the widely copied scripts (such as github.com/saschpe/libvirt-hook-qemu) add the rules for the host's
 * own connections (OUTPUT) and for hairpin (POSTROUTING). A script inserts each rule at the top; here they stand in the
 * order in which the kernel then walks them.
 */
const perForward = {
  destination: ({ port, nic, targetPort }: BenchForward) =>
    `-p tcp -d ${shared} --dport ${port} -j DNAT --to-destination ${nic.ip}:${targetPort}`,
  hairpin: ({ nic, targetPort }: BenchForward) =>
    `-p tcp -s ${nic.ip} -d ${nic.ip} --dport ${targetPort} -j MASQUERADE`,
  accept: ({ nic, targetPort }: BenchForward) => `-o virbr0 -p tcp -d ${nic.ip} --dport ${targetPort} -j ACCEPT`,
};

/** What libvirt itself writes for a network in NAT mode (src/network/bridge_driver_linux.c, iptables.c). */
const libvirtNat = `-A POSTROUTING -j LIBVIRT_PRT
-A LIBVIRT_PRT -s ${segmentSubnet} -d 224.0.0.0/24 -j RETURN
-A LIBVIRT_PRT -s ${segmentSubnet} -d 255.255.255.255/32 -j RETURN
-A LIBVIRT_PRT -s ${segmentSubnet} ! -d ${segmentSubnet} -p tcp -j MASQUERADE --to-ports 1024-65535
-A LIBVIRT_PRT -s ${segmentSubnet} ! -d ${segmentSubnet} -p udp -j MASQUERADE --to-ports 1024-65535
-A LIBVIRT_PRT -s ${segmentSubnet} ! -d ${segmentSubnet} -j MASQUERADE`;
const libvirtFilter = `-A FORWARD -j LIBVIRT_FWX
-A FORWARD -j LIBVIRT_FWI
-A FORWARD -j LIBVIRT_FWO
-A LIBVIRT_FWX -i virbr0 -o virbr0 -j ACCEPT
-A LIBVIRT_FWI -d ${segmentSubnet} -o virbr0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A LIBVIRT_FWI -o virbr0 -j REJECT --reject-with icmp-port-unreachable
-A LIBVIRT_FWO -s ${segmentSubnet} -i virbr0 -j ACCEPT
-A LIBVIRT_FWO -i virbr0 -j REJECT --reject-with icmp-port-unreachable`;

function flat({ forwards }: Scenario): string {
  return `*nat
:PREROUTING ACCEPT
:OUTPUT ACCEPT
:POSTROUTING ACCEPT
:LIBVIRT_PRT -
${forwards.map((f) => `-A PREROUTING ${perForward.destination(f)}`).join('\n')}
${forwards.map((f) => `-A OUTPUT ${perForward.destination(f)}`).join('\n')}
${forwards.map((f) => `-A POSTROUTING ${perForward.hairpin(f)}`).join('\n')}
${libvirtNat}
COMMIT
*filter
:FORWARD ACCEPT
:LIBVIRT_FWX -
:LIBVIRT_FWI -
:LIBVIRT_FWO -
${forwards.map((f) => `-A FORWARD ${perForward.accept(f)}`).join('\n')}
${libvirtFilter}
COMMIT
`;
}

/** libvirt-hook-qemu's own layout: three chains per guest, reached from PREROUTING, OUTPUT, POSTROUTING and FORWARD. */
function perGuest({ forwards, nics }: Scenario): string {
  const guests = nics
    .map((nic) => ({ nic, own: forwards.filter((forward) => forward.nic === nic) }))
    .filter(({ own }) => own.length > 0);
  const lines = (render: (guest: (typeof guests)[number]) => string): string => guests.map(render).join('\n');
  return `*nat
:PREROUTING ACCEPT
:OUTPUT ACCEPT
:POSTROUTING ACCEPT
:LIBVIRT_PRT -
${lines(({ nic }) => `:DNAT-vm${nic.index} -\n:SNAT-vm${nic.index} -`)}
${lines(({ nic }) => `-A PREROUTING -d ${shared} -j DNAT-vm${nic.index}`)}
${lines(({ nic }) => `-A OUTPUT -d ${shared} -j DNAT-vm${nic.index}`)}
${lines(({ nic }) => `-A POSTROUTING -s ${nic.ip} -d ${nic.ip} -j SNAT-vm${nic.index}`)}
${lines(({ nic, own }) => own.map((f) => `-A DNAT-vm${nic.index} ${perForward.destination(f)}`).join('\n'))}
${lines(({ nic, own }) => own.map((f) => `-A SNAT-vm${nic.index} -p tcp -s ${nic.ip} --dport ${f.targetPort} -j SNAT --to-source ${shared}\n-A SNAT-vm${nic.index} ${perForward.hairpin(f)}`).join('\n'))}
${libvirtNat}
COMMIT
*filter
:FORWARD ACCEPT
:LIBVIRT_FWX -
:LIBVIRT_FWI -
:LIBVIRT_FWO -
${lines(({ nic }) => `:FWD-vm${nic.index} -`)}
${lines(({ nic }) => `-A FORWARD -d ${nic.ip} -j FWD-vm${nic.index}`)}
${lines(({ nic, own }) => own.map((f) => `-A FWD-vm${nic.index} ${perForward.accept(f)}`).join('\n'))}
${libvirtFilter}
COMMIT
`;
}

function hookScript(
  name: string,
  flavour: 'nft' | 'legacy',
  source: string,
  render: (scenario: Scenario) => string,
): RulesetMaker {
  return {
    name,
    source,
    bridge: 'virbr0',
    translates: true,
    render: (scenario) => [iptablesRestore(flavour, render(scenario))],
  };
}

const wiki = 'libvirt wiki, "Forwarding Incoming Connections"';
export const hookNft = hookScript('iptables-nft hook script', 'nft', wiki, flat);
export const hookLegacy = hookScript('iptables-legacy hook script', 'legacy', wiki, flat);
export const hookNftPerGuest = hookScript(
  'iptables-nft hook script, chains per guest',
  'nft',
  'github.com/saschpe/libvirt-hook-qemu',
  perGuest,
);
