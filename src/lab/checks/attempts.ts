import type { ConnectOutcome } from '../agent/connections.ts';
import type { Observation, Scene } from '../scene.ts';

export interface Attempt {
  from: string;
  protocol?: 'tcp' | 'udp';
  address: string;
  port: number;
  localAddress?: string;
  localPort?: number;
}

/** Long enough for a lost first segment to be sent again after a second; short where nothing is to come. */
const ANSWER_LIMIT_MS = 2500;
const SILENCE_MS = 500;

export function attempt(scene: Scene, what: Attempt, timeout: number = ANSWER_LIMIT_MS): Promise<ConnectOutcome> {
  const { from, protocol = 'tcp', ...rest } = what;
  return scene.agent(from).call('connect', { protocol, timeout, ...rest });
}

export function renderOutcome(outcome: ConnectOutcome): string {
  if (outcome.failure !== undefined) return outcome.failure;
  const { name, peer, peerPort } = outcome.greeting;
  return `${name} sees ${peer.includes(':') ? `[${peer}]` : peer}:${peerPort}`;
}

/** Who should answer, and as whom the asker should be seen there. */
export interface Answer {
  by: string;
  /** One of these; anything unless given. */
  as?: readonly string[];
  /** Bounds of the source port that should be seen. */
  ports?: { readonly first: number; readonly last: number };
}

export function answers(outcome: ConnectOutcome, answer: Answer): boolean {
  if (outcome.greeting === undefined) return false;
  const { name, peer, peerPort } = outcome.greeting;
  if (name !== answer.by || (answer.as && !answer.as.includes(peer))) return false;
  return !answer.ports || (peerPort >= answer.ports.first && peerPort <= answer.ports.last);
}

export async function observeAnswer(scene: Scene, what: Attempt, answer: Answer): Promise<Observation> {
  const outcome = await attempt(scene, what);
  return { seen: renderOutcome(outcome), ok: answers(outcome, answer) };
}

/** Nobody may answer: a timeout, or a refusal by something between. An answer by anybody is a failure. */
export async function observeNoAnswer(scene: Scene, what: Attempt): Promise<Observation> {
  const outcome = await attempt(scene, what, SILENCE_MS);
  return { seen: renderOutcome(outcome), ok: outcome.failure !== undefined };
}

/** Several observations as one: all must hold. Shows what did not hold, or the first and how many more did. */
export function allOf(observations: readonly Observation[]): Observation {
  const bad = observations.filter((observation) => !observation.ok);
  const shown = [...new Set((bad.length > 0 ? bad : observations).map((observation) => observation.seen))];
  const more = shown.length > 1 && bad.length === 0 ? ` (and ${shown.length - 1} more)` : '';
  const seen = more ? `${shown[0]}${more}` : shown.join('; ');
  return { seen, ok: bad.length === 0 && observations.length > 0 };
}
