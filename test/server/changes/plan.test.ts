import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { changeTable, ruleOf } from '../../../src/server/changes/change-table.ts';
import { daemonOfSuite, exampleSite } from '../../daemon/test-daemon.ts';
import { type RawAnswer, sendRequest } from '../raw-request.ts';
import { dumpRegistry } from './dump-registry.ts';

const hook = 'alerts:\n  notifiers:\n    - {name: hook, kind: webhook, url: "http://127.0.0.1:9/"}\n';
const site = `${readFileSync(exampleSite, 'utf8')}${hook}`;
const more = site.replace('  - {port: 8080', '  - {port: 8181, to: web1:81}\n  - {port: 8080');

/** What the gateway does, which a daemon without one cannot: planned in tests of their own. */
const needsGateway = new Set([
  'POST /v1/sessions/kill',
  'POST /v1/isolations',
  'DELETE /v1/isolations/{guest}',
  'POST /v1/mirrors',
  'DELETE /v1/mirrors/{id}',
]);

interface Try {
  readonly path: string;
  readonly body?: object;
  /** What the answer says. */
  readonly says: RegExp;
}

const { publicKey } = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const forward = { to: 'web1:90' };
const mac = '02:1a:3f:00:55:01';

/** One request for each change of the API, in an order in which the real ones can follow each other. */
const tries: Readonly<Record<string, Try>> = {
  'POST /v1/changes': {
    path: '/v1/changes',
    body: { objects: [{ op: 'put', kind: 'forward', body: { port: 9001, to: 'web1:90' } }] },
    says: /"baseRevision":\d/,
  },
  'POST /v1/apply': { path: '/v1/apply', body: { site: more }, says: /"baseRevision":\d/ },
  'PUT /v1/forwards/{id}': { path: '/v1/forwards/tcp%2F9000', body: forward, says: /"baseRevision":\d/ },
  'DELETE /v1/forwards/{id}': { path: '/v1/forwards/tcp%2F9000', says: /"baseRevision":\d/ },
  'PUT /v1/pools/{id}': { path: '/v1/pools/lab', body: { range: '02:aa:00:00:00:00/32' }, says: /"baseRevision":\d/ },
  'PUT /v1/segments/{id}': {
    path: '/v1/segments/lab',
    body: { subnet: '10.77.30.0/24', pool: 'lab' },
    says: /"baseRevision":\d/,
  },
  'PUT /v1/guests/{id}': { path: '/v1/guests/lab1', body: { nics: [{ segment: 'lab' }] }, says: /"baseRevision":\d/ },
  'PUT /v1/policies/{id}': {
    path: '/v1/policies/lab',
    body: { from: 'lab1', to: 'web1', action: 'allow' },
    says: /"baseRevision":\d/,
  },
  'POST /v1/attach': { path: '/v1/attach', body: { guest: 'lab1', port: 'tap9' }, says: /"baseRevision":\d/ },
  'POST /v1/detach': { path: '/v1/detach', body: { guest: 'lab1' }, says: /"baseRevision":\d/ },
  'DELETE /v1/policies/{id}': { path: '/v1/policies/lab', says: /"baseRevision":\d/ },
  'DELETE /v1/guests/{id}': { path: '/v1/guests/lab1', says: /"baseRevision":\d/ },
  'DELETE /v1/segments/{id}': { path: '/v1/segments/lab', says: /"baseRevision":\d/ },
  'DELETE /v1/pools/{id}': { path: '/v1/pools/lab', says: /"baseRevision":\d/ },
  'POST /v1/macs/leases': {
    path: '/v1/macs/leases',
    body: { items: [{ guest: 'spare1', owner: 'spare-team' }] },
    says: /"guest":"spare1".*"state":"active"|"state":"active".*"guest":"spare1"/,
  },
  'POST /v1/macs/import': {
    path: '/v1/macs/import',
    body: { items: [{ where: 'line 1', mac, guest: 'old1' }] },
    says: /"dryRun":true,"outcomes":\[\{"where":"line 1","mac":"02:1a:3f:00:55:01","outcome":"taken"/,
  },
  'POST /v1/rotations': {
    path: '/v1/rotations',
    body: { nics: [{ guest: 'spare1', nic: 0 }] },
    says: /"phase":"prepared".*"to":"02:/,
  },
  'POST /v1/rotations/{guest}/{nic}/moved': { path: '/v1/rotations/spare1/0/moved', body: {}, says: /"phase":"moved"/ },
  'DELETE /v1/rotations/{guest}/{nic}': { path: '/v1/rotations/spare1/0', says: /"guest":"spare1"/ },
  'POST /v1/macs/release': {
    path: '/v1/macs/release',
    body: { nics: [{ guest: 'old1', nic: 0 }] },
    says: /quarantined/,
  },
  'POST /v1/macs/pools/{pool}/parts': {
    path: '/v1/macs/pools/default/parts',
    body: { name: 'part1', size: 256 },
    says: /^\{"pool":\{"name":"part1","range":"02:1a:3f:/,
  },
  'DELETE /v1/macs/pools/{pool}': { path: '/v1/macs/pools/part1', says: /"baseRevision":\d/ },
  'POST /v1/seen': {
    path: '/v1/seen',
    body: { host: 'other', sightings: [{ mac: '02:1a:3f:77:00:01', device: 'tap3', age: 3600 }] },
    says: /"noted":1/,
  },
  'POST /v1/resolve': {
    path: '/v1/resolve',
    body: { target: '02:1a:3f:77:00:01', how: 'forget' },
    says: /"done":false/,
  },
  'POST /v1/silences': { path: '/v1/silences', body: { seconds: 600, reason: 'trial' }, says: /"reason":"trial"/ },
  'DELETE /v1/silences/{id}': { path: '/v1/silences/{id}', says: /"reason":"trial"/ },
  'POST /v1/notifiers/{name}/test': { path: '/v1/notifiers/hook/test', body: {}, says: /would be told/ },
  'POST /v1/accounts': {
    path: '/v1/accounts',
    body: { name: 'ada', role: 'viewer' },
    says: /"name":"ada"/,
  },
  'PATCH /v1/accounts/{name}': { path: '/v1/accounts/ada', body: { role: 'operator' }, says: /"role":"operator"/ },
  'DELETE /v1/accounts/{name}': { path: '/v1/accounts/ada', says: /"name":"ada"/ },
  'POST /v1/access/tokens': { path: '/v1/access/tokens', body: { name: 'ci', role: 'viewer' }, says: /"name":"ci"/ },
  'POST /v1/access/certificates': {
    path: '/v1/access/certificates',
    body: { name: 'backup', role: 'viewer', publicKey },
    says: /"name":"backup"/,
  },
  'DELETE /v1/access/{id}': { path: '/v1/access/{id}', says: /"name":"backup"/ },
  'POST /v1/privacy/owners/{owner}/erasure': {
    path: '/v1/privacy/owners/spare-team/erasure',
    body: {},
    says: /"owner":"spare-team".*"traces"/,
  },
  'POST /v1/rollback': { path: '/v1/rollback', body: { revision: 1 }, says: /"baseRevision":\d/ },
  'POST /v1/destroy': { path: '/v1/destroy', body: {}, says: /"baseRevision":\d/ },
};

/** What cannot be tried here: it needs an alert, a login, a period that is over, a change that waits. */
const elsewhere = new Set([
  'POST /v1/alerts/{id}/acknowledge',
  'DELETE /v1/logins/{id}',
  'POST /v1/privacy/periods/{period}/forget',
  'POST /v1/confirm',
]);

describe('a change that is only planned', { concurrency: false }, () => {
  const daemon = daemonOfSuite();
  const send = (endpoint: string, path: string, body?: object): Promise<RawAnswer> => {
    const [method = ''] = endpoint.split(' ');
    return sendRequest(daemon().socket, method, path, {
      ...(body === undefined ? {} : { body: JSON.stringify(body), type: 'application/json' }),
    });
  };
  const planned = (path: string): string => `${path}${path.includes('?') ? '&' : '?'}plan=true`;

  before(async () => {
    await daemon().client.apply({ site });
    await daemon().client.putObject('forward', 'tcp/8999', { to: 'web1:99' });
  });

  test('is tried for each of them', () => {
    const all = Object.keys(changeTable).filter((endpoint) => changeTable[endpoint]?.plan);
    const tried = [...Object.keys(tries), ...needsGateway, ...elsewhere];
    assert.deepEqual(
      all.filter((endpoint) => !tried.includes(endpoint)),
      [],
    );
    assert.deepEqual(
      tried.filter((endpoint) => !all.includes(endpoint)),
      [],
    );
  });

  test('is there for every change that the API has', async () => {
    const { text } = await sendRequest(daemon().socket, 'GET', '/openapi.json');
    const { paths } = JSON.parse(text) as {
      paths: Record<string, Record<string, { parameters?: { name: string }[] }>>;
    };
    const unplanned = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .map(([method, { parameters = [] }]) => ({ endpoint: `${method.toUpperCase()} ${path}`, parameters }))
        .filter(({ endpoint, parameters }) => {
          const rule = ruleOf(endpoint);
          return rule !== undefined && !rule.ofLogin && !parameters.some(({ name }) => name === 'plan');
        })
        .map(({ endpoint }) => endpoint),
    );
    assert.deepEqual(unplanned, []);
  });

  let id = '';
  for (const [endpoint, { path, body, says }] of Object.entries(tries)) {
    test(`answers what ${endpoint} would do, and the registry stays as it is to the last row`, async () => {
      const target = path.replace('{id}', id);
      const { state } = daemon();
      const rows = dumpRegistry(state);
      const plan = await send(endpoint, planned(target), body);
      assert.equal(plan.status, 200, plan.text);
      assert.match(plan.text, says);
      assert.equal(plan.headers['bridgekeeper-plan'], 'true');
      assert.deepEqual(dumpRegistry(state), rows);
      if (endpoint === 'POST /v1/destroy' || endpoint === 'POST /v1/notifiers/{name}/test') return;
      const real = await send(endpoint, target, body);
      assert.equal(real.status, 200, real.text);
      assert.equal(real.headers['bridgekeeper-plan'], undefined);
      assert.notDeepEqual(dumpRegistry(state), rows, 'the real one changes something');
      const made = JSON.parse(real.text) as { id?: string | number };
      if (made.id !== undefined) id = String(made.id);
    });
  }

  test('is refused for what the real one is refused for', async () => {
    for (const [endpoint, path, body, status] of [
      ['DELETE /v1/guests/{id}', '/v1/guests/web1', undefined, 409],
      ['DELETE /v1/guests/{id}', '/v1/guests/nobody', undefined, 404],
      ['POST /v1/macs/leases', '/v1/macs/leases', { items: [{ pool: 'nowhere' }] }, 404],
      ['DELETE /v1/silences/{id}', '/v1/silences/999999', undefined, 404],
      ['POST', '/v1/privacy/periods/1999-01/forget', {}, 404],
      ['POST /v1/isolations', '/v1/isolations', { guest: 'web1', reason: 'trial' }, 501],
    ] as const) {
      const [plan, real] = [await send(endpoint, planned(path), body), await send(endpoint, path, body)];
      assert.equal(plan.status, status, plan.text);
      assert.deepEqual(plan, { ...real, headers: plan.headers });
    }
  });

  test('is never made by a word that is misspelt, or where it cannot be planned', async () => {
    const rows = dumpRegistry(daemon().state);
    for (const query of ['plan=maybe', 'plan=', 'plann=true', 'Plan=true', 'plan=true&plan=true']) {
      const answer = await send('POST /v1/silences', `/v1/silences?${query}`, { seconds: 60, reason: 'trial' });
      assert.equal(answer.status, 400, answer.text);
    }
    const links = await send('POST', '/v1/login/links?plan=true', { name: 'nobody' });
    assert.equal(links.status, 400, links.text);
    assert.deepEqual(dumpRegistry(daemon().state), rows);
  });
});
