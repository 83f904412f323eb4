import { isIPv4, isIPv6 } from 'node:net';
import { parseIp } from '../../model/ip-address.ts';
import { mapFew, type ToolAsker } from '../ask-tool.ts';
import type { FoundGuest, FoundNic } from '../findings.ts';
import { macOf } from '../network/parse-network.ts';
import { mostGuests } from './most-guests.ts';

/** Ids and states in the tables that `qm list` and `pct list` print; both begin with a heading. */
export function parseGuestTable(text: string): { id: string; state: string }[] {
  const [heading = '', ...rows] = text.split('\n').filter((line) => line.trim() !== '');
  const column = heading
    .trim()
    .split(/\s+/)
    .map((word) => word.toUpperCase());
  if (text.trim() !== '' && column[0] !== 'VMID') throw new Error('no table of guests: it does not begin with VMID');
  const states = /^(running|stopped|paused|suspended|prelaunch)$/;
  return rows.flatMap((row) => {
    const words = row.trim().split(/\s+/);
    // The name of a VM may hold anything but spaces; the state is the first word after it that is one.
    const state = words.slice(1).find((word) => states.test(word)) ?? 'unknown';
    return /^\d+$/.test(words[0] ?? '') ? [{ id: words[0] as string, state }] : [];
  });
}

/** `virtio=BC:24:11:2C:1F:0A,bridge=vmbr0` of a VM, `name=eth0,bridge=vmbr0,hwaddr=…,ip=…/24` of a container. */
function parseNet(text: string, port: string): FoundNic {
  const fields = text.split(',').map((field): [string, string] => {
    const at = field.indexOf('=');
    return [field.slice(0, at), field.slice(at + 1)];
  });
  const values = new Map(fields);
  // In a VM's the model is the key of the MAC address.
  const mac = macOf(values.get('hwaddr')) ?? fields.map(([, value]) => macOf(value)).find((found) => found);
  const addresses = ['ip', 'ip6'].flatMap((key) => {
    const [address = ''] = (values.get(key) ?? '').split('/');
    return isIPv4(address) || isIPv6(address) ? [parseIp(address)] : [];
  });
  const network = values.get('bridge');
  return { ...(mac ? { mac } : {}), port, ...(network === undefined ? {} : { network }), addresses };
}

/**
 * Reads `qm config ID` (qm.conf(5)) or `pct config ID` (pct.conf(5)). Proxmox names host-side devices itself: tap100i0 for
 * net0 of VM 100, veth101i0 for net0 of container 101.
 */
export function parseGuestConfig(text: string, kind: 'vm' | 'container', id: string, state: string): FoundGuest {
  const lines = text.split('\n').flatMap((line): [string, string][] => {
    const match = /^([a-z0-9]+):\s*(.*?)\s*$/.exec(line);
    return match ? [[match[1] as string, match[2] as string]] : [];
  });
  const name = new Map(lines).get(kind === 'vm' ? 'name' : 'hostname');
  const prefix = kind === 'vm' ? 'tap' : 'veth';
  const nets = lines
    .flatMap(([key, value]) => (/^net\d+$/.test(key) ? [{ index: Number(key.slice(3)), value }] : []))
    .sort((a, b) => a.index - b.index);
  return {
    name: name ?? `${kind === 'vm' ? 'vm' : 'ct'}${id}`,
    source: `Proxmox ${kind === 'vm' ? 'VM' : 'container'} ${id}`,
    state,
    nics: nets.map(({ index, value }) => parseNet(value, `${prefix}${id}i${index}`)),
  };
}

async function findKind(tools: ToolAsker, tool: 'qm' | 'pct'): Promise<FoundGuest[]> {
  const kind = tool === 'qm' ? 'vm' : 'container';
  const what = tool === 'qm' ? 'VMs of Proxmox' : 'containers of Proxmox';
  const rows = (await tools.askFor(what, [tool, 'list'], parseGuestTable)) ?? [];
  const states = new Map(rows.map(({ id, state }) => [id, state]));
  const guests = await mapFew(mostGuests('Proxmox', [...states.keys()], tools), (id) =>
    tools.askFor(`Proxmox guest ${id}`, [tool, 'config', id], (text) =>
      parseGuestConfig(text, kind, id, states.get(id) as string),
    ),
  );
  return guests.filter((guest) => guest !== undefined);
}

/** VMs and containers of Proxmox VE on this node. */
export async function findProxmoxGuests(tools: ToolAsker): Promise<FoundGuest[]> {
  const [vms, containers] = await Promise.all([findKind(tools, 'qm'), findKind(tools, 'pct')]);
  return [...vms, ...containers];
}
