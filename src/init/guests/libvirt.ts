import { readDomains } from '../../importers/libvirt.ts';
import { mapFew, type ToolAsker } from '../ask-tool.ts';
import type { FoundGuest, FoundNic } from '../findings.ts';
import { macOf } from '../network/parse-network.ts';
import { mostGuests } from './most-guests.ts';

/** A domain as `init` tells of it. Throws when the XML is that of none, or broken. */
export function parseDomain(xml: string): FoundGuest {
  const [domain] = readDomains(xml);
  if (domain?.mistake !== undefined) throw new Error(domain.mistake);
  if (domain?.name === undefined) throw new Error('no domain XML: it has no <name>');
  return {
    name: domain.name,
    source: 'libvirt',
    state: domain.running ? 'running' : 'shut off',
    nics: domain.interfaces.map((seen): FoundNic => {
      const mac = macOf(seen.mac);
      return {
        ...(mac ? { mac } : {}),
        ...(seen.port === undefined ? {} : { port: seen.port }),
        ...(seen.network === undefined ? {} : { network: seen.network }),
        addresses: [],
      };
    }),
  };
}

const virsh = ['virsh', '--readonly', '--connect', 'qemu:///system'];

/** Domains of the system's libvirt, running or not. */
export async function findLibvirtGuests(tools: ToolAsker): Promise<FoundGuest[]> {
  const names = (await tools.ask('guests of libvirt', [...virsh, 'list', '--all', '--name'])) ?? '';
  const list = mostGuests(
    'libvirt',
    names.split('\n').filter((name) => name.trim() !== ''),
    tools,
  );
  const guests = await mapFew(list, (name) =>
    tools.askFor(`libvirt guest "${name}"`, [...virsh, 'dumpxml', '--domain', name], parseDomain),
  );
  return guests.filter((guest) => guest !== undefined);
}
