import { End, type SessionFilter, type SessionRecords } from '../../model/session-record.ts';
import { addressFamily, type MessageWriter } from '../netlink/netlink-message.ts';
import { Cta, Tuple, TupleIp, TupleProtocol } from './attributes.ts';

/** CTA_FILTER_F_CTA_* of the kernel's net/netfilter/nf_internals.h, as CTA_FILTER_ORIG_FLAGS (1) and _REPLY_FLAGS (2) take them. */
const FilterFlag = { source: 1 << 0, destination: 1 << 1, protocol: 1 << 3 } as const;

/** The family that the filter asks for, by itself or by its addresses; undefined is both. */
export function familyOf(filter: SessionFilter): 4 | 6 | undefined {
  if (filter.family) return filter.family;
  const { originalSource, originalDestination, replySource, replyDestination } = filter;
  const address = originalSource ?? originalDestination ?? replySource ?? replyDestination;
  return address && (address.length === 4 ? 4 : 6);
}

/**
 * Adds to a request for the table what the kernel can look for by itself (CTA_FILTER, Linux 5.8). What it cannot is
 * looked for in `fits`: addresses of IPv6 are compared the wrong way round in the kernels that we know (up to 6.18 the
 * entries that have the address are left out), and a protocol without a family is refused.
 */
export function writeFilter(message: MessageWriter, filter: SessionFilter): void {
  if (filter.mark) {
    message.u32(Cta.mark, filter.mark.value);
    message.u32(Cta.markMask, filter.mark.mask);
  }
  const family = familyOf(filter);
  if (family === undefined) return;
  const tuple = (type: number, source?: Uint8Array, destination?: Uint8Array, protocol?: number): number => {
    const from = family === 4 ? source : undefined;
    const to = family === 4 ? destination : undefined;
    const flags =
      (from ? FilterFlag.source : 0) | (to ? FilterFlag.destination : 0) | (protocol ? FilterFlag.protocol : 0);
    if (flags === 0) return 0;
    message.nest(type, () => {
      if (from || to) {
        message.nest(Tuple.ip, () => {
          if (from) message.data(TupleIp.source4, from);
          if (to) message.data(TupleIp.destination4, to);
        });
      }
      if (protocol) message.nest(Tuple.protocol, () => message.u8(TupleProtocol.number, protocol));
    });
    return flags;
  };
  const original = tuple(Cta.tupleOriginal, filter.originalSource, filter.originalDestination, filter.protocol);
  const reply = tuple(Cta.tupleReply, filter.replySource, filter.replyDestination);
  if (original === 0 && reply === 0) return;
  message.nest(Cta.filter, () => {
    if (original !== 0) message.hostU32(1, original);
    if (reply !== 0) message.hostU32(2, reply);
  });
}

/** For `struct nfgenmsg`. */
export const familyNumber = (family: 4 | 6 | undefined): number => (family === undefined ? 0 : addressFamily[family]);

function hasAddress(records: SessionRecords, index: number, end: number, wanted: Uint8Array | undefined): boolean {
  if (wanted === undefined) return true;
  const at = index * 128 + 64 + end * 16;
  for (let i = 0; i < wanted.length; i++) if (records.bytes[at + i] !== wanted[i]) return false;
  return true;
}

/** Whether a record is one that the filter asks for; the kernel's own answer is not relied on. */
export function fits(
  records: SessionRecords,
  index: number,
  filter: SessionFilter,
  family: 4 | 6 | undefined,
): boolean {
  return (
    (family === undefined || records.family(index) === family) &&
    (filter.protocol === undefined || records.protocol(index) === filter.protocol) &&
    (filter.mark === undefined || (records.mark(index) & filter.mark.mask) >>> 0 === filter.mark.value >>> 0) &&
    hasAddress(records, index, End.originalSource, filter.originalSource) &&
    hasAddress(records, index, End.originalDestination, filter.originalDestination) &&
    hasAddress(records, index, End.replySource, filter.replySource) &&
    hasAddress(records, index, End.replyDestination, filter.replyDestination)
  );
}
