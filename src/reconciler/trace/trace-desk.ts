import type { Driver } from '../../drivers/driver.ts';
import { AppError, isAppError } from '../../errors/app-error.ts';
import { bytesOfIp } from '../../model/ip-address.ts';
import { renderIpEndpoint } from '../../model/ip-endpoint.ts';
import { protocolName } from '../../model/protocols.ts';
import type { Site } from '../../model/site.ts';
import type { Recorder, RecorderStatus } from '../../observers/recorder/recorder.ts';
import type { SessionReader } from '../../observers/session-log/session-log.ts';
import type { HeldBetween, Holders } from '../../registry/holders/holders.ts';
import type { Clock } from '../../system/clock.ts';
import { HostPortReader, type HostPorts } from '../host-ports.ts';
import { notesOf, verdictOf } from './conclude.ts';
import type { TraceAnswer, TracedParty, TracedSession, TraceQuestion, TraceResult, Traces } from './contract.ts';
import { findClaims } from './find-claims.ts';
import { findParties, type Party } from './find-parties.ts';
import { type Evidence, gatherGuests } from './gather-guests.ts';
import { knowAddress } from './known-addresses.ts';
import { coverageOf, type Gap } from './log-coverage.ts';
import { openSessions, sessionsOf } from './open-sessions.ts';
import { type Asked, readQuestion } from './read-question.ts';
import { renderSentence } from './render-answer.ts';
import { type SeenSession, sideOf, withoutRepeats } from './seen-session.ts';

/** Sessions that an answer shows, and those that it is found from: of one question, and of one of many. */
const ofOne = { shown: 100, looked: 2000 } as const;
const ofMany = { shown: 5, looked: 100 } as const;
/** Questions that are answered from one look at the registry. */
const lookQuestions = 500;

interface TraceParts {
  readonly holders: Holders;
  readonly driver: Pick<Driver, 'sessions'>;
  /** Absent: no log is kept. */
  readonly sessionReader?: SessionReader;
  readonly recorder?: Pick<Recorder, 'flush' | 'status'>;
  readonly clock: Clock;
  site(): Site | undefined;
}

/** What answers of one call have in common. */
interface Look {
  readonly held: HeldBetween;
  readonly recorder: RecorderStatus | undefined;
  readonly gaps: readonly Gap[];
  readonly host: HostPorts;
  readonly most: typeof ofOne | typeof ofMany;
  /** Whether the kernel is asked for sessions that the log does not know. */
  readonly live: boolean;
}

type Recorded = Awaited<ReturnType<SessionReader['find']>>;

interface Found {
  readonly seen: SeenSession;
  readonly side: 'from' | 'to';
  readonly parties: { readonly from: Party; readonly to: Party };
}

export class TraceDesk implements Traces {
  readonly #parts: TraceParts;
  readonly #hostPorts: HostPortReader;

  constructor(parts: TraceParts) {
    this.#parts = parts;
    this.#hostPorts = new HostPortReader(parts.clock);
  }

  async ask(question: TraceQuestion): Promise<TraceAnswer> {
    const asked = readQuestion(question, this.#parts.clock.now());
    const look = await this.#look(asked, ofOne);
    const [recorded] = await this.#recorded([asked], ofOne.looked);
    return this.#answer(asked, recorded, look);
  }

  async askMany(questions: readonly TraceQuestion[]): Promise<TraceResult[]> {
    const now = this.#parts.clock.now();
    const results: TraceResult[] = [];
    const asked: { readonly place: number; readonly asked: Asked }[] = [];
    for (const [place, question] of questions.entries()) {
      const failure = attempt(() => asked.push({ place, asked: readQuestion(question, now) }));
      if (failure !== undefined) results[place] = { failure };
    }
    // In the order of time, each part of the log is read once.
    asked.sort((a, b) => a.asked.from - b.asked.from);
    for (let start = 0; start < asked.length; start += lookQuestions) {
      const some = asked.slice(start, start + lookQuestions);
      const from = Math.min(...some.map((one) => one.asked.from));
      const to = Math.max(...some.map((one) => one.asked.to));
      const look = await this.#look({ from, to }, ofMany);
      const recorded = await this.#recorded(
        some.map((one) => one.asked),
        ofMany.looked,
      );
      for (const [index, one] of some.entries())
        results[one.place] = await this.#attempt(one.asked, recorded[index], look);
    }
    return results;
  }

  async #attempt(asked: Asked, recorded: Recorded | undefined, look: Look): Promise<TraceResult> {
    try {
      return { answer: await this.#answer(asked, recorded, look) };
    } catch (error) {
      if (!isAppError(error)) throw error;
      return { failure: { code: error.code, detail: error.message } };
    }
  }

  async #look({ from, to }: { readonly from: number; readonly to: number }, most: Look['most']): Promise<Look> {
    const { recorder, holders, sessionReader } = this.#parts;
    await recorder?.flush();
    return {
      held: holders.between(from, to),
      recorder: await recorder?.status(),
      gaps: (await sessionReader?.gaps(from, to)) ?? [],
      host: await this.#hostPorts.read(),
      most,
      live: most === ofOne,
    };
  }

  async #answer(asked: Asked, recorded: Recorded | undefined, look: Look): Promise<TraceAnswer> {
    const { held } = look;
    const known = await knowAddress(asked, this.#parts.site(), held);
    const { isShared } = known;
    if (isShared && asked.port === undefined && asked.peer === undefined) {
      throw new AppError(
        'value-invalid',
        `all guests share the address "${asked.address}": its port is needed, or who the peer was; expected "${renderIpEndpoint({ address: asked.address, port: 20089 })}"`,
      );
    }
    const recorder = this.#parts.sessionReader === undefined ? undefined : look.recorder;
    const log = coverageOf(asked, look.gaps, recorder, recorded?.damaged === true);
    const { sessions, cut } = await this.#sessions(asked, recorded, look, {
      isShared,
      incomplete: log.state !== 'kept',
    });
    const around = { held, host: known.host, from: asked.from };
    const found: Found[] = [];
    for (const seen of sessions) {
      const side = sideOf(seen, asked, isShared);
      if (side !== undefined) found.push({ seen, side, parties: await findParties(seen, around) });
    }
    const evidence: Evidence = {
      sessions: found.map(({ seen, side, parties }) => ({ session: seen, party: parties[side] })),
      claims: await findClaims(asked, held, isShared),
    };
    const gathered = await gatherGuests(evidence, asked, held);
    const seen = gathered.filter((guest) => guest.seen);
    // A log that knows everything of that time knows better than who could have been it, where all of it was looked at.
    const meant = (seen.length > 0 && log.state === 'kept' && !cut ? seen : gathered).map(({ guest }) => guest);
    const verdict = verdictOf(meant.length, asked, evidence, { known, ports: look.host });
    const others = gathered.map(({ guest }) => guest).filter((guest) => !meant.includes(guest));
    const finding = { verdict, guests: meant, sessions: found.length, truncated: cut, log, isShared };
    return {
      sentence: renderSentence(asked, finding),
      verdict,
      address: asked.address,
      ...(asked.port === undefined ? {} : { port: asked.port }),
      ...(asked.protocol === undefined ? {} : { protocol: protocolName(asked.protocol) }),
      ...(asked.peer === undefined ? {} : { peer: renderIpEndpoint(asked.peer) }),
      from: asked.from,
      to: asked.to,
      guests: [...meant, ...others],
      sessions: found.slice(0, look.most.shown).map(tracedSession),
      truncated: cut || found.length > look.most.shown,
      log,
      notes: await notesOf(asked, { verdict, others, evidence, known, held, cut }),
    };
  }

  /** What the log has of each question; nothing where no log is kept. */
  async #recorded(asked: readonly Asked[], most: number): Promise<readonly Recorded[]> {
    const matches = asked.map(({ from, to, bytes: address, port, protocol, peer }) => ({
      from,
      to,
      address,
      ...(port === undefined ? {} : { port }),
      ...(protocol === undefined ? {} : { protocol }),
      ...(peer === undefined ? {} : { peer: { ...peer, address: bytesOfIp(peer.address) } }),
    }));
    return (await this.#parts.sessionReader?.findMany(matches, most)) ?? [];
  }

  async #sessions(
    asked: Asked,
    recorded: Recorded | undefined,
    { most, live }: Look,
    { isShared, incomplete }: { readonly isShared: boolean; readonly incomplete: boolean },
  ): Promise<{ sessions: SeenSession[]; cut: boolean }> {
    const sessions = recorded === undefined ? [] : sessionsOf(recorded.sessions);
    const open = live && (incomplete || sessions.some(({ end }) => end === undefined));
    if (open) sessions.push(...(await openSessions(this.#parts.driver, asked, isShared)));
    const distinct = withoutRepeats(sessions);
    return {
      sessions: distinct.slice(0, most.looked),
      cut: recorded?.truncated === true || distinct.length > most.looked,
    };
  }
}

function attempt(work: () => unknown): { code: string; detail: string } | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (!isAppError(error)) throw error;
    return { code: error.code, detail: error.message };
  }
}

const partyOf = ({ kind, guests, inner, public: seen }: Party): TracedParty => ({
  kind,
  guests,
  inner,
  ...(seen === undefined ? {} : { public: seen }),
});

function tracedSession({ seen, side, parties }: Found): TracedSession {
  const { source, protocol, begin, end, endUnknown, counts } = seen;
  return {
    source,
    protocol: protocolName(protocol),
    from: partyOf(parties.from),
    to: partyOf(parties.to),
    asked: side,
    ...(begin === undefined ? {} : { begin }),
    ...(end === undefined ? {} : { end }),
    ...(endUnknown ? { endUnknown } : {}),
    ...(counts && {
      bytesSent: counts.bytes[0],
      bytesReceived: counts.bytes[1],
      packetsSent: counts.packets[0],
      packetsReceived: counts.packets[1],
    }),
  };
}
