import type { DesiredForward } from '../../../model/desired-state.ts';
import type { IpAddress } from '../../../model/ip-address.ts';
import { End, type SessionRecords } from '../../../model/session-record.ts';
import { type AddressKey, keyOfEnd, keyOfIp } from './address-key.ts';

const everyPort = 65_536;
const protocols = { tcp: 6, udp: 17 } as const;

/** Where published ports lead, looked up by number however many there are. */
export class PublishedPorts {
  /** By protocol: index + 1 into `#forwards`, 0 where nobody is asked about the port, -1 where it leads nowhere. */
  readonly #ports = new Map<number, Int32Array>();
  readonly #forwards: DesiredForward[] = [];
  readonly #targets: { readonly to4: AddressKey; readonly to6: AddressKey | undefined }[] = [];
  readonly #keys = new Map<IpAddress, AddressKey>();
  readonly #unlisted: number;

  /** With `all`, a port of which nothing was said leads nowhere. */
  constructor(all: boolean) {
    this.#unlisted = all ? -1 : 0;
  }

  /** The ports of a forward that is no more. */
  close(forward: DesiredForward): void {
    this.#table(protocols[forward.protocol]).fill(-1, forward.ports.first, forward.ports.last + 1);
  }

  open(forward: DesiredForward): void {
    this.#forwards.push(forward);
    this.#targets.push({ to4: this.#keyOf(forward.to4), to6: forward.to6 && this.#keyOf(forward.to6) });
    const { first, last } = forward.ports;
    this.#table(protocols[forward.protocol]).fill(this.#forwards.length, first, last + 1);
  }

  /**
   * Of a session that was led from a published port to a guest: `same` when the port leads there now, `other` when it
   * leads elsewhere or nowhere, undefined when nobody was asked about that port.
   */
  leads(records: SessionRecords, index: number): 'same' | 'other' | undefined {
    const port = records.port(index, End.originalDestination);
    const found = this.#ports.get(records.protocol(index))?.[port] ?? this.#unlisted;
    if (found === 0) return undefined;
    const forward = this.#forwards[found - 1];
    const target = this.#targets[found - 1];
    if (forward === undefined || target === undefined) return 'other';
    const to = records.family(index) === 4 ? target.to4 : target.to6;
    const toPort = forward.toFirst + port - forward.ports.first;
    const same = to === keyOfEnd(records, index, End.replySource) && toPort === records.port(index, End.replySource);
    return same ? 'same' : 'other';
  }

  /** Thousands of forwards lead to a few guests. */
  #keyOf(address: IpAddress): AddressKey {
    const known = this.#keys.get(address);
    if (known !== undefined) return known;
    const key = keyOfIp(address);
    this.#keys.set(address, key);
    return key;
  }

  #table(protocol: number): Int32Array {
    const known = this.#ports.get(protocol);
    if (known) return known;
    const table = new Int32Array(everyPort);
    if (this.#unlisted !== 0) table.fill(this.#unlisted);
    this.#ports.set(protocol, table);
    return table;
  }
}
