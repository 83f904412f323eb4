import { createSocket } from 'node:dgram';
import type { DesiredNic, DesiredState } from '../../../model/desired-state.ts';
import type { Ipv4Address } from '../../../model/ip-address.ts';
import type { MacAddress } from '../../../model/mac-address.ts';
import { sameAddressGateway } from '../../../model/same-address.ts';
import { ipBytes, macBytes } from '../../../system/raw-frame.ts';

/** A DHCP lease of a MAC address that has no right to its IPv4 address any more. */
export interface LeftLease {
  readonly mac: MacAddress;
  readonly address: Ipv4Address;
  /** Where the server of the segment listens. */
  readonly gateway: Ipv4Address;
  /** Addresses by which that server may call itself. */
  readonly servers: readonly Ipv4Address[];
}

const serverPort = 67;
/** RFC 2131, RFC 2132. */
const cookie = Buffer.from([0x63, 0x82, 0x53, 0x63]);
const option = { messageType: 53, serverIdentifier: 54, end: 255 } as const;
const release = 7;

const macsOf = (nics: readonly DesiredNic[]): Set<string> =>
  new Set(nics.flatMap(({ mac, also }) => (also ? [mac, also] : [mac])));

/**
 * Leases in dnsmasq's file of one segment whose address is reserved for other MAC addresses. dnsmasq gives an address
 * to nobody while it knows such a lease, so that a NIC with a new MAC address would wait for it to run out.
 */
export function leftLeases(desired: DesiredState, segment: string, leases: string): LeftLease[] {
  const gateway = desired.segments.get(segment)?.gateway;
  // Nothing rotates and nobody asked yet: the usual case is quick.
  if (gateway === undefined || leases === '') return [];
  const nics = [...desired.nics.values()].filter((nic) => nic.segment === segment);
  const holders = new Map<string, Set<string>>(
    nics.filter(({ share }) => share === 'nat').map((nic) => [nic.ipv4, macsOf([nic])]),
  );
  const sharers = nics.filter(({ share }) => share === 'same-address');
  if (sharers.length > 0) holders.set(desired.uplink.ipv4, macsOf(sharers));
  return [...leases.matchAll(/^\d+ ([0-9a-f]{2}(?::[0-9a-f]{2}){5}) (\d+\.\d+\.\d+\.\d+) /gm)].flatMap(
    ([, mac = '', address = '']): LeftLease[] => {
      if (holders.get(address)?.has(mac) ?? true) return [];
      const shared = address === desired.uplink.ipv4;
      const servers = shared ? [sameAddressGateway as Ipv4Address, gateway, desired.uplink.ipv4] : [gateway];
      return [{ mac: mac as MacAddress, address: address as Ipv4Address, gateway, servers }];
    },
  );
}

/** DHCPRELEASE (RFC 2131 section 4.4.6) in the name of a client. */
export function releaseMessage(mac: MacAddress, address: Ipv4Address, server: Ipv4Address): Buffer {
  const header = Buffer.alloc(236);
  header.set([1, 1, 6, 0]);
  ipBytes(address).copy(header, 12);
  macBytes(mac).copy(header, 28);
  const type = Buffer.from([option.messageType, 1, release]);
  const identifier = Buffer.concat([Buffer.from([option.serverIdentifier, 4]), ipBytes(server)]);
  return Buffer.concat([header, cookie, type, identifier, Buffer.from([option.end])]);
}

/** Has dnsmasq forget such leases. There is no answer to a release; who looks again sees whether it was heard. */
export async function releaseLeases(left: readonly LeftLease[]): Promise<void> {
  if (left.length === 0) return;
  const socket = createSocket('udp4');
  try {
    for (const { mac, address, gateway, servers } of left) {
      for (const server of servers) {
        const message = releaseMessage(mac, address, server);
        // What cannot be sent has no server to hear it either; the next look at the services tries again.
        await new Promise<void>((resolve) => {
          socket.send(message, serverPort, gateway, () => resolve());
        });
      }
    }
  } finally {
    socket.close();
  }
}
