import type { Findings } from '../findings.ts';
import { comment, commentLine, switchedOff } from './comment.ts';
import { listeningServices } from './listening-services.ts';
import type { PlannedSegment, PlannedSite } from './plan-site-file.ts';
import { remedies } from './remedies.ts';

export function renderUplink({ uplink, listening }: Findings): string[] {
  const { gateway, others, notPublic, dynamic, ports } = uplink;
  const leaves =
    gateway === undefined ? 'the default route leaves by it' : `the default route leaves by it to ${gateway}`;
  const services = listeningServices(listening, uplink);
  return [
    ...comment(`The interface that faces the world (${leaves}), and the address that this host and its guests share.`),
    ...(notPublic === undefined
      ? []
      : comment(
          `${uplink.ipv4} is ${notPublic}: forwards are reached from that network. What the Internet shall reach, the router in front must pass on to ${uplink.ipv4}, port for port.`,
        )),
    ...(dynamic ? comment('The address was given by DHCP. When it changes, change it here and apply again.') : []),
    ...(others.length === 0
      ? []
      : comment(`The uplink also has ${others.join(', ')}; these stay the host's own and are not shared.`)),
    ...(ports.length === 0
      ? []
      : comment(
          `The uplink is a bridge with the ports ${ports.join(', ')}. A guest that is plugged into it reaches the world past Bridgekeeper.`,
        )),
    ...(services.length === 0
      ? []
      : comment(
          `This host itself answers at ${services.join(', ')}; a forward on one of these ports would take it away.`,
        )),
    'uplink:',
    `  interface: ${uplink.interface}`,
    `  shared: [${[uplink.ipv4, ...(uplink.ipv6 ? [uplink.ipv6] : [])].map((address) => JSON.stringify(address)).join(', ')}]`,
  ];
}

const segmentEntry = ({ name, subnet, subnet6 }: PlannedSegment, rest: string): string =>
  `- {name: ${name}, subnet: ${subnet.text}${subnet6 ? `, subnet6: "${subnet6.text}"` : ''}${rest}}`;

export function renderSegments(site: PlannedSite, findings: Findings): string[] {
  const [first, second] = site.segments;
  const mtu = site.mtu === undefined ? '' : `, mtu: ${site.mtu}`;
  const bridges = findings.bridges.map(({ name, maker, addresses, ports }) => {
    const about = [maker === undefined ? 'nobody is known to have made it' : `made by ${maker}`, ...addresses];
    return commentLine(`${name}: ${about.join(', ')}; ports: ${ports.join(', ') || 'none'}`);
  });
  return [
    ...comment(
      `Isolated networks. Each becomes a bridge of its own (bk-<name>) with DHCP and DNS; its first address is the gateway. Segments reach the world, and each other only by policy. The networks below clash with no address or route of this host.`,
    ),
    ...(site.covered === undefined
      ? []
      : comment(
          `Every private network is covered by a route of this host, though: ${site.covered} leads elsewhere, and guests would not reach what these networks are there.`,
        )),
    ...(bridges.length === 0 ? [] : [...comment('Bridges that are there already, and stay as they are:'), ...bridges]),
    'segments:',
    `  ${segmentEntry(first, `, dhcp: {lease: 10m}, domain: ${first.name}.internal${mtu}`)}`,
    switchedOff(segmentEntry(second, `, dhcp: {lease: 10m}${mtu}`), 2),
    ...(site.adoptable.length === 0
      ? []
      : comment(
          'To take over an existing bridge as it is: declare every guest on it, too. A port that no NIC declares is cut off from the others.',
          2,
        )),
    ...site.adoptable.map(({ name, bridge, subnet }) =>
      switchedOff(`- {name: ${name}, subnet: ${subnet}, bridge: ${bridge.name}}`, 2),
    ),
  ];
}

export function renderFirewalls(findings: Findings, segment: PlannedSegment): string[] {
  const { firewalls } = findings;
  const { refusals, commands } = remedies(findings, segment.bridge);
  return [
    ...(firewalls.length === 0
      ? []
      : [
          ...comment('Other firewalls on this host. Bridgekeeper keeps tables of its own and never changes theirs:'),
          ...firewalls.map(({ name, seen }) => commentLine(`${name}: ${seen}`)),
        ]),
    ...(refusals.length === 0
      ? []
      : [
          ...comment(
            'A packet must pass every chain on its way, and what another one drops, no rule of Bridgekeeper can let pass. These refuse what they do not know:',
          ),
          ...refusals.map((line) => commentLine(line)),
          ...comment(
            `So the guests of segment "${segment.name}" need these commands, once Bridgekeeper has made the bridge, and after every start of the host unless you make them lasting (docs/how-to/coexist.md):`,
          ),
          ...commands.map((line) => commentLine(line)),
        ]),
  ];
}
