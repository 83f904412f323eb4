import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { before, describe, test } from 'node:test';
import type { ChangeStage } from '../../../src/client/client.ts';
import { daemonOfSuite, exampleSite } from '../../daemon/test-daemon.ts';
import { rejectsWith } from '../answers.ts';
import { sendRequest } from '../raw-request.ts';

const site = readFileSync(exampleSite, 'utf8');
const linesType = 'application/x-ndjson';

describe('a change of the site', { concurrency: false }, () => {
  const daemon = daemonOfSuite();
  before(() => daemon().client.changes.make({ file: { text: site, name: 'devlab.yaml' }, comment: 'begin' }));

  test('is made by a file, with why', async () => {
    const [first] = await daemon().client.revisions();
    assert.deepEqual([first?.number, first?.comment], [1, 'begin']);
  });

  test('is told stage by stage while it goes on, and then how it went', async () => {
    const stages: ChangeStage[] = [];
    const result = await daemon().client.changes.make(
      { objects: [{ op: 'put', kind: 'forward', body: { port: 9000, to: 'web1:90' } }] },
      (stage) => stages.push(stage),
    );
    assert.equal(result.revision.number, 2);
    assert.deepEqual(stages, ['read', 'wait', 'plan', 'kernel', 'commit']);
  });

  test('that is refused before anything was touched is refused with its status, also by who wants lines', async () => {
    for (const [body, status] of [
      [{ objects: [{ op: 'remove', kind: 'forward', name: 'tcp/1' }] }, 404],
      [{ file: { text: 'site: x\npools: 3\n' } }, 422],
      [{ objects: [{ op: 'put', kind: 'forward', body: { port: 9300, to: 'nobody:90' } }] }, 422],
      [{ revision: 99 }, 404],
    ] as const) {
      const answer = await sendRequest(daemon().socket, 'POST', '/v1/changes', {
        body: JSON.stringify(body),
        headers: { accept: linesType },
      });
      assert.deepEqual([answer.status, answer.type], [status, 'application/problem+json'], answer.text);
    }
  });

  test('has all objects of a body in lines, or none', async () => {
    const put = (port: number, to: string) => JSON.stringify({ op: 'put', kind: 'forward', body: { port, to } });
    const send = (lines: string[], query = '') =>
      sendRequest(daemon().socket, 'POST', `/v1/changes${query}`, { body: lines.join('\n'), type: linesType });
    const ports = Array.from({ length: 500 }, (_, i) => 10_000 + i);
    const made = await send([...ports.map((port) => put(port, 'web1:80')), '', ''], '?comment=in%20bulk');
    assert.equal(made.status, 200, made.text);
    assert.match(made.text, /"comment":"in bulk","summary":\{"added":500,"removed":0,"changed":0\}/);
    const count = async () => (await daemon().client.objects('forward')).length;
    const all = await count();
    const wrong = await send([put(11_000, 'web1:80'), put(11_001, 'nobody:80')]);
    assert.equal(wrong.status, 422, wrong.text);
    assert.match(wrong.text, /there is no guest/);
    assert.equal(await count(), all);
  });

  test('of addresses can come in lines as well', async () => {
    const { socket, client } = daemon();
    const items = Array.from({ length: 300 }, (_, i) => JSON.stringify({ guest: `line-${i}` })).join('\n');
    const leased = await sendRequest(socket, 'POST', '/v1/macs/leases', { body: items, type: linesType });
    assert.equal(leased.status, 200, leased.text);
    assert.equal((JSON.parse(leased.text) as { leases: object[] }).leases.length, 300);
    const old = (mac: string, guest: string) => JSON.stringify({ where: 'here', mac, guest });
    const lines = [old('52:54:00:00:00:01', 'old1'), old('52:54:00:00:00:01', 'old2')].join('\n');
    const clash = await sendRequest(socket, 'POST', '/v1/macs/import', { body: lines, type: linesType });
    assert.equal(clash.status, 409, clash.text);
    const path = '/v1/macs/import?skipConflicts=true';
    const taken = await sendRequest(socket, 'POST', path, { body: lines, type: linesType });
    assert.match(taken.text, /"taken".*"conflict"/);
    await client.macs.release({ nics: [{ guest: 'old1', nic: 0 }] });
    const other = await sendRequest(socket, 'POST', '/v1/silences', { body: items, type: linesType });
    assert.equal(other.status, 415, 'what takes no lines refuses them');
  });

  test('in lines is refused with the number of the line that is wrong', async () => {
    const good = '{"op":"remove","kind":"forward","name":"tcp/9000"}';
    for (const [text, says] of [
      [`${good}\n{"op":`, /Line 2 of the body is no JSON/],
      [`\n\n${'['.repeat(40)}${']'.repeat(40)}`, /nests deeper/],
      [`${good}\n{"op":"paint"}`, /objects\.1\.op/],
      [`${good}\n{"__proto__":{"op":"remove"}}`, /Line 2 .*__proto__/],
      [`${good}\n${good}`, /stands in the change twice/],
      ['\n', /objects/],
    ] as const) {
      const answer = await sendRequest(daemon().socket, 'POST', '/v1/changes', { body: text, type: linesType });
      assert.equal(answer.status, 400, answer.text);
      assert.match(answer.text, says);
    }
  });

  test('with a hundred thousand mistakes is told the first ones, and how many there are', async () => {
    const body = JSON.stringify({ objects: Array.from({ length: 100_000 }, () => ({ op: 'paint' })) });
    const answer = await sendRequest(daemon().socket, 'POST', '/v1/changes', { body });
    assert.equal(answer.status, 400);
    const { detail, mistakes } = JSON.parse(answer.text) as { detail: string; mistakes: object[] };
    assert.match(detail, /objects\.0\.op.*; and \d+ more\.$/);
    assert.ok(mistakes.length <= 1_000, `${mistakes.length} mistakes`);
  });

  test('is one thing: a file, objects, a revision or the end', async () => {
    for (const body of [{}, { revision: 1, destroy: true }, { destroy: false }, { objects: [] }, { revision: -1 }]) {
      const answer = await sendRequest(daemon().socket, 'POST', '/v1/changes', { body: JSON.stringify(body) });
      assert.deepEqual([answer.status, /request-invalid/.test(answer.text)], [400, true], JSON.stringify(body));
    }
  });

  test('that waits to be confirmed is taken back without naming a revision, and only while it waits', async () => {
    const { client } = daemon();
    await assert.rejects(client.rollback(), rejectsWith('nothing-to-confirm', /there is none to take back/));
    const { revision } = await client.changes.make({
      objects: [{ op: 'put', kind: 'forward', body: { port: 9100, to: 'web1:90' } }],
      confirmSeconds: 600,
    });
    assert.ok((revision.confirmBy ?? 0) > revision.at);
    await assert.rejects(
      client.removeObject('forward', 'tcp/9000'),
      rejectsWith('confirmation-pending', /waits to be confirmed/),
    );
    const planned = await client.on({ plan: true }).rollback();
    assert.equal('baseRevision' in planned, true);
    const back = await client.rollback();
    assert.equal(back.revision.number, revision.number + 1);
    await assert.rejects(client.object('forward', 'tcp/9100'), rejectsWith('not-found', /tcp\/9100/));
    await assert.rejects(client.rollback(), rejectsWith('nothing-to-confirm', /none to take back/));
  });

  test('that waits to be confirmed can be confirmed on paper first', async () => {
    const { client } = daemon();
    await client.changes.make({
      objects: [{ op: 'put', kind: 'forward', body: { port: 9200, to: 'web1:90' } }],
      confirmSeconds: 600,
    });
    const planned = await client.on({ plan: true }).confirm();
    assert.equal(planned.confirmBy, undefined);
    assert.ok((await client.status()).confirmBy !== undefined);
    assert.deepEqual(await client.confirm(), planned);
    await assert.rejects(client.on({ plan: true }).confirm(), rejectsWith('nothing-to-confirm', /no change waits/));
  });

  test('goes on when nobody reads how it goes', async () => {
    const { client, socket } = daemon();
    const before = (await client.revisions()).length;
    const objects = Array.from({ length: 3_000 }, (_, i) => ({
      op: 'put',
      kind: 'forward',
      body: { port: 12_000 + i, to: 'web1:80' },
    }));
    await new Promise<void>((resolve) => {
      const text = JSON.stringify({ objects });
      const call = request(
        {
          socketPath: socket,
          method: 'POST',
          path: '/v1/changes',
          headers: { accept: linesType, 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) },
        },
        (response) => {
          response.once('data', () => {
            response.destroy();
            resolve();
          });
          response.on('error', () => undefined);
        },
      );
      call.on('error', () => undefined);
      call.end(text);
    });
    for (let i = 0; i < 200 && (await client.revisions()).length === before; i++)
      await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal((await client.revisions()).length, before + 1);
  });
});
