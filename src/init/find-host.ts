import { hostname } from 'node:os';
import type { MacAddress } from '../model/mac-address.ts';
import type { InterfaceName } from '../model/names.ts';
import { listeningPorts } from '../system/listening-ports.ts';
import { runCommand } from '../system/run-command.ts';
import { ToolAsker } from './ask-tool.ts';
import type { Findings } from './findings.ts';
import { findFirewalls } from './firewalls/find-firewalls.ts';
import { findContainers } from './guests/containers.ts';
import { findBarePorts, findBridges } from './guests/find-bridges.ts';
import { findIncusGuests } from './guests/incus.ts';
import { findLibvirtGuests } from './guests/libvirt.ts';
import { findProxmoxGuests } from './guests/proxmox.ts';
import { chooseUplink } from './network/choose-uplink.ts';
import {
  macOf,
  networksInUse,
  parseLearned,
  parseList,
  parseNeighbours,
  type ShownLink,
  type ShownRoute,
} from './network/parse-network.ts';

const output = async (...argv: string[]): Promise<string> => (await runCommand(argv)).stdout;

/**
 * Looks at the host and changes nothing. Links, addresses and routes are needed (`command-failed` without them);
 * everything else is optional and takes a bounded time. Throws `uplink-unsuitable`.
 */
export async function findHost(options: { uplink?: InterfaceName } = {}): Promise<Findings> {
  const [linkText, routes4Text, routes6Text] = await Promise.all([
    output('ip', '-d', '-j', 'address', 'show'),
    output('ip', '-4', '-j', 'route', 'show', 'table', 'all'),
    output('ip', '-6', '-j', 'route', 'show', 'table', 'all'),
  ]);
  const links = parseList<ShownLink>(linkText, 'ifname');
  const routes4 = parseList<ShownRoute>(routes4Text, 'dst');
  const routes6 = parseList<ShownRoute>(routes6Text, 'dst');
  const uplink = chooseUplink(links, routes4, routes6, options.uplink);
  const tools = new ToolAsker();
  const addresses = [uplink.ipv4, ...(uplink.ipv6 ? [uplink.ipv6] : [])];
  const [listening, firewalls, containers, neighbours, learned, ...found] = await Promise.all([
    listeningPorts(),
    findFirewalls(tools, { addresses, uplink: uplink.interface }),
    findContainers(tools),
    tools.askFor('the neighbour table', ['ip', '-j', 'neighbour', 'show'], parseNeighbours),
    tools.askFor('what bridges have learned', ['bridge', '-j', 'fdb', 'show'], parseLearned),
    findLibvirtGuests(tools),
    findProxmoxGuests(tools),
    findIncusGuests(tools),
  ]);
  const bridges = findBridges(links, uplink.interface);
  const known = found.flat();
  const guests = [...known, ...findBarePorts(links, bridges, learned ?? new Map(), known)];
  const macs = new Set<MacAddress>([
    ...links.flatMap((link) => macOf(link.address) ?? []),
    ...(neighbours ?? new Map<string, MacAddress>()).values(),
    ...guests.flatMap(({ nics }) => nics.flatMap(({ mac }) => mac ?? [])),
  ]);
  return {
    hostName: hostname(),
    uplink,
    bridges,
    guests,
    containers,
    ...firewalls,
    listening,
    networks: networksInUse(links, [...routes4, ...routes6]),
    interfaces: new Set(links.map((link) => link.ifname)),
    macs,
    neighbours: neighbours ?? new Map(),
    notes: tools.notes,
  };
}
