import { mapFew, type ToolAsker } from '../ask-tool.ts';
import type { FoundGuest, FoundNic } from '../findings.ts';
import { macOf } from '../network/parse-network.ts';
import { mostGuests } from './most-guests.ts';

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

const decode = (text: string): string => text.replace(/&(lt|gt|amp|quot|apos);/g, (_, name) => entities[name] ?? '');

/** An attribute of the first element of that name; libvirt writes one element a line and quotes with `'`. */
function attribute(xml: string, element: string, name: string): string | undefined {
  const tag = new RegExp(`<${element}\\s[^>]*>`).exec(xml)?.[0];
  const value = tag === undefined ? undefined : new RegExp(`\\s${name}=(['"])(.*?)\\1`).exec(tag)?.[2];
  return value === undefined ? undefined : decode(value);
}

function parseInterface(xml: string): FoundNic {
  const mac = macOf(attribute(xml, 'mac', 'address'));
  const port = attribute(xml, 'target', 'dev');
  const network = ['bridge', 'network', 'dev'].map((name) => attribute(xml, 'source', name)).find((name) => name);
  return {
    ...(mac ? { mac } : {}),
    ...(port === undefined ? {} : { port }),
    ...(network === undefined ? {} : { network }),
    addresses: [],
  };
}

/**
 * Reads `virsh dumpxml` (https://libvirt.org/formatdomain.html). Only what libvirt itself writes is expected: what users
 * may write freely (title, description, metadata) stands outside of `<devices>`.
 */
export function parseDomain(xml: string): FoundGuest {
  const name = /<name>([^<]*)<\/name>/.exec(xml)?.[1];
  if (name === undefined) throw new Error('no domain XML: it has no <name>');
  const devices = /<devices>([\s\S]*)<\/devices>/.exec(xml)?.[1] ?? '';
  const interfaces = devices.match(/<interface\s[^>]*>[\s\S]*?<\/interface>/g) ?? [];
  // A domain has an id while it runs.
  const running = /<domain\s[^>]*\sid=/.test(xml);
  return {
    name: decode(name),
    source: 'libvirt',
    state: running ? 'running' : 'shut off',
    nics: interfaces.map(parseInterface),
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
