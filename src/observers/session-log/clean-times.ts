import { SessionFlag, type SessionRecords } from '../../model/session-record.ts';

/** The year 9999: names of files have four digits for it. */
const latestMoment = 253_402_300_799_999;

const isMoment = (time: number): boolean => time > 0 && time < latestMoment;

/** A begin that no clock tells is one that is not known; others are in whole ms. */
export function cleanBegin(records: SessionRecords, index: number): void {
  const start = records.start(index);
  if (start === 0) return;
  const known = isMoment(start);
  records.f64[index * 16 + 3] = known ? Math.round(start) : 0;
  if (!known) records.u32[index * 32 + 5] = records.flags(index) | SessionFlag.beginUnknown;
}

/** The same for a session that ended: an end that is not known is `now`, counts that are none are 0. */
export function cleanEnd(records: SessionRecords, index: number, now: number): void {
  cleanBegin(records, index);
  const end = records.end(index);
  const known = isMoment(end);
  const flags = records.flags(index) & ~SessionFlag.open;
  records.u32[index * 32 + 5] = known ? flags : flags | SessionFlag.endUnknown;
  records.f64[index * 16 + 4] = Math.round(known ? end : now);
  for (let count = index * 16 + 5; count < index * 16 + 7; count++) {
    const octets = records.f64[count] as number;
    records.f64[count] = octets >= 0 && octets < 2 ** 53 ? Math.floor(octets) : 0;
  }
}
