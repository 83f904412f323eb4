import { bytesOfIp, type IpAddress, isIpv4 } from '../../model/ip-address.ts';
import type { PacketFilter } from '../../system/packet-tap.ts';

type Instruction = PacketFilter[number];

// linux/bpf_common.h: ld, ldb and ldh at a fixed place; jeq; ret.
const loadWord = 0x20;
const loadHalf = 0x28;
const loadByte = 0x30;
const jumpEqual = 0x15;
const giveBack = 0x06;

/** Octets that are handed out of a frame: neighbour advertisements with all their options fit. */
const snapLength = 256;
/** Places in an Ethernet frame. */
const arpSender = 28;
const ipv6Next = 20;
const icmpv6Type = 54;
const ndTarget = 62;

/**
 * Classic BPF that lets through ARP packets whose sender says to have one of the addresses (answers, questions and
 * announcements alike), and neighbour advertisements about one. Whatever else is on the wire, the kernel keeps.
 */
export function claimFilter(addresses: readonly IpAddress[]): PacketFilter {
  const program: Instruction[] = [];
  // Jumps are at most 255 far and go forward: each part returns by itself instead.
  const refuse: Instruction = [giveBack, 0, 0, 0];
  const accept: Instruction = [giveBack, 0, 0, snapLength];
  const arp: Instruction[] = [[loadWord, 0, 0, arpSender]];
  const advertisement: Instruction[] = [
    [loadByte, 0, 0, ipv6Next],
    [jumpEqual, 1, 0, 58],
    refuse,
    [loadByte, 0, 0, icmpv6Type],
    [jumpEqual, 1, 0, 136],
    refuse,
  ];
  for (const address of addresses) {
    const bytes = bytesOfIp(address);
    const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (isIpv4(address)) arp.push([jumpEqual, 0, 1, words.getUint32(0)], accept);
    else {
      for (let word = 0; word < 4; word++) {
        // Behind the last of them stands `accept`; whoever differs goes on behind that.
        const left = 3 - word;
        advertisement.push(
          [loadWord, 0, 0, ndTarget + word * 4],
          [jumpEqual, 0, left * 2 + 1, words.getUint32(word * 4)],
        );
      }
      advertisement.push(accept);
    }
  }
  arp.push(refuse);
  advertisement.push(refuse);
  program.push([loadHalf, 0, 0, 12], [jumpEqual, 0, arp.length, 0x0806], ...arp);
  program.push([loadHalf, 0, 0, 12], [jumpEqual, 1, 0, 0x86dd], refuse, ...advertisement);
  return program;
}
