import { recordSize, SessionFlag, type SessionRecords, tcpStateShift } from '../../src/model/session-record.ts';
import { Random, Zipf } from './random.ts';

/**
 * A realistic mix of sessions behind one shared address: 100 guests of very different activity (Zipf 0.8), each with a
 * block of 512 public ports. Sessions come independently of each other: in life those of one guest come in bunches,
 * which would be smaller packed. Everything that a program or a kernel draws at random is random here: source ports,
 * public ports within the block, identifiers, addresses of scanners. Times are in whole ms and hold what conntrack
 * adds: UDP ends 30 s after its last packet, 120 s when it is a stream, TCP after 120 s of TIME_WAIT.
 */
export const mixText = `| share | sessions | ends |
|---|---|---|
| 36 % | DNS over UDP to 4 resolvers, 1 in 16 asked twice; 25 % over IPv6 | 30 s after the answer |
| 25 % | HTTPS, short: 8 to some hundred packets; 30 % over IPv6; 15 % reset | 120 s TIME_WAIT, or 10 s |
| 4 % | HTTPS, long: median 10 minutes, up to a day, up to gigabytes | the same |
| 8 % | QUIC, 30 % over IPv6 | 120 s after the last packet |
| 3 % | HTTP | 120 s |
| 9 % | inbound to 14 forwards: half of the clients seen once, half by Zipf of 30,000 | 120 s, or 10 s |
| 5 % | scans of forwards by addresses seen once: SYN, some with an answer and no third packet | 60 to 120 s |
| 2 % | guests' SYNs that nobody answers | 120 s |
| 2 % | pings | 30 s |
| 2.5 % | NTP to 40 servers, half from port 123 | 30 s |
| 2.5 % | IoT: MQTT for hours, UDP every minute | 300 s, or days |
| 0.5 % | hairpin: a guest to the shared address, to a guest | 120 s |
| 0.5 % | SSH and SMTP | 120 s |`;

export const sharedAddress = Uint8Array.of(203, 0, 113, 10);
const guestCount = 100;
const blockSize = 512;
const firstPort = 1024;
const published = [443, 80, 22, 25, 993, 8443, 51_820, 8080, 3389, 5432, 25_565, 1194, 2222, 8883];
const { seenReply, assured, sourceTranslated, destinationTranslated } = SessionFlag;
const state = (number: number): number => number << tcpStateShift;
const finished = seenReply | assured | state(7);
const reset = seenReply | assured | state(8);
const tcp = 6;
const udp = 17;

interface Guest {
  readonly ipv4: Uint8Array;
  readonly ipv6: Uint8Array;
  readonly ports: number;
  /** Where its system takes source ports from: Linux, or what RFC 6335 calls dynamic. */
  readonly sources: readonly [number, number];
  /** Peers that it talks to most. */
  readonly favourites: readonly number[];
}

interface Forward {
  readonly protocol: number;
  readonly port: number;
  readonly inner: number;
  readonly guest: Guest;
}

/** Four ends of a session, and its family. */
interface Ends {
  readonly addresses: readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  readonly ports: readonly [number, number, number, number];
  readonly flags: number;
}

interface Course {
  readonly protocol: number;
  readonly flags: number;
  readonly duration: number;
  readonly packets: readonly [number, number];
  readonly octets: readonly [number, number];
}

export class SessionMix {
  readonly #random: Random;
  readonly #guests: Guest[] = [];
  readonly #forwards: Forward[] = [];
  readonly #peers4: Uint8Array[] = [];
  readonly #peers6: Uint8Array[] = [];
  readonly #clients: Uint8Array[] = [];
  readonly #resolvers: [Uint8Array, Uint8Array][] = [];
  readonly #activity = new Zipf(guestCount, 0.8);
  readonly #popularity = new Zipf(20_000, 0.9);
  readonly #regulars = new Zipf(30_000, 0.7);

  constructor(seed: number) {
    const random = new Random(seed);
    this.#random = random;
    for (let i = 0; i < 20_000; i++) {
      this.#peers4.push(this.#address4());
      this.#peers6.push(this.#address6(random.below(3000)));
    }
    for (let i = 0; i < 30_000; i++) this.#clients.push(this.#address4());
    for (let i = 0; i < 4; i++) this.#resolvers.push([this.#address4(), this.#address6(i)]);
    for (let i = 0; i < guestCount; i++) {
      this.#guests.push({
        ipv4: Uint8Array.of(10, 0, i >> 6, 10 + i),
        ipv6: Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 1, 0, i, ...this.#bytes(8)),
        ports: firstPort + i * blockSize,
        sources: random.chance(0.3) ? [49_152, 65_535] : [32_768, 60_999],
        favourites: Array.from({ length: 48 }, () => this.#popularity.draw(random)),
      });
    }
    for (const [i, port] of published.entries()) {
      const guest = this.#guests[(i * 7) % guestCount] as Guest;
      const protocol = port === 51_820 || port === 1194 ? udp : tcp;
      this.#forwards.push({ protocol, port, inner: i % 3 === 0 ? port : 8000 + i, guest });
    }
  }

  #bytes = (count: number): number[] => Array.from({ length: count }, () => this.#random.below(256));
  #address4(): Uint8Array {
    return Uint8Array.of(this.#random.between(1, 223), ...this.#bytes(3));
  }
  /** A server's: most are numbered by hand, few at random (RFC 7707, section 4.1.1 has measured shares). */
  #address6(network: number): Uint8Array {
    const random = this.#random;
    const kind = random.unit();
    const prefix = [0x2a, network >> 8, network & 255, random.below(16), random.below(4), 0, 0, random.below(256)];
    if (kind < 0.6) return Uint8Array.of(...prefix, 0, 0, 0, 0, 0, 0, ...this.#bytes(2));
    return Uint8Array.of(...prefix, ...(kind < 0.85 ? [0, 0, 0, 0, ...this.#bytes(4)] : this.#bytes(8)));
  }

  #guest = (): Guest => this.#guests[this.#activity.draw(this.#random)] as Guest;
  #source = (guest: Guest): number => this.#random.between(...guest.sources);

  /** A port of the guest's block; forwards' ports are kept clear of. */
  #outer(guest: Guest): number {
    for (;;) {
      const port = guest.ports + this.#random.below(blockSize);
      if (!published.includes(port)) return port;
    }
  }

  #peer(guest: Guest, ipv6: boolean): Uint8Array {
    const random = this.#random;
    const kind = random.unit();
    if (kind < 0.06) return ipv6 ? this.#address6(random.below(3000)) : this.#address4();
    const favourites = guest.favourites;
    const number =
      kind < 0.5
        ? (favourites[Math.floor(random.unit() ** 2 * favourites.length)] as number)
        : this.#popularity.draw(random);
    return (ipv6 ? this.#peers6 : this.#peers4)[number] as Uint8Array;
  }

  /** A guest's own session, translated but over IPv6. */
  #outward(guest: Guest, peer: Uint8Array, port: number, source = this.#source(guest)): Ends {
    if (peer.length === 16) {
      return { addresses: [guest.ipv6, peer, peer, guest.ipv6], ports: [source, port, port, source], flags: 0 };
    }
    const outer = this.#outer(guest);
    return {
      addresses: [guest.ipv4, peer, peer, sharedAddress],
      ports: [source, port, port, outer],
      flags: sourceTranslated,
    };
  }

  #inward(forward: Forward, client: Uint8Array): Ends {
    const source = this.#random.chance(0.8) ? this.#random.between(32_768, 60_999) : this.#random.between(1024, 65_535);
    return {
      addresses: [client, sharedAddress, forward.guest.ipv4, client],
      ports: [source, forward.port, forward.inner, source],
      flags: destinationTranslated,
    };
  }

  /** TCP that carried this much: packets follow from it, acknowledgements among them. */
  #stream(up: number, down: number, seconds: number): Course {
    const random = this.#random;
    const full = random.chance(0.7) ? 1400 : 1440;
    const dataUp = Math.ceil(up / full) + random.between(0, 3);
    const dataDown = Math.ceil(down / full) + random.between(0, 3);
    const packetsUp = 4 + dataUp + Math.floor(dataDown / random.between(1, 3)) + random.below(3);
    const packetsDown = 3 + dataDown + Math.floor(dataUp / 2) + random.below(3);
    const wasReset = random.chance(0.15);
    return {
      protocol: tcp,
      flags: wasReset ? reset : finished,
      // Timers of the kernel go by jiffies of 4 ms.
      duration: Math.round(seconds * 1000) + (wasReset ? 10_000 : 120_000) + random.below(4),
      packets: [packetsUp, packetsDown],
      octets: [up + packetsUp * 52 + 8, down + packetsDown * 52 + 8],
    };
  }

  #web(long: boolean): Course {
    const random = this.#random;
    if (!long) {
      const up = Math.round(random.around(1900, 0.7)) + 300;
      const down = Math.round(random.around(7000, 1.4)) + 2600;
      return this.#stream(up, down, random.around(4, 1.5));
    }
    const down = Math.min(4e9, random.around(400_000, 2.5));
    const up = Math.max(2000, down * random.around(0.05, 1.2));
    return this.#stream(Math.round(up), Math.round(down), Math.min(86_000, random.around(600, 1.4)));
  }

  #datagrams(
    packets: readonly [number, number],
    octets: readonly [number, number],
    ms: number,
    timeout: number,
  ): Course {
    const flags = packets[1] > 0 ? seenReply | (timeout > 30_000 ? assured : 0) : 0;
    return { protocol: udp, flags, duration: Math.round(ms) + timeout + this.#random.below(4), packets, octets };
  }

  #dns(): Course {
    const random = this.#random;
    const times = random.chance(1 / 16) ? 2 : 1;
    const question = 28 + 12 + 5 + 11 + random.between(8, 24) + (random.chance(0.3) ? random.between(8, 30) : 0);
    const answer = question + Math.round(random.around(70, 0.8));
    const ms = random.around(12, 0.9) + (times - 1) * 5;
    return this.#datagrams([times, times], [question * times, answer * times], ms, 30_000);
  }

  #quic(): Course {
    const random = this.#random;
    const down = Math.round(random.around(20_000, 1.8)) + 4000;
    const up = Math.round(random.around(4000, 0.8)) + 2400;
    const packets: [number, number] = [8 + Math.ceil(up / 900) + (down >> 12), 8 + Math.ceil(down / 1200)];
    return this.#datagrams(
      packets,
      [up + packets[0] * 28, down + packets[1] * 28],
      random.around(20_000, 1.2),
      120_000,
    );
  }

  /** SYNs of 60 or 44 bytes, answered or not. */
  #knock(answered: boolean): Course {
    const random = this.#random;
    const size = random.chance(0.6) ? 60 : random.chance(0.5) ? 44 : 40;
    const times = random.chance(0.5) ? 1 : random.between(2, 7);
    const wait = times === 1 ? 0 : 1000 * (2 ** (times - 1) - 1) + random.below(40);
    const back = answered ? random.between(1, 6) : 0;
    return {
      protocol: tcp,
      flags: answered ? seenReply | state(2) : state(1),
      duration: Math.min(wait, 63_000) + (answered ? 60_000 : 120_000) + random.below(4),
      packets: [times, back],
      octets: [times * size, back * (size === 40 ? 44 : size)],
    };
  }

  #ping(): Course {
    const times = this.#random.chance(0.5) ? 1 : this.#random.between(2, 10);
    const octets = times * 84;
    const ms = (times - 1) * 1000 + this.#random.around(14, 0.8);
    return { ...this.#datagrams([times, times], [octets, octets], ms, 30_000), protocol: 1 };
  }

  /** Appends one session that begins at `start`. */
  add(records: SessionRecords, start: number): void {
    const random = this.#random;
    const guest = this.#guest();
    const kind = random.unit();
    if (kind < 0.36) {
      const resolver = this.#resolvers[random.chance(0.7) ? 0 : random.below(4)] as [Uint8Array, Uint8Array];
      const ends = this.#outward(guest, resolver[random.chance(0.25) ? 1 : 0], 53, random.between(1024, 65_535));
      this.#write(records, start, ends, this.#dns());
    } else if (kind < 0.65) {
      this.#write(
        records,
        start,
        this.#outward(guest, this.#peer(guest, random.chance(0.3)), 443),
        this.#web(kind > 0.61),
      );
    } else if (kind < 0.73) {
      this.#write(records, start, this.#outward(guest, this.#peer(guest, random.chance(0.3)), 443), this.#quic());
    } else if (kind < 0.76)
      this.#write(records, start, this.#outward(guest, this.#peer(guest, false), 80), this.#web(false));
    else if (kind < 0.85) this.#addInward(records, start);
    else if (kind < 0.9) {
      const forward = this.#forwards[random.below(this.#forwards.length)] as Forward;
      const ends = { ...this.#inward(forward, this.#address4()) };
      this.#write(records, start, ends, this.#knock(random.chance(0.7)));
    } else if (kind < 0.92) {
      const port = random.chance(0.5) ? 443 : random.between(1, 65_535);
      this.#write(records, start, this.#outward(guest, this.#peer(guest, false), port), this.#knock(false));
    } else if (kind < 0.94) this.#addPing(records, start, guest);
    else this.#addRare(records, start, guest, kind);
  }

  #addInward(records: SessionRecords, start: number): void {
    const random = this.#random;
    const forward = this.#forwards[Math.floor(random.unit() ** 2.5 * this.#forwards.length)] as Forward;
    const client = random.chance(0.5) ? this.#address4() : (this.#clients[this.#regulars.draw(random)] as Uint8Array);
    const course = forward.protocol === udp ? this.#quic() : this.#web(random.chance(0.05));
    this.#write(records, start, this.#inward(forward, client), course);
  }

  #addPing(records: SessionRecords, start: number, guest: Guest): void {
    const identifier = this.#random.below(65_536);
    const ends = this.#outward(guest, this.#peer(guest, false), 8 << 8, identifier);
    const ports = [identifier, 8 << 8, 0, ends.ports[3]] as const;
    this.#write(records, start, { ...ends, ports }, this.#ping());
  }

  #addRare(records: SessionRecords, start: number, guest: Guest, kind: number): void {
    const random = this.#random;
    if (kind < 0.965) {
      const server = this.#peers4[random.below(40)] as Uint8Array;
      const ends = this.#outward(guest, server, 123, random.chance(0.5) ? 123 : this.#source(guest));
      this.#write(records, start, ends, this.#datagrams([1, 1], [76, 76], random.around(15, 0.8), 30_000));
    } else if (kind < 0.99) {
      const cloud = this.#peers4[100 + random.below(30)] as Uint8Array;
      if (random.chance(0.3)) {
        const beats = Math.ceil(random.around(120, 1.2));
        const course = this.#stream(beats * random.between(40, 70), beats * 30, beats * 60);
        this.#write(records, start, this.#outward(guest, cloud, 8883), course);
      } else {
        const beats = random.between(1, 30);
        const octets = beats * random.between(60, 180);
        const course = this.#datagrams(
          [beats, beats],
          [octets, beats * 48],
          beats * 60_000 + random.below(300),
          300_000,
        );
        this.#write(records, start, this.#outward(guest, cloud, 5684), course);
      }
    } else if (kind < 0.995) {
      const forward = this.#forwards[0] as Forward;
      const source = this.#source(guest);
      const outer = guest.ports + random.below(blockSize);
      const ends: Ends = {
        addresses: [guest.ipv4, sharedAddress, forward.guest.ipv4, sharedAddress],
        ports: [source, forward.port, forward.inner, outer],
        flags: sourceTranslated | destinationTranslated,
      };
      this.#write(records, start, ends, this.#web(false));
    } else {
      const port = random.chance(0.5) ? 22 : 25;
      this.#write(records, start, this.#outward(guest, this.#peer(guest, false), port), this.#web(random.chance(0.2)));
    }
  }

  #write(records: SessionRecords, start: number, ends: Ends, course: Course): void {
    const at = records.push();
    const ipv6 = ends.addresses[0].length === 16;
    records.u32[at * 32] = this.#random.u32();
    records.bytes[at * recordSize + 4] = ipv6 ? 6 : 4;
    records.bytes[at * recordSize + 5] = course.protocol;
    records.u32[at * 32 + 5] = course.flags | ends.flags;
    records.f64[at * 16 + 3] = Math.round(start);
    records.f64[at * 16 + 4] = Math.round(start) + course.duration;
    records.f64[at * 16 + 5] = course.octets[0];
    records.f64[at * 16 + 6] = course.octets[1];
    records.u32[at * 32 + 14] = course.packets[0];
    records.u32[at * 32 + 15] = course.packets[1];
    for (let end = 0; end < 4; end++) {
      records.u16[at * 64 + 6 + end] = ends.ports[end] as number;
      records.bytes.set(ends.addresses[end] as Uint8Array, at * recordSize + 64 + end * 16);
    }
  }
}
