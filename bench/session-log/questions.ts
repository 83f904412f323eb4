import { End, type SessionRecords } from '../../src/model/session-record.ts';
import { dayStart } from '../../src/observers/session-log/day.ts';
import type { SessionMatch, SessionReader } from '../../src/observers/session-log/session-log.ts';
import { sharedAddress } from './mix.ts';
import type { Random } from './random.ts';

/** What an abuse desk asks: who had this port of the shared address at that moment. */
export interface Question {
  readonly day: number;
  readonly match: SessionMatch;
  /** Begin of the session that must be among the answers. */
  readonly begin: number;
}

const isShared = (address: Uint8Array): boolean =>
  address.length === 4 && address.every((byte, i) => byte === sharedAddress[i]);

/** A question that one of the samples of `filled` answers, asked of `day`, which holds the same sessions. */
export function makeQuestion(samples: SessionRecords, random: Random, filled: number, day: number): Question {
  for (;;) {
    const i = random.below(samples.length);
    const outward = isShared(samples.address(i, End.replyDestination));
    const end = outward ? End.replyDestination : End.originalDestination;
    const shift = dayStart(day) - dayStart(filled);
    const begin = samples.start(i) + shift;
    const from = Math.max(begin, dayStart(day));
    const until = Math.min(samples.end(i) + shift, dayStart(day + 1) - 1);
    if (!isShared(samples.address(i, end)) || until < from) continue;
    const moment = Math.round(from + random.unit() * (until - from));
    const match = { from: moment, to: moment, protocol: samples.protocol(i), address: sharedAddress };
    // Who asks about a forward, which many use at once, is one of its clients.
    const client = { address: samples.address(i, End.originalSource), port: samples.port(i, End.originalSource) };
    const peer = outward ? {} : { peer: { address: client.address.slice(), port: client.port } };
    return { day, match: { ...match, port: samples.port(i, end), ...peer }, begin };
  }
}

/** Milliseconds until the answer; throws when the session that must be in it is not. */
export async function ask(reader: SessionReader, { match, begin }: Question): Promise<number> {
  const start = performance.now();
  const { sessions } = await reader.find(match, 1000);
  const took = performance.now() - start;
  for (let i = 0; i < sessions.length; i++) if (sessions.start(i) === begin) return took;
  throw new Error(`the session that began at ${new Date(begin).toISOString()} was not found among ${sessions.length}`);
}
