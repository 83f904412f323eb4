import type { PortRange } from './port-range.ts';

export type PortProtocol = 'tcp' | 'udp';

const portSpace = 65_536;

/** Mask of the bits of one word that the ports `first`..`last` occupy; both lie in that word. */
function maskOf(first: number, last: number): number {
  const width = (last & 31) - (first & 31) + 1;
  return width === 32 ? -1 : ((1 << width) - 1) << (first & 31);
}

class ProtocolClaims<Owner> {
  private readonly bits = new Int32Array(portSpace / 32);
  /** Index into `holders` plus one. */
  private readonly held = new Uint32Array(portSpace);
  private readonly holders: Owner[] = [];

  claim({ first, last }: PortRange, owner: Owner): Owner | null {
    const taken = this.nextClaimed(first, last);
    if (taken !== null) return this.ownerAt(taken);
    this.holders.push(owner);
    // Most claims are of one port, and calling fill() costs more than the one store.
    if (first === last) this.held[first] = this.holders.length;
    else this.held.fill(this.holders.length, first, last + 1);
    for (let word = first >> 5; word <= last >> 5; word++)
      this.bits[word] = this.wordAt(word) | maskIn(word, first, last);
    return null;
  }

  ownerAt(port: number): Owner | null {
    const holder = this.held[port];
    return holder ? (this.holders[holder - 1] as Owner) : null;
  }

  wordAt(word: number): number {
    return this.bits[word] as number;
  }

  /** Lowest claimed port in the range. Looks at 32 ports at a time. */
  private nextClaimed(first: number, last: number): number | null {
    for (let word = first >> 5; word <= last >> 5; word++) {
      const taken = this.wordAt(word) & maskIn(word, first, last);
      if (taken !== 0) return word * 32 + lowestBit(taken);
    }
    return null;
  }
}

const maskIn = (word: number, first: number, last: number): number =>
  maskOf(Math.max(first, word * 32), Math.min(last, word * 32 + 31));

const lowestBit = (bits: number): number => 31 - Math.clz32(bits & -bits);

/** Who has which of the 65,536 ports of the shared address, for TCP and for UDP. Claims do not overlap. */
export class PortClaims<Owner> {
  private readonly tcp = new ProtocolClaims<Owner>();
  private readonly udp = new ProtocolClaims<Owner>();

  /** Takes the whole range for `owner`; or takes nothing and answers who has the lowest port of it already. */
  claim(range: PortRange, protocol: PortProtocol, owner: Owner): Owner | null {
    return this[protocol].claim(range, owner);
  }

  ownerAt(port: number, protocol: PortProtocol): Owner | null {
    return this[protocol].ownerAt(port);
  }

  /** Ranges between `from` and `to`, both included, that nobody has for TCP nor for UDP; ascending, as long as can be. */
  freeRanges(from: number, to: number): PortRange[] {
    const ranges: PortRange[] = [];
    let first = -1;
    for (let port = from; port <= to; port++) {
      const word = port >> 5;
      const taken = this.tcp.wordAt(word) | this.udp.wordAt(word);
      const used = (taken >>> (port & 31)) & 1;
      if (used === 0 && first < 0) first = port;
      if (used === 1 && first >= 0) {
        ranges.push({ first, last: port - 1 });
        first = -1;
      }
    }
    if (first >= 0) ranges.push({ first, last: to });
    return ranges;
  }
}
