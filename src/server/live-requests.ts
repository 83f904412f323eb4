import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Principal, placeOf } from '../access/principal.ts';
import { AppError } from '../errors/app-error.ts';

/** Milliseconds between two looks for proofs that have expired. */
const lookEvery = 5_000;
/** Milliseconds in which an answer that has not begun may still be given: it may be the one to the revocation itself. */
const lastWords = 1_000;
/** Connections of one owner, token, certificate or login: who had all of them would keep everybody else out. */
const mostOfOne = 512;

interface Open {
  readonly socket: Socket;
  /** Whether the connection itself is worth nothing without the proof. */
  readonly bound: boolean;
  response: ServerResponse;
  until: number;
}

/**
 * Connections on which somebody has shown a proof, so that they can be cut when it counts no more: at once when it is
 * revoked, within seconds when it expires. Every request is checked anyway; this is for answers that go on and on, such
 * as the stream of events.
 */
export class LiveRequests {
  readonly #byProof = new Map<string, Map<Socket, Open>>();
  readonly #byPlace = new Map<string, Set<Socket>>();
  readonly #now: () => number;
  readonly #every: number;
  #timer: NodeJS.Timeout | undefined;

  /** `every`: milliseconds between two looks for what has expired. */
  constructor(now: () => number, every = lookEvery) {
    this.#now = now;
    this.#every = every;
  }

  /**
   * `socket`: where the request came from. A response that waits for the one before it has none yet (pipelining). Throws
   * `too-many-requests` for one connection too many.
   */
  enter(principal: Principal, response: ServerResponse, socket: Socket): void {
    const { id, proof, until = Number.POSITIVE_INFINITY } = principal;
    if (id === undefined) return;
    this.#take(placeOf(principal), socket);
    const all = this.#byProof.get(id) ?? new Map<Socket, Open>();
    const known = all.get(socket);
    if (known !== undefined) {
      known.response = response;
      known.until = until;
      return;
    }
    all.set(socket, { socket, response, until, bound: proof === 'certificate' });
    this.#byProof.set(id, all);
    socket.once('close', () => {
      all.delete(socket);
      if (all.size === 0 && this.#byProof.get(id) === all) this.#byProof.delete(id);
    });
    this.#timer ??= setInterval(() => this.#look(), this.#every).unref();
  }

  #take(place: string | undefined, socket: Socket): void {
    if (place === undefined) return;
    const all = this.#byPlace.get(place) ?? new Set<Socket>();
    if (all.has(socket)) return;
    if (all.size >= mostOfOne)
      throw new AppError('too-many-requests', `You have ${mostOfOne} connections already; use one of them.`);
    this.#byPlace.set(place, all.add(socket));
    socket.once('close', () => {
      all.delete(socket);
      if (all.size === 0) this.#byPlace.delete(place);
    });
  }

  /** Ends every answer that is given to whoever showed this proof. */
  cut(id: string): void {
    for (const { response, socket, bound } of this.#byProof.get(id)?.values() ?? []) {
      if (response.writableFinished) {
        // A connection that is idle may belong to somebody else by now: what it asks next is checked.
        if (bound) socket.destroy();
      } else if (response.headersSent) socket.destroy();
      else {
        const end = (): unknown => response.writableFinished || socket.destroy();
        setTimeout(end, lastWords).unref();
      }
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    const now = this.#now();
    for (const [id, all] of this.#byProof) if ([...all.values()].some(({ until }) => now >= until)) this.cut(id);
  }
}
