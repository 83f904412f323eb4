import type { SessionRecords } from '../../model/session-record.ts';
import type { SessionMatch } from './session-log.ts';

/** First and last moment at which a session was open. An unknown begin is `unknownStart`, an open session ends never. */
function openFrom(records: SessionRecords, index: number, unknownStart: number): number {
  const start = records.start(index);
  const end = records.end(index);
  return start === 0 ? Math.min(unknownStart, end || unknownStart) : end === 0 ? start : Math.min(start, end);
}

function openUntil(records: SessionRecords, index: number): number {
  const end = records.end(index);
  return end === 0 ? Number.POSITIVE_INFINITY : Math.max(records.start(index), end);
}

function endIs(
  records: SessionRecords,
  index: number,
  end: number,
  address: Uint8Array | undefined,
  port: number | undefined,
): boolean {
  if (port !== undefined && records.port(index, end) !== port) return false;
  if (address === undefined) return true;
  const own = records.address(index, end);
  if (own.length !== address.length) return false;
  for (let i = 0; i < own.length; i++) if (own[i] !== address[i]) return false;
  return true;
}

/** Protocol, addresses and ports of a record are what is looked for; its times are not looked at. */
export function tupleMatches(records: SessionRecords, index: number, match: SessionMatch): boolean {
  if (match.protocol !== undefined && records.protocol(index) !== match.protocol) return false;
  if (match.address === undefined && match.port === undefined && match.peer === undefined) return true;
  for (let end = 0; end < 4; end++) {
    if (!endIs(records, index, end, match.address, match.port)) continue;
    if (match.peer === undefined) return true;
    for (let other = 0; other < 4; other++) {
      if (other !== end && endIs(records, index, other, match.peer.address, match.peer.port)) return true;
    }
  }
  return false;
}

/** `unknownStart` stands for a begin that is not known. */
export function sessionMatches(
  records: SessionRecords,
  index: number,
  match: SessionMatch,
  unknownStart: number,
): boolean {
  const { port } = match;
  if (port !== undefined) {
    // First what tells most apart: a journal holds a hundred thousand sessions.
    const { u16 } = records;
    const at = index * 64 + 6;
    if (u16[at] !== port && u16[at + 1] !== port && u16[at + 2] !== port && u16[at + 3] !== port) return false;
  }
  return (
    openFrom(records, index, unknownStart) <= match.to &&
    openUntil(records, index) >= match.from &&
    tupleMatches(records, index, match)
  );
}
