import assert from 'node:assert/strict';
import { Agent } from 'node:https';
import { after, before, suite, test } from 'node:test';
import Fastify from 'fastify';
import { type AccessRule, policyTable } from '../../../src/access/policy-table.ts';
import { isAtLeast, type Role } from '../../../src/access/principal.ts';
import type { App } from '../../../src/server/app.ts';
import { addAuthentication } from '../../../src/server/authenticate.ts';
import { LiveRequests } from '../../../src/server/live-requests.ts';
import { describeApi } from '../../../src/server/server.ts';
import { ask, startTlsDaemon, type TlsAnswer, type TlsDaemon } from './tls-daemon.ts';

const methods = ['get', 'put', 'post', 'patch', 'delete'] as const;

/** Those that end what the others need, and those that never end. */
const streams = new Set(['GET /v1/events/stream']);
const last = new Set(['POST /v1/destroy']);

/** Names that are nobody's. */
const pathOf = (endpoint: string): string => endpoint.replace(/\{[^}]+\}/g, 'none').replace('*', 'none');

/** What the hook says, and not what a route says for reasons of its own. */
function refusal({ status, text }: TlsAnswer): 'unauthenticated' | 'forbidden' | undefined {
  if (status === 401 && /is not for everybody/.test(text)) return 'unauthenticated';
  if (status === 403 && /(?:needs role|is not for tenants|is not among what this token)/.test(text)) return 'forbidden';
  return undefined;
}

/** The admin comes last: what he may takes away what the others ask for. */
const askers: readonly { title: string; role?: Role; owner?: string }[] = [
  { title: 'nobody' },
  { title: 'a viewer', role: 'viewer' },
  { title: 'a tenant who is viewer', role: 'viewer', owner: 'team-a' },
  { title: 'a tenant who is operator', role: 'operator', owner: 'team-a' },
  { title: 'an operator', role: 'operator' },
  { title: 'an admin', role: 'admin' },
];

/** What the policy table says to an asker. */
function expectedOf({ role, tenant }: AccessRule, asker: (typeof askers)[number]): ReturnType<typeof refusal> {
  if (role === 'anyone') return undefined;
  if (asker.role === undefined) return 'unauthenticated';
  return isAtLeast(asker.role, role) && (asker.owner === undefined || tenant === 'own') ? undefined : 'forbidden';
}

suite('every role on every endpoint', () => {
  const cleaning: (() => unknown)[] = [];
  let daemon: TlsDaemon;
  before(async () => {
    daemon = await startTlsDaemon({ after: (clean) => cleaning.unshift(clean) });
  });
  after(async () => {
    for (const clean of cleaning) await clean();
  });
  for (const asker of askers) {
    test(`${asker.title} may what the policy table says, and nothing else`, async () => {
      const { title, role, owner } = asker;
      const order = { name: 'asker', ...(owner !== undefined && { owner }) };
      const token = role && (await daemon.client.access.issueToken({ ...order, role })).token;
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      cleaning.push(() => agent.destroy());
      const endpoints = Object.keys(policyTable).sort((a, b) => Number(last.has(a)) - Number(last.has(b)));
      assert.ok(endpoints.length > 90);
      for (const endpoint of endpoints) {
        const rule = policyTable[endpoint] as AccessRule;
        const answer = await ask(daemon, pathOf(endpoint), {
          ...(token !== undefined && { token }),
          ...(/^(POST|PUT|PATCH) /.test(endpoint) && { body: { nonsense: true } }),
          headersOnly: streams.has(endpoint),
          agent,
        });
        const seen = `${endpoint} answered ${title} ${answer.status} ${answer.text.slice(0, 300)}`;
        const expected = expectedOf(rule, asker);
        assert.equal(refusal(answer), expected, seen);
        assert.ok(answer.status < 500 || answer.status === 501, seen);
        if (expected === undefined && rule.role !== 'anyone') assert.notEqual(answer.status, 401, seen);
      }
    });
  }
});

test('the policy table has a row for each endpoint of the API, and no other', async () => {
  const { paths } = (await describeApi()) as { paths: Record<string, Record<string, unknown>> };
  const described = Object.entries(paths).flatMap(([path, item]) =>
    methods.filter((method) => method in item).map((method) => `${method.toUpperCase()} ${path}`),
  );
  for (const endpoint of described) assert.ok(Object.hasOwn(policyTable, endpoint), `${endpoint} is missing`);
  const extra = Object.keys(policyTable).filter(
    (endpoint) => endpoint.includes(' /v1/') && !described.includes(endpoint),
  );
  assert.deepEqual(extra, []);
});

test('a route that the policy table does not know is not served: adding it fails', async () => {
  const app = Fastify() as unknown as App;
  addAuthentication(app, {}, new LiveRequests(Date.now));
  assert.throws(() => app.get('/v1/back-door', () => 'open'), /GET \/v1\/back-door is not in the policy table/);
  assert.throws(
    () => app.route({ method: ['GET', 'POST'], url: '/v1/apply', handler: () => 'open' }),
    /GET \/v1\/apply is not in the policy table/,
  );
  await app.close();
});

test('no admin is a tenant, and nobody but an admin lets others in', () => {
  for (const [endpoint, rule] of Object.entries(policyTable)) {
    if (rule.role === 'admin') assert.equal(rule.tenant, 'no', endpoint);
    if (/ \/v1\/(?:access|accounts|logins)\b/.test(endpoint) && endpoint !== 'GET /v1/access/authority')
      assert.equal(rule.role, 'admin', endpoint);
  }
});
