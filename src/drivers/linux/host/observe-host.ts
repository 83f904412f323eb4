import { runCommand } from '../../../system/run-command.ts';
import { routeProtocol } from '../marks.ts';
import {
  type AddressGeneration,
  addressGenerations,
  type HostDevice,
  type HostItem,
  type HostObservation,
  type HostOrigin,
  itemKey,
} from './host-item.ts';
import { advertisementSetting, forwarding6, largerOfAll, observeSysctls, readSysctl } from './observe-sysctls.ts';
import { parseLinks, type SeenLink } from './parse-links.ts';
import { parseAdvertisedDevices, parseFdb, parseNeighbours, parseRoutes, parseRules } from './parse-tables.ts';
import { bridgeSysctlKeys } from './render-sysctls.ts';

const output = async (...argv: string[]): Promise<string> => (await runCommand(argv)).stdout;

/** The kernel without IPv6 has no such setting, and gives no addresses either. */
function addressGeneration(device: string): AddressGeneration {
  const mode = readSysctl(`net/ipv6/conf/${device}/addr_gen_mode`);
  return addressGenerations[Number(mode ?? 1)] ?? 'none';
}

/** Every setting that matters, with the value that is wanted where the site wants one. */
function wantedSysctls(
  desired: readonly HostItem[],
  origin: HostOrigin,
  links: readonly SeenLink[],
  bridges: ReadonlySet<string>,
): Map<string, string | undefined> {
  const wanted = new Map<string, string | undefined>();
  // Of bridges that shall go, too: undoing must know what to set again.
  for (const key of [...bridges].flatMap(bridgeSysctlKeys)) wanted.set(key, undefined);
  for (const item of Object.values(origin.items)) if (item?.kind === 'sysctl') wanted.set(item.key, undefined);
  for (const item of desired) if (item.kind === 'sysctl') wanted.set(item.key, item.value);
  if (wanted.has(forwarding6)) {
    for (const { name, device } of links) {
      const key = advertisementSetting(name);
      if (device.master === undefined && !wanted.has(key)) wanted.set(key, undefined);
    }
  }
  for (const name of largerOfAll) {
    if (!wanted.has(`net/ipv4/conf/all/${name}`)) continue;
    for (const device of ['default', ...links.flatMap((link) => (link.device.master === undefined ? link.name : []))]) {
      // What is plugged into something else has no addresses of its own, so its own value does not matter.
      const key = `net/ipv4/conf/${device}/${name}`;
      if (!wanted.has(key)) wanted.set(key, undefined);
    }
  }
  return wanted;
}

/**
 * Reads the network namespace: what `desired` and `origin` name, every port of the bridges they name, and every device.
 * A fixed number of processes, whatever the number of NICs. Rejects with `command-failed`.
 */
export async function observeHost(desired: readonly HostItem[], origin: HostOrigin): Promise<HostObservation> {
  const [linkText, fdbText, neighbourText, routeText, ruleText, advertisedText] = await Promise.all([
    output('ip', '-d', '-j', 'address', 'show'),
    output('bridge', '-j', 'fdb', 'show', 'state', 'static'),
    output('ip', '-j', 'neighbour', 'show', 'nud', 'permanent'),
    output('ip', '-4', '-j', '-N', 'route', 'show', 'table', 'all', 'proto', String(routeProtocol)),
    output('ip', '-4', '-j', '-N', 'rule', 'show'),
    output('ip', '-6', '-j', 'route', 'show', 'proto', 'ra'),
  ]);
  const links = parseLinks(linkText);
  const named = new Set([...desired.map(itemKey), ...Object.keys(origin.items)]);
  const bridges = new Set([...named].flatMap((key) => (key.startsWith('bridge ') ? key.slice(7) : [])));
  const items: HostItem[] = [];
  for (const link of links) {
    const { bridge } = link.port;
    if (named.has(`port ${link.name}`) || (bridge !== undefined && bridges.has(bridge))) {
      items.push({ ...link.port, addressGeneration: addressGeneration(link.name) });
    }
    if (!bridges.has(link.name)) continue;
    if (link.bridge) items.push({ ...link.bridge, addressGeneration: addressGeneration(link.name) });
    if (link.up) items.push({ kind: 'link-up', device: link.name });
    items.push(...link.addresses);
  }
  const ports = new Set(items.flatMap((item) => (item.kind === 'port' ? item.device : [])));
  items.push(
    ...parseFdb(fdbText).filter((entry) => ports.has(entry.port)),
    ...parseNeighbours(neighbourText).filter((entry) => bridges.has(entry.device)),
    ...parseRoutes(routeText),
    ...parseRules(ruleText),
    ...(await observeSysctls(
      wantedSysctls(desired, origin, links, bridges),
      links.map((link) => link.name),
    )),
  );
  const advertised = parseAdvertisedDevices(advertisedText);
  return {
    items: new Map(items.map((item) => [itemKey(item), item])),
    devices: new Map(
      links.map((link): [string, HostDevice] => [
        link.name,
        { ...link.device, routerAdvertisements: advertised.has(link.name) },
      ]),
    ),
  };
}
