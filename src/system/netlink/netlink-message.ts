/** Of this machine; netlink headers are in it, attributes of conntrack are in network order. */
export const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** linux/netlink.h, linux/netfilter/nfnetlink.h */
export const NETLINK_NETFILTER = 12;
export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;
export const NLM_F_REQUEST = 0x01;
export const NLM_F_ACK = 0x04;
export const NLM_F_DUMP = 0x300;
export const NLM_F_DUMP_INTR = 0x10;
const NLA_F_NESTED = 0x8000;
const NFNL_SUBSYS_CTNETLINK = 1;
/** `struct nlmsghdr` and `struct nfgenmsg`. */
export const headerSize = 20;

/** Messages of conntrack (enum cntl_msg_types), as they stand in a header. */
export const ConntrackMessage = {
  new: NFNL_SUBSYS_CTNETLINK << 8,
  get: (NFNL_SUBSYS_CTNETLINK << 8) | 1,
  delete: (NFNL_SUBSYS_CTNETLINK << 8) | 2,
  statistics: (NFNL_SUBSYS_CTNETLINK << 8) | 5,
} as const;

/** Address families as they stand in `struct nfgenmsg`. */
export const addressFamily = { 4: 2, 6: 10 } as const;

/** Writes one netlink message of conntrack. */
export class MessageWriter {
  readonly bytes = new Uint8Array(512);
  readonly #view = new DataView(this.bytes.buffer);
  length = 0;

  /** `family` 0 is every one. */
  begin(type: number, flags: number, sequence: number, family: number): this {
    this.#view.setUint16(4, type, littleEndian);
    this.#view.setUint16(6, NLM_F_REQUEST | flags, littleEndian);
    this.#view.setUint32(8, sequence, littleEndian);
    this.#view.setUint32(12, 0, littleEndian);
    this.#view.setUint32(16, 0);
    this.bytes[16] = family;
    this.length = headerSize;
    return this;
  }

  u8(type: number, value: number): void {
    this.#view.setUint8(this.#attribute(type, 1), value);
  }

  u16(type: number, value: number): void {
    this.#view.setUint16(this.#attribute(type, 2), value);
  }

  u32(type: number, value: number): void {
    this.#view.setUint32(this.#attribute(type, 4), value);
  }

  /** The few numbers that are in the byte order of this machine. */
  hostU32(type: number, value: number): void {
    this.#view.setUint32(this.#attribute(type, 4), value, littleEndian);
  }

  data(type: number, value: Uint8Array): void {
    this.bytes.set(value, this.#attribute(type, value.length));
  }

  nest(type: number, fill: () => void): void {
    const at = this.length;
    this.#attribute(type | NLA_F_NESTED, 0);
    fill();
    this.#view.setUint16(at, this.length - at, littleEndian);
  }

  /** Sets the length in the header. */
  end(): this {
    this.#view.setUint32(0, this.length, littleEndian);
    return this;
  }

  #attribute(type: number, size: number): number {
    const at = this.length;
    this.#view.setUint16(at, 4 + size, littleEndian);
    this.#view.setUint16(at + 2, type, littleEndian);
    this.length = at + 4 + ((size + 3) & ~3);
    this.bytes.fill(0, at + 4, this.length);
    return at + 4;
  }
}
