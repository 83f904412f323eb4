import { type IpAddress, parseIp } from '../../model/ip-address.ts';
import { type MacAddress, parseMacAddress } from '../../model/mac-address.ts';

/** One side of what an alert is about; what Suricata did not say, or what cannot be, is absent. */
export interface IdsEnd {
  readonly address?: IpAddress;
  readonly port?: number;
  readonly mac?: MacAddress;
}

/** An alert of Suricata, of which nothing is text that could do harm. */
export interface IdsAlert {
  /** Milliseconds since the epoch; absent when Suricata said nothing that can be read. */
  readonly at?: number;
  /** `sid:2010935`; `sid:3:19187` of another generator than 1. */
  readonly sid: string;
  readonly signature: string;
  readonly category?: string;
  /** 1 is the worst; 3 when it says none. */
  readonly priority: number;
  /** `tcp`, `udp`, `icmp`, … */
  readonly protocol?: string;
  readonly source: IdsEnd;
  readonly destination: IdsEnd;
  /** Who attacks, where the rule says which side that is (`target:`). */
  readonly attacker?: 'source' | 'destination';
  /** Suricata dropped it itself. */
  readonly blocked: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};

/**
 * Text of a sensor, which takes it from packets or from rules of strangers: on one line, without controls, marks that
 * turn the reading direction or broken pairs of surrogates, and cut.
 */
function harmless(value: unknown, longest: number): string | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value
    // Before the slow part: a field may be as long as the line.
    .slice(0, longest * 2)
    .replace(/[\p{C}\p{Zl}\p{Zp}\ufffd]+/gu, '?')
    .trim();
  if (text === '') return undefined;
  const characters = [...text];
  return characters.length > longest ? `${characters.slice(0, longest).join('')}…` : text;
}

const whole = (value: unknown, most: number): number | undefined =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most ? value : undefined;

function readable<T>(parse: (text: string) => T, value: unknown): T | undefined {
  if (typeof value !== 'string' || value.length > 64) return undefined;
  try {
    return parse(value);
  } catch {
    return undefined;
  }
}

/** Suricata writes `2026-09-21T14:13:40.090000+0000`, with the offset of its own time zone. */
function timeOf(value: unknown): number | undefined {
  if (typeof value !== 'string' || value.length > 40) return undefined;
  const time = Date.parse(value.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  return Number.isNaN(time) ? undefined : time;
}

/** With `ethernet: yes`: one pair for an alert of a packet, lists for one of a flow. */
function macOf(one: unknown, several: unknown): MacAddress | undefined {
  return readable(parseMacAddress, one ?? (Array.isArray(several) ? several[0] : undefined));
}

function endOf(address: unknown, port: unknown, mac: MacAddress | undefined): IdsEnd {
  const ip = readable(parseIp, address);
  const number = whole(port, 65_535);
  return {
    ...(ip === undefined ? {} : { address: ip }),
    ...(number === undefined ? {} : { port: number }),
    ...(mac === undefined ? {} : { mac }),
  };
}

/** Where the rule has `target:`, EVE names both parties by address. */
function attackerOf(alert: Fields, source: IdsEnd, destination: IdsEnd): IdsAlert['attacker'] {
  const address = readable(parseIp, fieldsOf(alert.source).ip);
  if (address === undefined || source.address === destination.address) return undefined;
  if (address === source.address) return 'source';
  return address === destination.address ? 'destination' : undefined;
}

/**
 * Reads one line of EVE JSON. Undefined for what is no alert, or cannot be read: other events of the same file, half
 * lines, rubbish. See docs.suricata.io, "Eve JSON Format"; what it says is not trusted in any way.
 */
export function readAlert(line: Buffer): IdsAlert | undefined {
  // Most of a busy EVE file is flows, DNS and HTTP: not worth parsing.
  if (!line.includes('"alert"')) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(line.toString('utf8'));
  } catch {
    return undefined;
  }
  const event = fieldsOf(parsed);
  const alert = fieldsOf(event.alert);
  const id = whole(alert.signature_id, 0xffffffff);
  if (event.event_type !== 'alert' || id === undefined) return undefined;
  const generator = whole(alert.gid, 0xffffffff) ?? 1;
  const ether = fieldsOf(event.ether);
  const source = endOf(event.src_ip, event.src_port, macOf(ether.src_mac, ether.src_macs));
  const destination = endOf(event.dest_ip, event.dest_port, macOf(ether.dest_mac, ether.dest_macs));
  const at = timeOf(event.timestamp);
  const category = harmless(alert.category, 80);
  const protocol = harmless(event.proto, 20)?.toLowerCase();
  const attacker = attackerOf(alert, source, destination);
  return {
    ...(at === undefined ? {} : { at }),
    sid: generator === 1 ? `sid:${id}` : `sid:${generator}:${id}`,
    signature: harmless(alert.signature, 160) ?? 'a rule without a name',
    ...(category === undefined ? {} : { category }),
    priority: whole(alert.severity, 255) ?? 3,
    ...(protocol === undefined ? {} : { protocol }),
    source,
    destination,
    ...(attacker === undefined ? {} : { attacker }),
    blocked: alert.action === 'blocked',
  };
}
