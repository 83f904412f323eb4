import { bytesOfIp, parseIp } from '../../../src/model/ip-address.ts';
import { End, recordSize, SessionRecords } from '../../../src/model/session-record.ts';

/** What a test says of one session; addresses as text, the reply as the kernel has it after translation. */
export interface Sample {
  readonly id?: number;
  readonly original: readonly [source: string, destination: string];
  readonly reply: readonly [source: string, destination: string];
  /** In the order of `End`; 0 unless given. */
  readonly ports?: readonly [number, number, number, number];
  readonly mark?: number;
  readonly zone?: number;
  readonly start?: number;
  readonly end?: number;
}

/** Packs sessions as conntrack does. */
export function packSessions(samples: readonly Sample[]): SessionRecords {
  const records = new SessionRecords();
  for (const sample of samples) {
    const index = records.push();
    const addresses = [...sample.original, ...sample.reply].map(parseIp);
    records.u32[index * 32] = sample.id ?? index + 1;
    records.bytes[index * recordSize + 4] = addresses[0]?.includes(':') ? 6 : 4;
    records.bytes[index * recordSize + 5] = 6;
    records.u16[index * 64 + 3] = sample.zone ?? 0;
    records.u32[index * 32 + 2] = sample.mark ?? 0;
    records.f64[index * 16 + 3] = sample.start ?? 0;
    records.f64[index * 16 + 4] = sample.end ?? 0;
    for (const end of Object.values(End)) {
      records.u16[index * 64 + 6 + end] = sample.ports?.[end] ?? 0;
      records.bytes.set(bytesOfIp(addresses[end] as ReturnType<typeof parseIp>), index * recordSize + 64 + end * 16);
    }
  }
  return records;
}
