import { setImmediate } from 'node:timers/promises';
import { SessionFlag, type SessionRecords } from '../../model/session-record.ts';
import { BlockContent, findHints, renderHeader, spanOf } from './block-header.ts';
import { packBlock } from './pack-block.ts';
import { sortBatch } from './sort-batch.ts';

/**
 * Sessions of one block, by class of duration: fewer cost more bytes each, more cost more time to find one in. Long ones
 * are few and open at many moments: small blocks cost little there and save most.
 */
const sessionsOfBlock = [16_384, 4096, 2048] as const;

/** Of most TCP sessions two minutes are TIME_WAIT. */
const short = 300_000;
const medium = 3_600_000;

/**
 * Class of duration, 0 to 2. Each has blocks of its own: so the earliest begin and the latest end of a block say much
 * about when its sessions were open, and a question for a moment needs few blocks.
 */
export function durationClass(records: SessionRecords, index: number): number {
  const start = records.start(index);
  const duration = (records.f64[index * 16 + 4] as number) - start;
  if (start === 0 || records.flags(index) & SessionFlag.stillOpen || Math.abs(duration) > medium) return 2;
  return Math.abs(duration) <= short ? 0 : 1;
}

/** Sessions that are gathered before they are packed, by class: long ones are few. */
export const sessionsOfBatch = [131_072, 32_768, 16_384] as const;

export interface BatchName {
  readonly day: number;
  readonly durations: number;
  readonly number: number;
}

/**
 * The blocks of a batch, one after the other as they stand in the file of their day. Lets the event loop breathe
 * between blocks.
 */
export async function packBatch(records: SessionRecords, name: BatchName): Promise<Uint8Array[]> {
  const batch = sortBatch(records);
  const blocks = Math.ceil(records.length / (sessionsOfBlock[name.durations] ?? sessionsOfBlock[2]));
  const parts: Uint8Array[] = [];
  for (let block = 0; block < blocks; block++) {
    await setImmediate();
    const from = Math.floor((records.length * block) / blocks);
    const rows = batch.order.subarray(from, Math.floor((records.length * (block + 1)) / blocks));
    const payload = packBlock(batch, rows, name.day);
    const header = renderHeader(
      {
        content: BlockContent.sessions,
        durations: name.durations,
        count: rows.length,
        ...spanOf(batch, rows, name.day),
        batch: name.number,
        following: blocks - 1 - block,
        hints: findHints(batch, rows),
      },
      payload,
    );
    parts.push(header, payload);
  }
  return parts;
}
