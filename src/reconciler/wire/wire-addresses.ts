import type { WireAnswer, WireQuestion } from '../../drivers/driver.ts';
import { AppError } from '../../errors/app-error.ts';
import { type Ipv4Address, type Ipv6Address, ipv4FromInteger } from '../../model/ip-address.ts';
import { macFromInteger } from '../../model/mac-address.ts';
import type { Site } from '../../model/site.ts';
import type { AddressSource, DrawWish } from '../../registry/leases/address-source.ts';
import type { Lease, SegmentSpace } from '../../registry/leases/leases.ts';
import type { PoolSpace } from '../../registry/pools/pool-space.ts';
import type { SeenEntry } from '../../registry/seen/seen.ts';

/** What looking for addresses on the wire needs. */
export interface Lookout {
  /** Takes in what the host shows; what was seen is not drawn from then on. */
  look(unlessChanged: boolean): Promise<void>;
  ask(questions: readonly WireQuestion[]): Promise<readonly WireAnswer[]>;
  /** What was seen without a lease, with an IP address, in a segment. */
  withIp(segment: string): readonly SeenEntry[];
}

/** Addresses that are drawn anew for those that somebody uses, at most so often. */
const attempts = 8;

/**
 * An address source that looks before it gives: no IP address that was seen with somebody on the wire, and in segments
 * with `probe: true` none that somebody answers for. MAC addresses that were seen the source itself does not draw.
 * What a site names is not looked for: naming it says whose it is.
 */
export class WireAddresses implements AddressSource {
  readonly #source: AddressSource;
  readonly #lookout: Lookout;
  /** Bridge by segment, of segments where one asks. */
  readonly #probed: ReadonlyMap<string, string>;
  /** IPv6 addresses that are named or come back, `segment ip`: nobody asks about these. */
  readonly #known: Set<string>;
  /** By `segment ip`: who answered; undefined for silence. */
  readonly #asked = new Map<string, WireAnswer | undefined>();

  /** `probe`: ask in every segment, whatever the site says. */
  constructor(source: AddressSource, lookout: Lookout, site: Site | undefined, probe = false) {
    this.#source = source;
    this.#lookout = lookout;
    const segments = (site?.segments ?? []).filter((segment) => probe || segment.probe);
    this.#probed = new Map(segments.map(({ name, bridge }) => [name, bridge]));
    const nics = (site?.guests ?? []).flatMap((guest) => guest.nics);
    this.#known = new Set(nics.flatMap(({ segment, ip6 }) => (ip6 === undefined ? [] : [`${segment} ${ip6}`])));
  }

  /** Whether there is something to look for in a segment: one asks there, or somebody was seen with an IP address. */
  looksAt(segment: string): boolean {
    return this.#probed.has(segment) || this.#lookout.withIp(segment).length > 0;
  }

  async latest(nics: Parameters<AddressSource['latest']>[0]): ReturnType<AddressSource['latest']> {
    const latest = await this.#source.latest(nics);
    for (const { segment, ipv6 } of latest.values()) if (ipv6 !== undefined) this.#known.add(`${segment} ${ipv6}`);
    return latest;
  }

  /** An IPv6 address that somebody on the wire uses is barred as if it were leased. */
  async barring(keys: readonly string[], now: number): ReturnType<AddressSource['barring']> {
    const barring = await this.#source.barring(keys, now);
    const open = keys.filter(
      (key) => key.includes(' ') && key.includes(':') && !barring.has(key) && !this.#known.has(key),
    );
    if (open.length === 0) return barring;
    await this.#lookout.look(true);
    const bars = new Map(barring);
    const toAsk: string[] = [];
    for (const key of open) {
      const [segment = '', address = ''] = key.split(' ');
      const entry = this.#lookout.withIp(segment).find(({ ip }) => ip === address);
      if (entry !== undefined) bars.set(key, strangerOf(entry.mac, segment, placeOf(entry), entry.firstAt));
      else if (this.#probed.has(segment)) toAsk.push(key);
    }
    await this.#ask(toAsk);
    for (const key of toAsk) {
      const answer = this.#asked.get(key);
      if (answer === undefined) continue;
      const { mac, device, at } = answer.sighting;
      bars.set(key, strangerOf(mac, key.split(' ')[0] as string, `port "${device}"`, at));
    }
    return bars;
  }

  async drawMacs(pool: PoolSpace, wishes: readonly DrawWish[], now: number): Promise<number[]> {
    await this.#lookout.look(true);
    const macs = await this.#source.drawMacs(pool, wishes, now);
    try {
      let open = wishes.flatMap(({ segment }, n) => (segment !== undefined && this.#probed.has(segment) ? [n] : []));
      for (let attempt = 0; open.length > 0; attempt++) {
        const answered = await this.#whoHas(open, wishes, macs);
        if (answered.size === 0) return macs;
        open = [...answered.keys()];
        if (attempt === attempts) throw everybodyAnswers(`pool "${pool.name}" (${pool.text})`, [...answered.values()]);
        this.#source.giveBack(open.map((n) => macs[n] as number));
        const others = await this.#source.drawMacs(
          pool,
          open.map((n) => wishes[n] as DrawWish),
          now,
        );
        for (const [at, n] of open.entries()) macs[n] = others[at] as number;
      }
      return macs;
    } catch (error) {
      this.#source.giveBack(macs);
      throw error;
    }
  }

  giveBack(macs: readonly number[]): void {
    this.#source.giveBack(macs);
  }

  async drawIpv4(segment: SegmentSpace, count: number, title: string, now: number): Promise<number[]> {
    await this.#lookout.look(true);
    const seen = new Set(this.#lookout.withIp(segment.name).map(({ ip }) => ip));
    const isTaken = (value: number): boolean => {
      const ip = ipv4FromInteger(value);
      return seen.has(ip) || this.#asked.get(`${segment.name} ${ip}`) !== undefined;
    };
    // The source gives the lowest ones every time, so as many more are asked for as somebody uses.
    for (let taken = 0, attempt = 0; ; attempt++) {
      const values = await this.#source.drawIpv4(segment, count + taken, title, now);
      const free = values.filter((value) => !isTaken(value));
      if (this.#probed.has(segment.name)) {
        await this.#ask(free.slice(0, count).map((value) => `${segment.name} ${ipv4FromInteger(value)}`));
      }
      const left = free.filter((value) => !isTaken(value));
      if (left.length >= count) return left.slice(0, count);
      taken = values.length - left.length;
      if (attempt === attempts) {
        const answers = [...this.#asked.values()].filter((answer) => answer !== undefined);
        throw everybodyAnswers(`segment "${segment.name}" (${segment.subnet.text})`, answers);
      }
    }
  }

  /** Which of the drawn MAC addresses somebody has, by their place. */
  async #whoHas(
    open: readonly number[],
    wishes: readonly DrawWish[],
    macs: readonly number[],
  ): Promise<Map<number, WireAnswer>> {
    const questions = new Map<WireQuestion, number>();
    for (const n of open) {
      const bridge = this.#probed.get(wishes[n]?.segment ?? '');
      if (bridge !== undefined) questions.set({ bridge, mac: macFromInteger(macs[n] as number) }, n);
    }
    const answers = await this.#lookout.ask([...questions.keys()]);
    return new Map(answers.map((answer) => [questions.get(answer.question) as number, answer]));
  }

  /** Asks about IP addresses, `segment ip`, that were not asked about before. */
  async #ask(keys: readonly string[]): Promise<void> {
    const questions = new Map<WireQuestion, string>();
    for (const key of keys) {
      if (this.#asked.has(key)) continue;
      const [segment = '', ip = ''] = key.split(' ');
      const bridge = this.#probed.get(segment) as string;
      questions.set(ip.includes(':') ? { bridge, ipv6: ip as Ipv6Address } : { bridge, ipv4: ip as Ipv4Address }, key);
    }
    if (questions.size === 0) return;
    for (const key of questions.values()) this.#asked.set(key, undefined);
    for (const answer of await this.#lookout.ask([...questions.keys()])) {
      this.#asked.set(questions.get(answer.question) as string, answer);
    }
  }
}

const placeOf = ({ device, host }: SeenEntry): string => `"${device}" of host "${host}"`;

/** Who is on the wire without a lease, as whoever reads leases understands it. */
function strangerOf(mac: number | string, segment: string, place: string, since: number): Lease {
  const text = typeof mac === 'number' ? macFromInteger(mac) : mac;
  return { id: 0, mac: text, state: 'active', segment, source: 'request', since, comment: `seen at ${place}` };
}

function everybodyAnswers(where: string, answers: readonly WireAnswer[]): AppError {
  const [first] = answers;
  const { mac, device } = first?.sighting ?? {};
  return new AppError(
    'conflict',
    `no address of ${where} could be found that nobody uses: ${attempts} times somebody answered for what was drawn, last "${mac}" at port "${device}"; expected a segment in which nobody answers for all of it`,
    { details: { mac, device } },
  );
}
