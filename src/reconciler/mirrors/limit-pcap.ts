/** Sizes of a pcap file's header and of the header of each frame in it (libpcap savefile format, pcap-savefile(5)). */
const fileHeader = 24;
const frameHeader = 16;
const capturedLengthAt = 8;

interface PcapLimits {
  /** Bytes per second, headers included. */
  readonly rate: number;
  readonly packets: number;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

interface PcapCount {
  packets: number;
  skipped: number;
}

/**
 * Passes a pcap file on, frame by frame and never a part of one, until `packets` have passed. Frames over the rate are
 * left out and counted; what may come at once is a second's worth. `count` is kept up to date. The byte order is that of
 * this machine, as tcpdump on it writes.
 */
export async function* limitPcap(
  pcap: AsyncIterable<Uint8Array>,
  { rate, packets, now }: PcapLimits,
  count: PcapCount,
): AsyncGenerator<Uint8Array> {
  let rest: Buffer = Buffer.alloc(0);
  let credit = rate;
  let last = now();
  let started = false;
  for await (const part of pcap) {
    rest = rest.length === 0 ? Buffer.from(part) : Buffer.concat([rest, part]);
    const passed: Buffer[] = [];
    if (!started && rest.length >= fileHeader) {
      passed.push(rest.subarray(0, fileHeader));
      rest = rest.subarray(fileHeader);
      started = true;
    }
    const time = now();
    credit = Math.min(rate, credit + ((time - last) / 1000) * rate);
    last = time;
    while (started && rest.length >= frameHeader && count.packets < packets) {
      const size = frameHeader + rest.readUInt32LE(capturedLengthAt);
      if (rest.length < size) break;
      if (credit >= size) {
        credit -= size;
        count.packets++;
        passed.push(rest.subarray(0, size));
      } else count.skipped++;
      rest = rest.subarray(size);
    }
    if (passed.length > 0) yield Buffer.concat(passed);
    if (count.packets >= packets) return;
  }
}
