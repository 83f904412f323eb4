import { iptablesRestore, type RulesetMaker } from '../gateway/ruleset.ts';
import { type Scenario, segmentSubnet } from '../gateway/scenario.ts';

/**
 * Docker's rules for published ports, as Debian's docker.io (20.10) and Docker up to 27 write them: moby
 * libnetwork/iptables/iptables.go `Forward` (DNAT, ACCEPT and the hairpin MASQUERADE per port, each appended) and
 * libnetwork/drivers/bridge/setup_ip_tables.go (chains, isolation stages). iptables is Debian's default, iptables-nft.
 */
function render({ forwards }: Scenario): string {
  return `*nat
:PREROUTING ACCEPT
:OUTPUT ACCEPT
:POSTROUTING ACCEPT
:DOCKER -
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s ${segmentSubnet} ! -o docker0 -j MASQUERADE
${forwards.map(({ nic, targetPort }) => `-A POSTROUTING -s ${nic.ip} -d ${nic.ip} -p tcp -m tcp --dport ${targetPort} -j MASQUERADE`).join('\n')}
-A DOCKER -i docker0 -j RETURN
${forwards.map(({ port, nic, targetPort }) => `-A DOCKER ! -i docker0 -p tcp -m tcp --dport ${port} -j DNAT --to-destination ${nic.ip}:${targetPort}`).join('\n')}
COMMIT
*filter
:FORWARD DROP
:DOCKER -
:DOCKER-ISOLATION-STAGE-1 -
:DOCKER-ISOLATION-STAGE-2 -
:DOCKER-USER -
-A FORWARD -j DOCKER-USER
-A FORWARD -j DOCKER-ISOLATION-STAGE-1
-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -o docker0 -j DOCKER
-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
-A FORWARD -i docker0 -o docker0 -j ACCEPT
${forwards.map(({ nic, targetPort }) => `-A DOCKER -d ${nic.ip} ! -i docker0 -o docker0 -p tcp -m tcp --dport ${targetPort} -j ACCEPT`).join('\n')}
-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
-A DOCKER-ISOLATION-STAGE-1 -j RETURN
-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
-A DOCKER-ISOLATION-STAGE-2 -j RETURN
-A DOCKER-USER -j RETURN
COMMIT
`;
}

export const docker: RulesetMaker = {
  name: 'Docker',
  source: 'moby/moby, libnetwork/iptables and libnetwork/drivers/bridge',
  bridge: 'docker0',
  translates: true,
  render: (scenario) => [iptablesRestore('nft', render(scenario))],
};
