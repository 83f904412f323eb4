import { isIPv4, isIPv6 } from 'node:net';
import { parseIp } from '../../model/ip-address.ts';
import type { ToolAsker } from '../ask-tool.ts';
import type { FoundGuest, FoundNic } from '../findings.ts';
import { macOf } from '../network/parse-network.ts';

/** The part of an instance that is read here (`/1.0/instances?recursion=2` of Incus and LXD). */
interface ShownInstance {
  readonly name: string;
  readonly status?: string;
  readonly type?: string;
  readonly config?: Readonly<Record<string, string>>;
  readonly expanded_devices?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly state?: {
    readonly network?: Readonly<Record<string, ShownInterface>> | null;
  } | null;
}

interface ShownInterface {
  readonly hwaddr?: string;
  readonly host_name?: string;
  readonly addresses?: readonly { readonly address: string; readonly scope: string }[];
}

function nicOf(instance: ShownInstance, key: string, device: Readonly<Record<string, string>>): FoundNic {
  const volatile = (name: string): string | undefined => instance.config?.[`volatile.${key}.${name}`];
  const mac = macOf(device.hwaddr) ?? macOf(volatile('hwaddr'));
  const shown = Object.values(instance.state?.network ?? {}).find((found) => mac && macOf(found.hwaddr) === mac);
  const port = shown?.host_name || volatile('host_name');
  const network = device.network ?? device.parent;
  return {
    ...(mac ? { mac } : {}),
    ...(port ? { port } : {}),
    ...(network === undefined ? {} : { network }),
    addresses: (shown?.addresses ?? []).flatMap(({ address, scope }) =>
      scope === 'global' && (isIPv4(address) || isIPv6(address)) ? [parseIp(address)] : [],
    ),
  };
}

/** Reads `incus list --format json` and `lxc list --format json`. */
export function parseInstances(text: string, source: string): FoundGuest[] {
  return (JSON.parse(text) as ShownInstance[]).map((instance) => ({
    name: instance.name,
    source: `${source} ${instance.type === 'virtual-machine' ? 'VM' : 'container'}`,
    ...(instance.status === undefined ? {} : { state: instance.status.toLowerCase() }),
    nics: Object.entries(instance.expanded_devices ?? {}).flatMap(([key, device]) =>
      device.type === 'nic' ? [nicOf(instance, key, device)] : [],
    ),
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
