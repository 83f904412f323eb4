import { type Assignments, blocksOf } from '../../model/assignments.ts';
import { bytesOfIp, type IpAddress } from '../../model/ip-address.ts';
import type { PortRange } from '../../model/port-range.ts';
import { parseProtocol } from '../../model/protocols.ts';
import { sameAddressGateway } from '../../model/same-address.ts';
import { End, type SessionRecords } from '../../model/session-record.ts';
import { forwardId, nicId, type Site } from '../../model/site.ts';
import { gateway6Of, gatewayOf } from '../../model/subnet.ts';
import type { SessionNic } from './contract.ts';

export interface NamedNic extends SessionNic {
  /** Index of its guest in `guests`. */
  readonly of: number;
  readonly addresses: readonly IpAddress[];
}

export interface NamedGuest {
  readonly name: string;
  readonly owner?: string;
  readonly blocks: readonly PortRange[];
  readonly shareId?: number;
  /** Sessions that each of its addresses may have open. */
  readonly limit: number;
}

/** One address as four words in the byte order of packed records, and what it stands for. */
interface Entry {
  readonly words: Uint32Array;
  readonly value: number;
}

/** Addresses by their last word, so that a record's is found without making anything of it. */
class AddressTable {
  readonly #byWord = new Map<number, Entry[]>();

  add(address: IpAddress, value: number): void {
    const bytes = new Uint8Array(16);
    bytes.set(bytesOfIp(address));
    const words = new Uint32Array(bytes.buffer);
    const key = words[address.includes(':') ? 3 : 0] as number;
    const others = this.#byWord.get(key);
    if (others === undefined) this.#byWord.set(key, [{ words, value }]);
    else others.push({ words, value });
  }

  /** -1 for an address that is not there. */
  find(records: SessionRecords, index: number, end: number): number {
    const { u32 } = records;
    const at = index * 32 + 16 + end * 4;
    const entries = this.#byWord.get(u32[records.family(index) === 6 ? at + 3 : at] as number);
    if (entries === undefined) return -1;
    for (const { words, value } of entries) {
      if (u32[at] === words[0] && u32[at + 1] === words[1] && u32[at + 2] === words[2] && u32[at + 3] === words[3]) {
        return value;
      }
    }
    return -1;
  }
}

const tcp = parseProtocol('tcp');
const udp = parseProtocol('udp');

/** A site's names by what stands in packed records. NICs, guests and forwards are numbers here; -1 is none. */
export class SiteNames {
  readonly nics: NamedNic[] = [];
  readonly guests: NamedGuest[] = [];
  readonly forwards: string[] = [];
  /** Owner of the guest that each forward leads to. */
  readonly #forwardOwners: (string | undefined)[] = [];
  readonly #inner = new AddressTable();
  readonly #host = new AddressTable();
  /** First NIC of the same-address guest with a share id, plus one. */
  readonly #shares = new Int32Array(4096);
  /** Forward by port, plus one. */
  readonly #ports = new Map([tcp, udp].map((protocol) => [protocol, new Int32Array(65_536)]));

  /** `hostAddresses`: the host's own besides those that the site names. */
  constructor(site: Site | undefined, assignments: Assignments, hostAddresses: readonly IpAddress[]) {
    for (const guest of site?.guests ?? []) {
      const held = assignments.guests.get(guest.name);
      const of = this.guests.length;
      if (held?.shareId !== undefined) this.#shares[held.shareId] = this.nics.length + 1;
      this.guests.push({
        name: guest.name,
        ...(guest.owner === undefined ? {} : { owner: guest.owner }),
        blocks: held === undefined ? [] : blocksOf(held),
        ...(held?.shareId === undefined ? {} : { shareId: held.shareId }),
        limit: guest.limits?.sessions ?? site?.limits.sessionsPerGuest ?? 0,
      });
      for (const [index, { segment }] of guest.nics.entries()) {
        const lease = assignments.nics.get(nicId(guest.name, index));
        const addresses = lease === undefined ? [] : [lease.ipv4, ...(lease.ipv6 === undefined ? [] : [lease.ipv6])];
        for (const address of addresses) this.#inner.add(address, this.nics.length);
        this.nics.push({
          guest: guest.name,
          nic: index,
          segment,
          ...(guest.owner === undefined ? {} : { owner: guest.owner }),
          of,
          addresses,
        });
      }
    }
    const owners = new Map<string, string | undefined>(this.guests.map(({ name, owner }) => [name, owner]));
    for (const forward of site?.forwards ?? []) {
      this.forwards.push(forwardId(forward));
      this.#forwardOwners.push(owners.get(forward.to.guest));
      const { first, last } = forward.ports;
      this.#ports.get(forward.protocol === 'tcp' ? tcp : udp)?.fill(this.forwards.length, first, last + 1);
    }
    const { uplink, segments = [] } = site ?? {};
    const own: (IpAddress | undefined)[] = [uplink?.ipv4, uplink?.ipv6, sameAddressGateway as IpAddress];
    for (const { subnet, subnet6 } of segments) own.push(gatewayOf(subnet), subnet6 && gateway6Of(subnet6));
    for (const address of [...own, ...hostAddresses]) if (address !== undefined) this.#host.add(address, 0);
  }

  /** NIC that has the address at an end of the session, as inner address. */
  nicAt(records: SessionRecords, index: number, end: number): number {
    return this.#inner.find(records, index, end);
  }

  /** Whether a forward leads to a guest of an owner. */
  leadsTo(owner: string, forward: number): boolean {
    return this.#forwardOwners[forward] === owner;
  }

  isOf(owner: string, nic: number): boolean {
    return this.nics[nic]?.owner === owner;
  }

  segmentOf(nic: number): string | undefined {
    return this.nics[nic]?.segment;
  }

  nicOfShare(shareId: number | undefined): number {
    return shareId === undefined ? -1 : (this.#shares[shareId] as number) - 1;
  }

  isHost(records: SessionRecords, index: number, end: number): boolean {
    return this.#host.find(records, index, end) === 0;
  }

  forwardAt(records: SessionRecords, index: number): number {
    const port = records.port(index, End.originalDestination);
    return (this.#ports.get(records.protocol(index))?.[port] ?? 0) - 1;
  }
}
