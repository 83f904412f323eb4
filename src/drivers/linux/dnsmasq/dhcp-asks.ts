import { type MacAddress, macFromInteger } from '../../../model/mac-address.ts';

/** RFC 2131, RFC 2132. */
const cookie = 0x63825363;
const optionsAt = 240;
const option = { pad: 0, messageType: 53, end: 255 } as const;
const discover = 1;
const request = 3;

/** Milliseconds that somebody asks without an answer before it is told; those that clients wait are 1 to 16 s at first. */
const patience = 10_000;
/** Milliseconds after which who is silent has given up. Clients ask again after about a minute at the latest. */
const forgetAfter = 150_000;
const most = 4_096;

/** MAC address of whoever asks for an address in this message; undefined for other messages, and for what is none. */
export function readAsker(message: Buffer): MacAddress | undefined {
  if (message.length < optionsAt || message[0] !== 1 || message[2] !== 6) return undefined;
  if (message.readUInt32BE(optionsAt - 4) !== cookie) return undefined;
  for (let at = optionsAt; at + 1 < message.length; ) {
    const code = message[at] as number;
    if (code === option.end) return undefined;
    if (code === option.pad) at++;
    else if (code === option.messageType) {
      const type = message[at + 2];
      return type === discover || type === request ? macFromInteger(message.readUIntBE(28, 6)) : undefined;
    } else at += 2 + (message[at + 1] as number);
  }
  return undefined;
}

export interface Ask {
  readonly since: number;
  last: number;
  count: number;
  why?: string;
}

/** Who asks by DHCP and has no answer yet. */
export class DhcpAsks {
  readonly #asks = new Map<MacAddress, Ask>();

  asked(mac: MacAddress, now: number): void {
    const ask = this.#asks.get(mac);
    if (ask !== undefined) {
      ask.last = now;
      ask.count++;
    } else if (this.#asks.size < most) this.#asks.set(mac, { since: now, last: now, count: 1 });
  }

  /** The service said why it gives nothing. */
  refused(mac: MacAddress, why: string): void {
    const ask = this.#asks.get(mac);
    if (ask !== undefined) ask.why = why;
  }

  answered(mac: MacAddress): void {
    this.#asks.delete(mac);
  }

  /** Those that have asked for long enough, and still do. */
  waiting(now: number): [MacAddress, Ask][] {
    for (const [mac, { last }] of this.#asks) if (now - last > forgetAfter || last > now) this.#asks.delete(mac);
    return [...this.#asks].filter(([, { since, last, count }]) => count >= 3 && last - since >= patience);
  }
}
