import { Collected, type Imported } from './collected.ts';

/** One `netN` of a guest. */
export interface ProxmoxNet {
  readonly index: number;
  readonly mac?: string;
  readonly bridge?: string;
  /** VLAN. */
  readonly tag?: string;
  /** `ip=` and `ip6=` of a container, with prefix length, or words such as `dhcp`. */
  readonly addresses: readonly string[];
  readonly line: number;
}

export interface ProxmoxGuest {
  readonly id?: string;
  readonly name?: string;
  readonly container: boolean;
  /** By index. */
  readonly nets: readonly ProxmoxNet[];
}

/** `# 100`, `# vmid: 100`, and what `tail` and `head` put before each of several files: `==> /etc/pve/…/100.conf <==`. */
const header = /^(?:#+\s*(?:(?:vmid|vm|ct)[:\s]*)?(\d{1,9})|==> (?:.*\/)?(\d{1,9})\.conf <==)$/i;
/** `[snapshot]` in a file of /etc/pve: what follows is how the guest was once. */
const section = /^\[.*\]\s*$/;
const setting = /^([a-z][a-z0-9_-]*):\s*(.*)$/;
/** In the network of a VM the model of the card is the key, and this the value. */
const macLike = /^[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}$/i;

export const looksLikeProxmox = (text: string): boolean => /^net\d+:[ \t]*\S*=/m.test(text);

/** `virtio=BC:24:11:2C:1F:0A,bridge=vmbr0,tag=10` of a VM, `name=eth0,bridge=vmbr0,hwaddr=…,ip=…/24` of a container. */
function readNet(index: number, text: string, line: number): ProxmoxNet {
  const fields = text.split(',').map((field): [string, string] => {
    const at = field.indexOf('=');
    return at < 0 ? ['', field] : [field.slice(0, at), field.slice(at + 1)];
  });
  const values = new Map(fields);
  const mac = values.get('hwaddr') ?? values.get('macaddr') ?? fields.find(([, value]) => macLike.test(value))?.[1];
  const bridge = values.get('bridge');
  const tag = values.get('tag');
  return {
    index,
    line,
    ...(mac === undefined ? {} : { mac }),
    ...(bridge === undefined ? {} : { bridge }),
    ...(tag === undefined ? {} : { tag }),
    addresses: ['ip', 'ip6'].flatMap((key) => values.get(key) ?? []),
  };
}

interface Draft {
  id?: string;
  name?: string;
  container: boolean;
  readonly keys: Set<string>;
  readonly nets: ProxmoxNet[];
}

/**
 * Reads what `qm config ID` (qm.conf(5)) and `pct config ID` (pct.conf(5)) print, or the files in /etc/pve, of one guest
 * or of many: each begins with its id in a header line, or where a key comes that it had before.
 */
export function readGuests(text: string): ProxmoxGuest[] {
  const guests: Draft[] = [];
  let current: Draft | undefined;
  let past = false;
  const begin = (id?: string): Draft => {
    const guest: Draft = { ...(id === undefined ? {} : { id }), container: false, keys: new Set(), nets: [] };
    guests.push(guest);
    past = false;
    current = guest;
    return guest;
  };
  text.split('\n').forEach((row, i) => {
    const id = header.exec(row.trimEnd());
    if (id) {
      begin(id[1] ?? id[2]);
      return;
    }
    if (section.test(row)) past = true;
    const [, key, value = ''] = setting.exec(row.trimEnd()) ?? [];
    if (key === undefined || past) return;
    const guest = current === undefined || current.keys.has(key) ? begin() : current;
    guest.keys.add(key);
    if (key === 'name' || key === 'hostname') guest.name = value;
    if (key === 'hostname' || key === 'rootfs') guest.container = true;
    const net = /^net(\d{1,4})$/.exec(key);
    if (net) guest.nets.push(readNet(Number(net[1]), value, i + 1));
  });
  return guests
    .filter(({ keys }) => keys.size > 0)
    .map(({ keys: _, nets, ...guest }) => ({ ...guest, nets: nets.sort((a, b) => a.index - b.index) }));
}

/** What to call a guest that has no name. */
function proxmoxName({ id, name, container }: Omit<ProxmoxGuest, 'nets'>): string | undefined {
  return name ?? (id === undefined ? undefined : `${container ? 'ct' : 'vm'}${id}`);
}

/** Reads `qm config` and `pct config` of one guest or many. */
export function parseProxmox(text: string): Imported {
  const found = new Collected();
  for (const guest of readGuests(text)) {
    for (const net of guest.nets) {
      found.add({
        where: `line ${net.line}`,
        mac: net.mac,
        guest: proxmoxName(guest),
        nic: net.index,
        // `dhcp`, `auto` and `manual` say that the address is not known here.
        addresses: net.addresses.filter((address) => !/^(dhcp|auto|manual)$/.test(address)),
        network: net.tag === undefined ? net.bridge : `${net.bridge ?? ''}.${net.tag}`,
      });
    }
  }
  return found;
}
