import type { EventSubject, Observation } from '../model/event.ts';

/** Characters that are kept: what observers say is bounded, so that memory and journal are. */
const longest = { text: 2000, part: 500, name: 200 };

/** Guests choose some of it, such as names in what they send: no control characters, no line ends, no halves of characters. */
function cut(text: string, most: number): string {
  const line = text.length > most ? `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…` : text;
  return line.replace(/\p{Cc}+/gu, ' ').toWellFormed();
}

function boundSubject(subject: EventSubject): EventSubject {
  const entries = Object.entries(subject).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [name, cut(String(value), longest.name)]));
}

const time = (at: number | undefined, otherwise: number): number =>
  at !== undefined && Number.isFinite(at) && at >= 0 ? Math.round(at) : otherwise;

/** An observation without anything that is too long or no time: nothing that an observer says makes the stream fail. */
export function boundObservation(observation: Observation, now: number): Observation & { last: number; count: number } {
  const { kind, severity, subject, detail, text, seen, expected, done, lasts, who, from } = observation;
  const at = time(observation.at, now);
  const count = observation.count ?? 1;
  return {
    kind,
    severity,
    subject: boundSubject(subject),
    ...(detail === undefined ? {} : { detail: cut(detail, longest.name) }),
    text: cut(text, longest.text),
    ...(seen === undefined ? {} : { seen: cut(seen, longest.part) }),
    ...(expected === undefined ? {} : { expected: cut(expected, longest.part) }),
    ...(done === undefined ? {} : { done: cut(done, longest.part) }),
    at,
    last: Math.max(at, time(observation.last, at)),
    count: Number.isFinite(count) && count >= 0 ? Math.round(count) : 1,
    ...(lasts === undefined ? {} : { lasts }),
    ...(who === undefined ? {} : { who: cut(who, longest.name) }),
    ...(from === undefined ? {} : { from: cut(from, longest.name) }),
  };
}
