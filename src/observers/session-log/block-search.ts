import type { SessionRecords } from '../../model/session-record.ts';
import { type Hints, mayHold } from './block-header.ts';
import { dayStart } from './day.ts';
import { tupleMatches } from './match.ts';
import type { IndexedBlock } from './segment-index.ts';
import type { SessionMatch } from './session-log.ts';
import type { PackedBlock } from './unpack-block.ts';

/** False only when no session of the block can be what is looked for. */
export function mayMatch(block: IndexedBlock, day: number, match: SessionMatch): boolean {
  if (block.earliest + dayStart(day) > match.to || block.latest + dayStart(day) < match.from) return false;
  return mayHoldEnds(block.hints, match);
}

function mayHoldEnds(hints: Hints, { address, port, peer }: SessionMatch): boolean {
  if (address !== undefined && !mayHold(hints, address, port)) return false;
  return peer === undefined || mayHold(hints, peer.address, peer.port);
}

/** Records that were open at some moment of the time that is looked at. */
function openThen(block: PackedBlock, day: number, { from, to }: SessionMatch): Uint32Array {
  const starts = block.starts();
  const durations = block.durations();
  const unknownStart = dayStart(day);
  const rows = new Uint32Array(block.count);
  let length = 0;
  for (let i = 0; i < starts.length; i++) {
    const start = starts[i] as number;
    const end = start + (durations[i] as number);
    const first = start === 0 ? Math.min(unknownStart, end) : Math.min(start, end);
    if (first <= to && Math.max(start, end) >= from) rows[length++] = i;
  }
  return rows.subarray(0, length);
}

/** Adds the sessions of a block that match. Reads no more columns than it takes. */
export function searchBlock(block: PackedBlock, day: number, match: SessionMatch, into: SessionRecords): void {
  const { protocol, port } = match;
  const ports = new Uint16Array(4);
  for (const i of openThen(block, day, match)) {
    if (protocol !== undefined && block.kind(i).protocol !== protocol) continue;
    if (port !== undefined) {
      block.ports(i, ports, 0);
      if (ports[0] !== port && ports[1] !== port && ports[2] !== port && ports[3] !== port) continue;
    }
    const at = into.push();
    block.identify(i, into, at);
    if (tupleMatches(into, at, match)) block.fillCounts(i, into, at);
    else into.length--;
  }
}
