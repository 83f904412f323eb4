import { littleEndian } from '../netlink/netlink-message.ts';

/** A frame that a rule with `log group …` handed out. */
export interface FrameCopy {
  /** Text after `prefix` in the rule. */
  readonly prefix: string;
  /** Index of the device that it came in by; of a bridge's port, not of the bridge. */
  readonly device: number;
  /** When it came (ms since the epoch, by the kernel); absent where the kernel does not say. */
  readonly at?: number;
  /** From the Ethernet header on, as much of it as the rule gives. */
  readonly frame: Uint8Array;
}

/** Attributes of a packet (linux/netfilter/nfnetlink_log.h). */
const Nfula = {
  timestamp: 3,
  inDevice: 4,
  physicalInDevice: 6,
  payload: 9,
  prefix: 10,
  hardwareHeader: 16,
  vlan: 20,
  link: 21,
} as const;
/** Inside of `vlan`. */
const NfulaVlan = { protocol: 1, tag: 2 } as const;

/** Attributes between two offsets, by type; what is cut off or makes no sense ends it. */
function* attributes(view: DataView, from: number, to: number): Generator<[type: number, at: number, end: number]> {
  for (let at = from; at + 4 <= to; ) {
    const length = view.getUint16(at, littleEndian);
    if (length < 4 || at + length > to) return;
    yield [view.getUint16(at + 2, littleEndian) & 0x3fff, at + 4, at + length];
    at += (length + 3) & ~3;
  }
}

/** The tag of a frame, which the kernel has taken out of it: four octets behind the addresses (IEEE 802.1Q). */
function tagOf(view: DataView, from: number, to: number): Uint8Array {
  const tag = new Uint8Array(4);
  for (const [type, at, end] of attributes(view, from, to)) {
    if (end - at < 2) continue;
    const place = type === NfulaVlan.protocol ? 0 : type === NfulaVlan.tag ? 2 : undefined;
    if (place !== undefined) tag.set([view.getUint8(at), view.getUint8(at + 1)], place);
  }
  return tag;
}

/**
 * Reads the attributes of one NFULNL_MSG_PACKET. The frame is put together as it was on the wire. Undefined for a message
 * without a frame or a device.
 */
export function decodeCopy(view: DataView, from: number, to: number): FrameCopy | undefined {
  const bytes = (at: number, end: number): Uint8Array => new Uint8Array(view.buffer, view.byteOffset + at, end - at);
  let prefix = '';
  let device = 0;
  let port = 0;
  let time: number | undefined;
  let payload = new Uint8Array();
  let header = new Uint8Array();
  let tag = new Uint8Array();
  for (const [type, at, end] of attributes(view, from, to)) {
    const length = end - at;
    if (type === Nfula.prefix) prefix = Buffer.from(bytes(at, end)).toString('latin1').replace(/\0.*$/s, '');
    else if (type === Nfula.inDevice && length >= 4) device = view.getUint32(at);
    else if (type === Nfula.physicalInDevice && length >= 4) port = view.getUint32(at);
    else if (type === Nfula.payload) payload = bytes(at, end).slice();
    // Both hold the Ethernet header; bridges have `link`, and no other with a tag.
    else if (type === Nfula.link || (type === Nfula.hardwareHeader && header.length === 0))
      header = bytes(at, end).slice();
    else if (type === Nfula.vlan) tag = tagOf(view, at, end).slice();
    else if (type === Nfula.timestamp && length >= 16)
      time = Number(view.getBigUint64(at)) * 1000 + Math.floor(Number(view.getBigUint64(at + 8)) / 1000);
  }
  if ((port || device) === 0 || header.length < 14) return undefined;
  return {
    prefix,
    device: port || device,
    ...(time === undefined ? {} : { at: time }),
    frame: Buffer.concat([header.subarray(0, 12), tag, header.subarray(12), payload]),
  };
}
