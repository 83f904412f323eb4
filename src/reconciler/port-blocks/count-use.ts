import type { PortRange } from '../../model/port-range.ts';
import { End, SessionFlag, type SessionRecords } from '../../model/session-record.ts';

/** Index of a protocol's own ports; ICMP's are the identifiers of its queries. */
const spaceOf = (protocol: number): 0 | 1 | 2 => (protocol === 6 ? 0 : protocol === 17 ? 1 : 2);
const ports = 65_536;

/** How many open sessions have each port of the shared address for their source, of each protocol. */
export class PortUse {
  /** Sums: sessions with a port below the index, for each protocol in turn. */
  readonly #below = new Uint32Array(3 * (ports + 1));

  /** `rows` are of sessions such that their answers come to the shared address; of others this tells nothing. */
  constructor(...rows: readonly SessionRecords[]) {
    for (const sessions of rows) this.#add(sessions);
    for (let space = 0; space < 3; space++) {
      const first = space * (ports + 1);
      for (let at = first + 1; at <= first + ports; at++) {
        this.#below[at] = (this.#below[at] as number) + (this.#below[at - 1] as number);
      }
    }
  }

  #add(sessions: SessionRecords): void {
    for (let index = 0; index < sessions.length; index++) {
      // Untranslated are those of the host, and those that a same-address guest (in its zone) begins from such a port itself.
      if ((sessions.flags(index) & SessionFlag.sourceTranslated) === 0 && sessions.zone(index) === 0) continue;
      const space = spaceOf(sessions.protocol(index));
      const at = space * (ports + 1) + sessions.port(index, End.replyDestination) + 1;
      this.#below[at] = (this.#below[at] as number) + 1;
    }
  }

  /** Sessions with a port of one of the ranges, of the protocol that has most. */
  most(ranges: readonly PortRange[]): number {
    return Math.max(...[0, 1, 2].map((space) => ranges.reduce((sum, range) => sum + this.#count(space, range), 0)));
  }

  /** Sessions with a port of the range, of any protocol. */
  all(range: PortRange): number {
    return [0, 1, 2].reduce((sum, space) => sum + this.#count(space, range), 0);
  }

  #count(space: number, { first, last }: PortRange): number {
    const base = space * (ports + 1);
    return (this.#below[base + last + 1] as number) - (this.#below[base + first] as number);
  }
}
