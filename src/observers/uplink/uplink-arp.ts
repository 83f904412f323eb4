import { networkInterfaces } from 'node:os';
import type { Observer } from '../../events/contract.ts';
import type { IpAddress } from '../../model/ip-address.ts';
import type { MacAddress } from '../../model/mac-address.ts';
import { openPacketTap, type PacketTap } from '../../system/packet-tap.ts';
import type { ObserverParts } from '../observer.ts';
import { Rounds } from '../rounds.ts';
import { readFrame, type SeenFrame } from '../seen-frame.ts';
import { claimFilter } from './claim-filter.ts';
import { readGateways, readNeighbours4 } from './read-gateways.ts';

const lookEvery = 250;
/** Milliseconds between two looks at routes and addresses of the host. */
const refreshEvery = 5_000;
/** Frames in one look: enough for any wire that is well, and a flood costs some milliseconds. */
const mostAtOnce = 2_000;
/** How long nothing of it may come before it is over. */
const quietAfter = 5 * 60_000;
/** A gateway that is heard only from its new MAC address for this long has moved. */
const movedAfter = 10 * 60_000;

/** From where a gateway was heard. */
interface Gateway {
  mac: MacAddress;
  heardAt: number;
  /** Since when another one says to be it. */
  other?: { mac: MacAddress; since: number };
}

/**
 * Watches who claims the addresses of the site's own side of the uplink, by ARP or neighbour advertisement: the shared
 * address is this host's alone, and the gateway does not move from one MAC address to another without being noticed.
 * Suricata's rules cannot look into ARP, so this is the host's own watch. The kernel filters.
 */
export class UplinkArpObserver implements Observer {
  readonly #parts: ObserverParts;
  readonly #rounds: Rounds;
  #tap: PacketTap | undefined;
  /** What the tap was opened for. */
  #watching = '';
  #refreshedAt = Number.NEGATIVE_INFINITY;
  #shared = new Set<IpAddress>();
  #own = new Set<string>();
  /** Where the default routes lead. */
  #leadsTo = new Set<IpAddress>();
  /** Those of them that were heard. */
  readonly #gateways = new Map<IpAddress, Gateway>();

  constructor(parts: ObserverParts) {
    this.#parts = parts;
    this.#rounds = new Rounds({
      every: lookEvery,
      look: () => this.look(),
      failing: 'ARP at the uplink cannot be watched',
      log: parts.log,
    });
  }

  start(): void {
    this.#rounds.start();
  }

  async close(): Promise<void> {
    await this.#rounds.close();
    this.#stop();
  }

  async look(): Promise<void> {
    const now = this.#parts.clock.monotonic();
    if (now - this.#refreshedAt >= refreshEvery) {
      this.#refreshedAt = now;
      await this.#refresh();
    }
    this.#tap?.drain((frame) => this.#hear(readFrame(frame)), mostAtOnce);
  }

  #stop(): void {
    this.#tap?.close();
    this.#tap = undefined;
    this.#watching = '';
  }

  /** The interface may come and go, the gateway may be another one. Throws while it cannot listen. */
  async #refresh(): Promise<void> {
    const uplink = this.#parts.desired()?.uplink;
    if (uplink === undefined || this.#parts.site()?.watch?.uplink === false) {
      this.#stop();
      return;
    }
    this.#shared = new Set<IpAddress>([uplink.ipv4, ...(uplink.ipv6 === undefined ? [] : [uplink.ipv6])]);
    const interfaces = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses);
    this.#own = new Set(interfaces.map(({ mac }) => mac));
    this.#leadsTo = new Set<IpAddress>(await readGateways(uplink.interface));
    for (const known of this.#gateways.keys()) if (!this.#leadsTo.has(known)) this.#gateways.delete(known);
    // What the host reaches the gateway by when this begins is taken for it, as is the first that is heard.
    for (const [address, mac] of await readNeighbours4(uplink.interface))
      if (this.#leadsTo.has(address as IpAddress) && !this.#gateways.has(address as IpAddress))
        this.#gateways.set(address as IpAddress, { mac, heardAt: this.#parts.clock.monotonic() });
    const addresses = [...new Set([...this.#shared, ...this.#leadsTo])];
    const watching = JSON.stringify([uplink.interface, addresses]);
    if (watching === this.#watching) return;
    this.#stop();
    this.#tap = openPacketTap({ device: uplink.interface, filter: claimFilter(addresses) });
    this.#watching = watching;
  }

  #hear(frame: SeenFrame | undefined): void {
    const address = frame?.claims?.address;
    if (frame === undefined || address === undefined) return;
    // An advertisement may leave out its option: then it is at whoever sent it (RFC 4861 section 4.4).
    const mac = frame.claims?.mac ?? frame.source;
    if (this.#shared.has(address)) {
      // What this host sends itself comes back where a switch or a bond mirrors it.
      if (!this.#own.has(mac)) this.#tellShared(frame, mac, address);
    } else if (this.#leadsTo.has(address)) this.#hearGateway(frame, mac, address);
  }

  #tellShared(frame: SeenFrame, mac: MacAddress, address: IpAddress): void {
    this.#publish('shared_address', frame, address, {
      text: `somebody else at the uplink says to have the shared address ${address}: ${mac}`,
      expected: 'nobody but this host (RFC 5227)',
    });
  }

  #hearGateway(frame: SeenFrame, mac: MacAddress, address: IpAddress): void {
    const now = this.#parts.clock.monotonic();
    const known = this.#gateways.get(address);
    if (known === undefined || known.mac === mac) {
      // The first that is heard is taken for the gateway: there is nothing to hold it against.
      this.#gateways.set(address, { ...known, mac, heardAt: now });
      return;
    }
    const since = known.other?.mac === mac ? known.other.since : now;
    if (now - Math.max(since, known.heardAt) >= movedAfter) {
      this.#gateways.set(address, { mac, heardAt: now });
      return;
    }
    known.other = { mac, since };
    this.#publish('gateway', frame, address, {
      text: `the gateway ${address} of the uplink is said to be at ${mac}, and was at ${known.mac}`,
      expected: `${address} at ${known.mac}`,
    });
  }

  #publish(
    detail: string,
    frame: SeenFrame,
    address: IpAddress,
    { text, expected }: { readonly text: string; readonly expected: string },
  ): void {
    const { source, words } = frame;
    // Not about the MAC address: whoever claims may use another one each time.
    this.#parts.events.publish({
      kind: 'conflict',
      severity: 'critical',
      subject: { object: address },
      detail,
      text,
      seen: `${words}, from ${source}`,
      expected,
      at: this.#parts.clock.now(),
      lasts: { quietAfter },
    });
  }
}
