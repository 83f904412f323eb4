import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { daemonOfSuite, exampleSite } from '../../daemon/test-daemon.ts';
import { rejectsWith } from '../answers.ts';
import { type RawAnswer, sendRequest } from '../raw-request.ts';

describe('a change on conditions', { concurrency: false }, () => {
  const daemon = daemonOfSuite();
  before(() => daemon().client.apply({ site: readFileSync(exampleSite, 'utf8') }));
  const send = (method: string, path: string, headers: Record<string, string> = {}, body?: object) =>
    sendRequest(daemon().socket, method, path, { headers, ...(body && { body: JSON.stringify(body) }) });
  const tagOf = ({ headers }: RawAnswer): string => String(headers.etag);
  const forward = '/v1/forwards/tcp%2F9000';

  test('is made when the object is what was read, and its ETag is another one then', async () => {
    const made = await send('PUT', forward, { 'if-none-match': '*' }, { to: 'web1:90' });
    assert.equal(made.status, 200, made.text);
    const read = await send('GET', forward);
    assert.equal(tagOf(read), tagOf(made));
    const changed = await send('PUT', forward, { 'if-match': tagOf(read) }, { to: 'web1:91' });
    assert.equal(changed.status, 200, changed.text);
    assert.notEqual(tagOf(changed), tagOf(read));
    assert.equal(tagOf(await send('GET', forward)), tagOf(changed));
  });

  test('is refused when somebody else changed the object, and nothing is changed', async () => {
    const seen = await send('GET', forward);
    await daemon().client.putObject('forward', 'tcp/9000', { to: 'web1:92' });
    for (const [method, body] of [
      ['PUT', { to: 'web1:93' }],
      ['DELETE', undefined],
    ] as const) {
      const late = await send(method, forward, { 'if-match': tagOf(seen) }, body);
      assert.equal(late.status, 412);
      assert.match(late.text, /"code":"precondition-failed"/);
      assert.match(late.text, /The forward \\"tcp\/9000\\" is not what If-Match .* asks for: its ETag is/);
    }
    assert.match((await send('GET', forward)).text, /web1:92/);
  });

  test('lets one of many win who change what they read at the same time', async () => {
    const seen = tagOf(await send('GET', forward));
    const ports = Array.from({ length: 8 }, (_, i) => 9100 + i);
    const answers = await Promise.all(
      ports.map((port) => send('PUT', forward, { 'if-match': seen }, { to: `web1:${port}` })),
    );
    const won = answers.filter(({ status }) => status === 200);
    assert.equal(won.length, 1);
    assert.ok(answers.every(({ status }) => status === 200 || status === 412));
    assert.equal(tagOf(await send('GET', forward)), tagOf(won[0] as RawAnswer));
  });

  test('is made only where there is nothing yet, or something already', async () => {
    const there = await send('PUT', forward, { 'if-none-match': '*' }, { to: 'web1:1' });
    assert.equal(there.status, 412);
    const absent = await send('PUT', '/v1/forwards/tcp%2F9999', { 'if-match': '*' }, { to: 'web1:1' });
    assert.equal(absent.status, 412);
    assert.match(absent.text, /it is not there/);
    const plan = await send('PUT', '/v1/forwards/tcp%2F9999?plan=true', { 'if-match': '*' }, { to: 'web1:1' });
    assert.equal(plan.status, 412, 'a plan says so as well');
  });

  test('holds for the whole site: by its ETag, and by the number of its revision as a plan tells it', async () => {
    const { client } = daemon();
    const file = await client.site.file();
    const { baseRevision } = await client.changes.plan({
      objects: [{ op: 'remove', kind: 'forward', name: 'tcp/9000' }],
    });
    assert.equal(file.revision, baseRevision);
    await client.putObject('forward', 'tcp/9001', { to: 'web1:1' });
    for (const ifMatch of [file.etag, `"${baseRevision}"`]) {
      await assert.rejects(
        client.on({ ifMatch }).changes.make({ objects: [{ op: 'remove', kind: 'forward', name: 'tcp/9000' }] }),
        rejectsWith('precondition-failed', /The site is not what If-Match/),
      );
      await assert.rejects(client.on({ ifMatch }).rollback(1), rejectsWith('precondition-failed', /The site/));
      await assert.rejects(client.on({ ifMatch }).confirm(), rejectsWith('precondition-failed', /The site/));
    }
    const { etag } = await client.site.file();
    assert.notEqual(etag, file.etag);
    await client.on({ ifMatch: etag }).changes.make({ objects: [{ op: 'remove', kind: 'forward', name: 'tcp/9001' }] });
  });

  test('is refused where nothing has an ETag, rather than made without it', async () => {
    const answer = await send('POST', '/v1/silences', { 'if-match': '"1"' }, { seconds: 60, reason: 'trial' });
    assert.equal(answer.status, 400);
    assert.match(answer.text, /has no ETag/);
    assert.equal((await daemon().client.alerts.silences()).length, 0);
  });

  test('is refused when it cannot be read', async () => {
    for (const text of ['web1', '"open', '"1" "2"', ',', '"a","b', "'1'"]) {
      const answer = await send('DELETE', forward, { 'if-match': text });
      assert.equal(answer.status, 400, text);
      assert.match(answer.text, /is no list of ETags/);
    }
    const weak = await send('DELETE', forward, { 'if-match': `W/${tagOf(await send('GET', forward))}` });
    assert.equal(weak.status, 412, 'a weak ETag never matches strongly (RFC 9110, 8.8.3.2)');
  });
});

describe('what was read before', { concurrency: false }, () => {
  const daemon = daemonOfSuite();
  before(() => daemon().client.apply({ site: readFileSync(exampleSite, 'utf8') }));

  test('is not sent again while it is the same', async () => {
    for (const path of ['/v1/guests/web1', '/v1/site', '/v1/revisions/1']) {
      const read = await sendRequest(daemon().socket, 'GET', path);
      const tag = String(read.headers.etag);
      for (const noneMatch of [tag, `W/${tag}`, `"x", ${tag}`, '*']) {
        const again = await sendRequest(daemon().socket, 'GET', path, { headers: { 'if-none-match': noneMatch } });
        assert.deepEqual([again.status, again.text, again.headers.etag], [304, '', tag], path);
      }
      const other = await sendRequest(daemon().socket, 'GET', path, { headers: { 'if-none-match': '"x"' } });
      assert.equal(other.status, 200);
    }
  });

  test('has another ETag as a revision when it was confirmed', async () => {
    const { client, socket } = daemon();
    await client.changes.make({
      objects: [{ op: 'put', kind: 'forward', body: { port: 9000, to: 'web1:90' } }],
      confirmSeconds: 600,
    });
    const waiting = await sendRequest(socket, 'GET', '/v1/revisions/2');
    await client.confirm();
    const confirmed = await sendRequest(socket, 'GET', '/v1/revisions/2');
    assert.notEqual(confirmed.headers.etag, waiting.headers.etag);
  });
});
