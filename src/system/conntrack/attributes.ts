/** Attributes of conntrack by their numbers in linux/netfilter/nfnetlink_conntrack.h. */
export const Cta = {
  tupleOriginal: 1,
  tupleReply: 2,
  status: 3,
  protocolInfo: 4,
  timeout: 7,
  mark: 8,
  countersOriginal: 9,
  countersReply: 10,
  id: 12,
  zone: 18,
  timestamp: 20,
  markMask: 21,
  filter: 25,
  /** Since Linux 6.14: when the event was, if nf_conntrack_timestamp is on. */
  timestampEvent: 27,
} as const;

/** Inside of a tuple, of its addresses (`CTA_TUPLE_IP`) and of its protocol (`CTA_TUPLE_PROTO`). */
export const Tuple = { ip: 1, protocol: 2, zone: 3 } as const;
export const TupleIp = { source4: 1, destination4: 2, source6: 3, destination6: 4 } as const;
export const TupleProtocol = {
  number: 1,
  sourcePort: 2,
  destinationPort: 3,
  icmpId: 4,
  icmpType: 5,
  icmpCode: 6,
  icmp6Id: 7,
  icmp6Type: 8,
  icmp6Code: 9,
} as const;

export const ProtocolNumber = { icmp: 1, icmp6: 58 } as const;
