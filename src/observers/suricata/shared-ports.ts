import type { DesiredState } from '../../model/desired-state.ts';
import type { PortRange } from '../../model/port-range.ts';

interface Span extends PortRange {
  readonly guest: string;
}

/** Guests by port of the shared address; ranges of one row do not overlap. */
class PortRow {
  readonly #spans: readonly Span[];

  constructor(spans: readonly Span[]) {
    this.#spans = [...spans].sort((a, b) => a.first - b.first);
  }

  guestAt(port: number): string | undefined {
    let [low, high] = [0, this.#spans.length - 1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      const { first, last, guest } = this.#spans[middle] as Span;
      if (port < first) high = middle - 1;
      else if (port > last) low = middle + 1;
      else return guest;
    }
    return undefined;
  }
}

interface Rows {
  readonly of: DesiredState;
  readonly forwards: { readonly tcp: PortRow; readonly udp: PortRow };
  /** Port blocks, and ports of same-address guests. */
  readonly own: PortRow;
}

function rowsOf(desired: DesiredState): Rows {
  const forwards = [...desired.forwards.values()];
  const row = (protocol: 'tcp' | 'udp'): PortRow =>
    new PortRow(forwards.filter((one) => one.protocol === protocol).map(({ ports, guest }) => ({ ...ports, guest })));
  const spans = (guest: string, ranges: readonly PortRange[]): Span[] =>
    ranges.map(({ first, last }) => ({ first, last, guest }));
  const own = [...desired.blocks.values()].flatMap(({ guest, ports, more = [], closing = [] }) =>
    spans(guest, [ports, ...more, ...closing]),
  );
  for (const { guest, ports } of desired.sameAddress.values()) own.push(...spans(guest, ports));
  return { of: desired, forwards: { tcp: row('tcp'), udp: row('udp') }, own: new PortRow(own) };
}

/**
 * Answers whose a port of the shared address is now: by a forward, by the ports of a same-address guest, by a port
 * block. From memory, so that each of many alerts may ask.
 */
export function createSharedPorts(desired: () => DesiredState | null) {
  let rows: Rows | undefined;
  return (protocol: 'tcp' | 'udp', port: number): string | undefined => {
    const now = desired();
    if (now === null) return undefined;
    if (rows?.of !== now) rows = rowsOf(now);
    return rows.forwards[protocol].guestAt(port) ?? rows.own.guestAt(port);
  };
}
