import type { FastifyRequest } from 'fastify';
import { networkOf } from '../access/logins/attempts.ts';
import { type BucketSize, TokenBuckets } from '../access/logins/token-buckets.ts';
import { AppError } from '../errors/app-error.ts';
import type { App } from './app.ts';
import { shownBy } from './authenticate.ts';

/**
 * Requests in a short time: at once, and one more each so many milliseconds. Wide enough for every page and script that
 * does its work; who comes through the unix socket is not held up, since he could do worse.
 */
const limits = {
  /** Of one network, whoever asks: also for what is refused. */
  network: { capacity: 4_000, every: 1 / 2 },
  /** Of one certificate or token. */
  machine: { capacity: 2_000, every: 1 },
  /** Of one login, and of a tenant. */
  person: { capacity: 600, every: 10 },
} satisfies Record<string, BucketSize>;

function take(buckets: TokenBuckets, key: string): void {
  const wait = buckets.take(key);
  if (wait === 0) return;
  const seconds = Math.max(1, Math.ceil(wait / 1000));
  throw new AppError(
    'too-many-requests',
    `These are too many requests; the next one is answered in ${seconds} seconds.`,
    {
      details: { retryAfter: seconds },
    },
  );
}

export interface RequestLimits {
  /** Before anybody is known. */
  byNetwork(request: FastifyRequest): void;
  /** Once somebody is known. */
  byPrincipal(request: FastifyRequest): void;
}

/** Counts requests in memory, bounded. `now` is monotonic milliseconds. Both throw `too-many-requests`. */
export function createRequestLimits(now: () => number): RequestLimits {
  const networks = new TokenBuckets(limits.network, now);
  const machines = new TokenBuckets(limits.machine, now);
  const people = new TokenBuckets(limits.person, now);
  return {
    byNetwork: (request) => {
      const { from, peer } = shownBy(request);
      if (peer === undefined) take(networks, networkOf(from));
    },
    byPrincipal: ({ asker }) => {
      if (asker === undefined || asker.proof === 'socket') return;
      const { proof, owner, id, name } = asker;
      take(
        proof === 'login' || owner !== undefined ? people : machines,
        owner === undefined ? (id ?? name) : `owner ${owner}`,
      );
    },
  };
}

/** Runs `check` for every request; where it is added says what is known by then. */
export function addRequestLimit(app: App, check: (request: FastifyRequest) => void): void {
  app.addHook('onRequest', (request, _reply, done) => {
    try {
      check(request);
      done();
    } catch (error) {
      done(error as Error);
    }
  });
}
