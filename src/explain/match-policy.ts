import type { DesiredState, PolicyBox } from '../model/desired-state.ts';
import { type IpAddress, ipToInteger } from '../model/ip-address.ts';

const toNumber = (address: string): number | bigint => ipToInteger(address as IpAddress);

interface Range {
  readonly first: number | bigint;
  readonly last: number | bigint;
}

/** Bounds of a box as numbers. */
export function boxRange([first, last]: readonly [string, string]): Range {
  return { first: toNumber(first), last: toNumber(last) };
}

/** Whether a range of addresses holds one of the same family. */
export function holds({ first, last }: Range, address: IpAddress): boolean {
  const value = toNumber(address);
  return first <= value && value <= last;
}

/** A packet as policies see it: after the destination was translated, before the source is. */
interface PolicyPacket {
  readonly family: 4 | 6;
  readonly source: string;
  readonly destination: string;
  /** IP protocol number. */
  readonly protocol: number;
  /** 0 for protocols without ports. */
  readonly port: number;
}

function inBox(box: PolicyBox, packet: PolicyPacket): boolean {
  return (
    box.family === packet.family &&
    box.protocol[0] <= packet.protocol &&
    packet.protocol <= box.protocol[1] &&
    box.ports[0] <= packet.port &&
    packet.port <= box.ports[1] &&
    holds(boxRange(box.source), packet.source as IpAddress) &&
    holds(boxRange(box.destination), packet.destination as IpAddress)
  );
}

/** The box that decides: that of the first layer that holds the packet; undefined when no policy speaks of it. */
export function matchPolicy(
  desired: Pick<DesiredState, 'policies'>,
  place: keyof DesiredState['policies'],
  packet: PolicyPacket,
): PolicyBox | undefined {
  for (const layer of desired.policies[place]) {
    const found = layer.find((box) => inBox(box, packet));
    if (found) return found;
  }
  return undefined;
}
