import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FastifyRequest } from 'fastify';
import type { Principal } from '../../src/access/principal.ts';
import { isAppError } from '../../src/errors/app-error.ts';
import { createRequestLimits } from '../../src/server/limit-requests.ts';

const from = '192.0.2.1';
const login = (id: string, owner?: string): Principal => ({
  name: id,
  role: 'viewer',
  proof: 'login',
  id,
  from,
  ...(owner === undefined ? {} : { owner }),
});

test('one login has 600 requests at once and 100 a second, a tenant has them together, the socket is not counted', () => {
  let now = 0;
  const limits = createRequestLimits(() => now);
  const through = (asker: Principal, count: number): number => {
    let answered = 0;
    for (let n = 0; n < count; n++)
      try {
        limits.byPrincipal({ asker } as FastifyRequest);
        answered++;
      } catch (error) {
        assert.ok(isAppError(error) && error.code === 'too-many-requests' && error.details.retryAfter === 1);
      }
    return answered;
  };
  assert.equal(through(login('a'), 1000), 600);
  assert.equal(through(login('b'), 10), 10);
  now += 1000;
  assert.equal(through(login('a'), 1000), 100);
  assert.equal(through(login('c', 'team-a'), 400) + through(login('d', 'team-a'), 400), 600);
  assert.equal(through({ ...login('t', 'team-b'), proof: 'token' }, 1000), 600);
  assert.equal(through({ ...login('m'), proof: 'token' }, 5000), 2000);
  assert.equal(through({ name: 'root', role: 'admin', proof: 'socket', from: 'unix socket' }, 50_000), 50_000);
});
