import type { DesiredState } from '../../../model/desired-state.ts';
import type { SessionRecords } from '../../../model/session-record.ts';

/** The subnets of segments, to be asked for addresses in packed records. */
export class InnerSubnets {
  readonly #four: readonly { readonly first: number; readonly last: number }[];
  readonly #six: readonly { readonly first: bigint; readonly last: bigint }[];

  constructor(...states: (Pick<DesiredState, 'segments'> | null | undefined)[]) {
    const segments = states.flatMap((state) => [...(state?.segments.values() ?? [])]);
    this.#four = segments.map(({ subnet }) => subnet);
    this.#six = segments.flatMap(({ subnet6 }) => subnet6 ?? []);
  }

  /** Whether an end (`End`) of a session is in one of them. */
  holds(records: SessionRecords, index: number, end: number): boolean {
    const bytes = records.address(index, end);
    if (bytes.length === 4) {
      const value = integer4(bytes);
      return this.#four.some(({ first, last }) => value >= first && value <= last);
    }
    if (this.#six.length === 0) return false;
    const value = integer6(bytes);
    return this.#six.some(({ first, last }) => value >= first && value <= last);
  }

  /** Whether an end has an address of a subnet that a guest may be given: not the gateway's, nor that of all. */
  holdsGuest(records: SessionRecords, index: number, end: number): boolean {
    const bytes = records.address(index, end);
    if (bytes.length === 4) {
      const value = integer4(bytes);
      return this.#four.some(({ first, last }) => value > first + 1 && value < last);
    }
    if (this.#six.length === 0) return false;
    const value = integer6(bytes);
    return this.#six.some(({ first, last }) => value > first + 1n && value <= last);
  }
}

function integer4(bytes: Uint8Array): number {
  return (
    (((bytes[0] as number) << 24) |
      ((bytes[1] as number) << 16) |
      ((bytes[2] as number) << 8) |
      (bytes[3] as number)) >>>
    0
  );
}

function integer6(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return (view.getBigUint64(0) << 64n) | view.getBigUint64(8);
}
