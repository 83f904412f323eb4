import { defaultPortName } from '../../src/model/default-names.ts';
import { parseLabel } from '../../src/model/names.ts';
import { shell } from '../drivers/linux/host/snapshot-host.ts';

/** The world's addresses: its own, one that source lists name, one that none names. */
export const world = {
  ipv4: '203.0.113.1',
  ipv6: '2001:db8::1',
  listed: '198.51.100.7',
  unlisted: '192.0.2.9',
} as const;
/** The address that the host and its guests share. */
export const shared = { ipv4: '203.0.113.10', ipv6: '2001:db8::10' } as const;

/** Device that the first NIC of a guest is plugged into. */
export const portOf = (guest: string): string => defaultPortName(parseLabel(guest), 0);

const guestCommands = (guest: string): string => `
  ip netns add ${guest}
  ip -n ${guest} link set lo up
  ip link add ${portOf(guest)} type veth peer name eth0 netns ${guest}
  ip link set ${portOf(guest)} up
`;

/**
 * Makes this network namespace a host with an uplink to a world, and with guests plugged into ports. To be called once,
 * in a namespace of its own (`enterNamespace`). The host itself is also known as namespace `host`.
 */
export function buildNetwork(guests: readonly string[]): void {
  shell(`
    mount -t tmpfs -o mode=755 tmpfs /run
    mkdir -p /run/netns
    ip netns attach host ${process.pid}
    ip link set lo up
    ip netns add world
    ip -n world link set lo up
    ip link add eth0 type veth peer name eth0 netns world
    ip link set eth0 up
    ip -n world link set eth0 up
    for a in ${world.ipv4}/24 ${world.listed}/32 ${world.unlisted}/32; do ip -n world address add $a dev eth0; done
    ip -n world address add ${world.ipv6}/64 dev eth0 nodad
    ip address add ${shared.ipv4}/24 dev eth0
    ip address add ${shared.ipv6}/64 dev eth0 nodad
    ip route add default via ${world.ipv4}
    ip -6 route add default via ${world.ipv6}
    ${guests.map(guestCommands).join('')}
  `);
}

/** What a guest is set up with. */
export interface GuestAddresses {
  readonly guest: string;
  readonly mac: string;
  readonly ipv4: string;
  readonly ipv6?: string;
  readonly share: string;
}

/** Gives a guest's interface what was leased to it, as its hypervisor and its DHCP client would. */
export function configureGuest({ guest, mac, ipv4, ipv6, share }: GuestAddresses): void {
  const gateway = ipv4.replace(/\d+$/, '1');
  const gateway6 = ipv6?.replace(/^((?:[^:]*:){3}).*$/, '$1:1');
  shell(`
    ip -n ${guest} link set eth0 down
    ip -n ${guest} link set eth0 address ${mac}
    ip -n ${guest} link set eth0 up
    ${
      share === 'same-address'
        ? `ip -n ${guest} address replace ${shared.ipv4}/32 dev eth0
           ip -n ${guest} route replace 169.254.1.1 dev eth0 scope link
           ip -n ${guest} route replace default via 169.254.1.1 dev eth0 src ${shared.ipv4}`
        : `ip -n ${guest} address replace ${ipv4}/24 dev eth0
           ip -n ${guest} route replace default via ${gateway}`
    }
    ${
      ipv6 === undefined
        ? ''
        : `ip -n ${guest} -6 address replace ${ipv6}/64 dev eth0 nodad
           ip -n ${guest} -6 route replace default via ${gateway6} dev eth0`
    }
  `);
}
