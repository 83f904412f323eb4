import type { DesiredBlock, DesiredSameAddress } from '../../../model/desired-state.ts';
import type { PortRange } from '../../../model/port-range.ts';

const holds = (ranges: readonly PortRange[], port: number): boolean =>
  ranges.some(({ first, last }) => port >= first && port <= last);

/** Ports of the shared address that a guest has now, and those that it had; all others when that is not known. */
export interface HeldPorts {
  readonly now: readonly PortRange[];
  readonly before?: readonly PortRange[];
}

/** Whether the guest has lost a port. */
export function isLost({ now, before }: HeldPorts, port: number): boolean {
  return !holds(now, port) && (before === undefined || holds(before, port));
}

/** Those of a block that new or older sessions may have. */
export function portsOfBlock({ ports, more = [], closing = [] }: DesiredBlock): PortRange[] {
  return [ports, ...more, ...closing];
}

/** Its own ports, and those of its blocks, of which `block` knows more. */
export function portsOfShare(share: DesiredSameAddress, block: DesiredBlock | undefined): PortRange[] {
  const { ports, block: first, moreBlocks = [] } = share;
  return [...ports, first, ...moreBlocks, ...(block?.closing ?? [])];
}

/** Whether everything of `before` is in `now` as well. */
export function nothingLost(before: readonly PortRange[], now: readonly PortRange[]): boolean {
  return before.every((range) => now.some(({ first, last }) => first <= range.first && range.last <= last));
}
