import { isIPv4, isIPv6 } from 'node:net';
import { readInstances } from '../../importers/incus.ts';
import { parseIp } from '../../model/ip-address.ts';
import type { ToolAsker } from '../ask-tool.ts';
import type { FoundGuest, FoundNic } from '../findings.ts';
import { macOf } from '../network/parse-network.ts';

/** What `incus list --format json` and `lxc list --format json` say, as `init` tells of it. */
export function parseInstances(text: string, source: string): FoundGuest[] {
  return readInstances(JSON.parse(text)).map((instance) => ({
    name: instance.name,
    source: `${source} ${instance.virtualMachine ? 'VM' : 'container'}`,
    ...(instance.state === undefined ? {} : { state: instance.state }),
    nics: instance.nics.map(({ mac: text, port, network, addresses }): FoundNic => {
      const mac = macOf(text);
      return {
        ...(mac ? { mac } : {}),
        ...(port === undefined ? {} : { port }),
        ...(network === undefined ? {} : { network }),
        addresses: addresses.flatMap((address) => (isIPv4(address) || isIPv6(address) ? [parseIp(address)] : [])),
      };
    }),
  }));
}

const services = [
  { source: 'Incus', tool: 'incus', paths: ['/var/lib/incus/unix.socket'] },
  { source: 'LXD', tool: 'lxc', paths: ['/var/lib/lxd/unix.socket', '/var/snap/lxd/common/lxd/unix.socket'] },
] as const;

/** Instances of Incus and LXD. Their clients are only called where the service is: they set themselves up otherwise. */
export async function findIncusGuests(tools: ToolAsker): Promise<FoundGuest[]> {
  const found = services
    .filter(({ paths }) => tools.present(...paths))
    .map(({ source, tool }) =>
      tools.askFor(`instances of ${source}`, [tool, 'list', '--format', 'json'], (text) =>
        parseInstances(text, source),
      ),
    );
  return (await Promise.all(found)).flatMap((guests) => guests ?? []);
}
