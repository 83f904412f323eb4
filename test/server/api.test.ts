import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { isAppError } from '../../src/errors/app-error.ts';
import * as schemas from '../../src/server/schemas.ts';
import { daemonOfSuite, exampleSite } from '../daemon/test-daemon.ts';
import { sendRequest } from './raw-request.ts';

const site = readFileSync(exampleSite, 'utf8');

/** The answer, which must be exactly what the OpenAPI document promises. */
async function answerOf<T>(answer: Promise<T>, schema: z.ZodType): Promise<T> {
  const value = await answer;
  const strict = schema instanceof z.ZodObject ? schema.strict() : schema;
  strict.parse(value);
  return value;
}

const rejectsWith = (code: string, pattern: RegExp) => (error: unknown) => {
  assert.ok(isAppError(error), String(error));
  assert.equal(error.code, code);
  assert.match(error.message, pattern);
  return true;
};

describe('the API of a daemon', { concurrency: false }, () => {
  const daemon = daemonOfSuite();

  test('says that it is healthy, and that nothing was applied yet', async () => {
    assert.deepEqual(JSON.parse((await sendRequest(daemon().socket, 'GET', '/v1/health')).text), { healthy: true });
    const status = await answerOf(daemon().client.status(), schemas.statusSchema);
    assert.equal(status.site, undefined);
    assert.equal(status.driver, 'none');
    assert.equal(status.capabilities.gateway, false);
    assert.deepEqual(await daemon().client.revisions(), []);
  });

  test('plans a site file without changing anything', async () => {
    const plan = await answerOf(daemon().client.plan({ site, file: 'devlab.yaml' }), schemas.planResultSchema);
    assert.equal(plan.baseRevision, 0);
    assert.deepEqual(await daemon().client.leases(), []);
  });

  test('refuses a site file with all its mistakes, each in its place', async () => {
    const wrong = 'site: devlab\npools:\n  - {name: a, range: A1:B2:C3:00:00:00/24}\n  - {name: b, range: nonsense}\n';
    await assert.rejects(daemon().client.apply({ site: wrong, file: 'wrong.yaml' }), (error) => {
      rejectsWith('site-invalid', /wrong\.yaml has 2 mistakes/)(error);
      assert.ok(isAppError(error));
      assert.deepEqual(
        error.mistakes.map(({ line, column }) => [line, column]),
        [
          [3, 22],
          [4, 22],
        ],
      );
      return true;
    });
    assert.deepEqual(await daemon().client.revisions(), []);
  });

  test('applies a site file as a revision and leases its addresses', async () => {
    const result = await answerOf(
      daemon().client.apply({ site, file: 'devlab.yaml', comment: 'first' }),
      schemas.applyResultSchema,
    );
    assert.equal(result.revision.number, 1);
    assert.equal(result.revision.author, 'tester');
    assert.equal(result.revision.comment, 'first');
    const leases = await answerOf(daemon().client.leases(), z.array(schemas.leaseSchema.strict()));
    assert.deepEqual(leases.map(({ guest }) => guest).sort(), ['api1', 'db1', 'sip1', 'web1']);
    assert.equal(leases.find(({ guest }) => guest === 'db1')?.mac, '02:1a:3f:00:10:01');
    assert.equal(new Set(leases.map(({ mac }) => mac)).size, 4);
  });

  test('makes, shows, changes and removes one forward under its encoded name', async () => {
    const made = await answerOf(
      daemon().client.putObject('forward', 'tcp/9000', { to: 'web1:90' }),
      schemas.applyResultSchema,
    );
    assert.equal(made.revision.number, 2);
    const found = await answerOf(daemon().client.object('forward', 'tcp/9000'), schemas.storedObjectSchema);
    assert.equal(found.origin, 'api');
    await daemon().client.putObject('forward', 'tcp/9000', { port: 9000, protocol: 'tcp', to: 'db1:91' });
    assert.equal((await daemon().client.objects('forward')).length, 4);
    await daemon().client.removeObject('forward', 'tcp/9000');
    await assert.rejects(
      daemon().client.object('forward', 'tcp/9000'),
      rejectsWith('not-found', /forward "tcp\/9000"/),
    );
  });

  test('makes and removes guests, segments, pools and policies by name', async () => {
    await daemon().client.putObject('pool', 'lab', { range: '02:aa:00:00:00:00/32' });
    await daemon().client.putObject('segment', 'lab', { subnet: '10.77.30.0/24', pool: 'lab' });
    await daemon().client.putObject('guest', 'probe1', { nics: [{ segment: 'lab' }] });
    await daemon().client.putObject('policy', 'probe', { from: 'probe1', to: 'web1', action: 'allow' });
    const lease = (await daemon().client.leases()).find(({ guest }) => guest === 'probe1');
    assert.match(lease?.mac ?? '', /^02:aa:00:00:/);
    for (const [kind, name] of [
      ['policy', 'probe'],
      ['guest', 'probe1'],
      ['segment', 'lab'],
      ['pool', 'lab'],
    ] as const) {
      await daemon().client.removeObject(kind, name);
    }
    assert.equal((await daemon().client.leases()).length, 4);
  });

  test('refuses a body that names another object than the path', async () => {
    await assert.rejects(
      daemon().client.putObject('guest', 'a', { name: 'b', nics: [] }),
      rejectsWith('request-invalid', /"a".*"b"/),
    );
    await assert.rejects(
      daemon().client.putObject('forward', 'tcp/9000', { port: 9001, to: 'web1:90' }),
      rejectsWith('request-invalid', /tcp\/9000.*tcp\/9001/),
    );
    await assert.rejects(
      daemon().client.putObject('forward', 'sctp/1', { to: 'web1:1' }),
      rejectsWith('request-invalid', /sctp/),
    );
  });

  test('leaves objects of the site file to the site file', async () => {
    await assert.rejects(
      daemon().client.removeObject('forward', 'tcp/8080'),
      rejectsWith('conflict', /belongs to the site file/),
    );
  });

  test('attaches and detaches a NIC', async () => {
    await daemon().client.attach('web1', 0, 'vnet7');
    assert.equal((await daemon().client.leases()).find(({ guest }) => guest === 'web1')?.port, 'vnet7');
    await daemon().client.detach('web1', 0);
    await assert.rejects(daemon().client.attach('nobody', 0, 'vnet8'), rejectsWith('not-found', /nobody/));
  });

  test('rolls back to an earlier revision and says so in history and journal', async () => {
    const back = await daemon().client.rollback(1);
    const revisions = await answerOf(daemon().client.revisions(), z.array(schemas.revisionSchema.strict()));
    assert.equal(revisions[0]?.number, back.revision.number);
    assert.equal((await daemon().client.revisions(2)).length, 2);
    const journal = await answerOf(daemon().client.journal(), z.array(schemas.journalEntrySchema.strict()));
    assert.ok(journal.some(({ kind, text }) => kind === 'rollback' && text.includes('tester')));
    await assert.rejects(daemon().client.rollback(4000), rejectsWith('not-found', /4000/));
  });

  test('holds a change until it is confirmed', async () => {
    const applied = await daemon().client.apply({ site, confirmSeconds: 3600 });
    assert.ok((applied.confirmBy ?? 0) > Date.now() + 3_500_000);
    await assert.rejects(daemon().client.apply({ site }), rejectsWith('confirmation-pending', /waits to be confirmed/));
    const confirmed = await answerOf(daemon().client.confirm(), schemas.revisionSchema);
    assert.equal(confirmed.confirmBy, undefined);
    await assert.rejects(daemon().client.confirm(), rejectsWith('nothing-to-confirm', /no change/i));
  });

  test('takes the author from the header and refuses one that is no name', async () => {
    const put = (author: string) =>
      sendRequest(daemon().socket, 'PUT', '/v1/pools/authored', {
        body: '{"range":"02:ab:00:00:00:00/32"}',
        headers: { 'bridgekeeper-author': author },
      });
    assert.equal(JSON.parse((await put('J%C3%B6rg')).text).revision.author, 'Jörg');
    for (const wrong of ['%zz', 'a%0Ab', encodeURIComponent('x'.repeat(65))]) {
      assert.equal((await put(wrong)).status, 400, wrong);
    }
  });

  test('verifies and is destroyed', async () => {
    await answerOf(daemon().client.verify(), schemas.verifyResultSchema);
    await answerOf(daemon().client.destroy(), schemas.destroyResultSchema);
    assert.equal((await daemon().client.status()).guests, 0);
  });

  test('describes itself as OpenAPI 3.1, every route with a summary', async () => {
    const document = JSON.parse((await sendRequest(daemon().socket, 'GET', '/openapi.json')).text);
    assert.match(document.openapi, /^3\.1\./);
    const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods as object));
    assert.ok(operations.length >= 30, String(operations.length));
    for (const operation of operations) assert.ok(operation.summary.length > 5);
  });
});
