import { isIPv4, isIPv6 } from 'node:net';
import { type ProxmoxNet, readGuests } from '../../importers/proxmox.ts';
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

function foundNic(net: ProxmoxNet, port: string): FoundNic {
  const mac = macOf(net.mac);
  return {
    ...(mac ? { mac } : {}),
    port,
    ...(net.bridge === undefined ? {} : { network: net.bridge }),
    addresses: net.addresses.flatMap((text) => {
      const [address = ''] = text.split('/');
      return isIPv4(address) || isIPv6(address) ? [parseIp(address)] : [];
    }),
  };
}

/**
 * What `qm config ID` or `pct config ID` says, as `init` tells of it. Proxmox names host-side devices itself: tap100i0 for
 * net0 of VM 100, veth101i0 for net0 of container 101.
 */
export function parseGuestConfig(text: string, kind: 'vm' | 'container', id: string, state: string): FoundGuest {
  const container = kind === 'container';
  const [guest] = readGuests(text);
  const prefix = container ? 'veth' : 'tap';
  return {
    name: guest?.name ?? `${container ? 'ct' : 'vm'}${id}`,
    source: `Proxmox ${container ? 'container' : 'VM'} ${id}`,
    state,
    nics: (guest?.nets ?? []).map((net) => foundNic(net, `${prefix}${id}i${net.index}`)),
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
