import assert from 'node:assert/strict';
import { request } from 'node:http';
import { describe, test } from 'node:test';
import { daemonOfSuite, startTestDaemon, type TestDaemon, temporaryDirectory } from '../../daemon/test-daemon.ts';
import { type RawAnswer, sendRequest } from '../raw-request.ts';

const codeOf = ({ text }: RawAnswer): string => (JSON.parse(text) as { code: string }).code;

const post = (socket: string, path: string, body: object, headers: Record<string, string> = {}, method = 'POST') =>
  sendRequest(socket, method, path, { body: JSON.stringify(body), headers });

const hex = (value: number): string => (value & 0xff).toString(16).padStart(2, '0');

const pool = (name: string, second: string) => ({
  objects: [{ op: 'put', kind: 'pool', body: { name, range: `02:${second}:00:00:00:00/24` } }],
});

describe('a request with a key', { concurrency: false }, () => {
  const daemon = daemonOfSuite();

  test('is done once, and answered the same as often as it is sent', async () => {
    const headers = { 'idempotency-key': 'first' };
    const first = await post(daemon().socket, '/v1/changes', pool('one', '10'), headers);
    assert.equal(first.status, 200, first.text);
    const again = await post(daemon().socket, '/v1/changes', pool('one', '10'), { 'idempotency-key': '"first"' });
    assert.deepEqual([again.status, again.text, again.type], [200, first.text, first.type]);
    assert.equal(again.headers.etag, first.headers.etag);
    assert.equal(first.headers['idempotency-replayed'], undefined);
    assert.equal(again.headers['idempotency-replayed'], 'true');
    assert.equal((await daemon().client.revisions()).length, 1);
  });

  test('is refused when its key was that of another one', async () => {
    const headers = { 'idempotency-key': 'first' };
    for (const answer of [
      await post(daemon().socket, '/v1/changes', pool('two', '12'), headers),
      await post(daemon().socket, '/v1/changes', pool('one', '10'), { ...headers, 'if-match': '"1"' }),
      await post(daemon().socket, '/v1/destroy', {}, headers),
    ]) {
      assert.deepEqual([answer.status, codeOf(answer)], [422, 'key-reused']);
    }
    assert.equal((await daemon().client.revisions()).length, 1);
  });

  test('is done when it was refused before: that changed nothing', async () => {
    const headers = { 'idempotency-key': 'second', 'if-match': '"7"' };
    assert.equal((await post(daemon().socket, '/v1/changes', pool('two', '12'), headers)).status, 412);
    const { 'idempotency-key': key } = headers;
    const done = await post(daemon().socket, '/v1/changes', pool('two', '12'), { 'idempotency-key': key });
    assert.equal(done.status, 200, done.text);
  });

  test('is done once when it is sent ten times at once', async () => {
    const send = () => post(daemon().socket, '/v1/changes', pool('three', '16'), { 'idempotency-key': 'third' });
    const answers = await Promise.all(Array.from({ length: 10 }, send));
    const done = answers.filter(({ status }) => status === 200);
    assert.ok(done.length >= 1);
    assert.equal(new Set(done.map(({ text }) => text)).size, 1);
    for (const answer of answers.filter(({ status }) => status !== 200))
      assert.deepEqual([answer.status, codeOf(answer)], [409, 'request-under-way']);
    assert.equal((await daemon().client.revisions()).length, 3);
  });

  test('is answered again line by line where it was told while it went on', async () => {
    const headers = { 'idempotency-key': 'fourth', accept: 'application/x-ndjson' };
    const first = await post(daemon().socket, '/v1/changes', pool('four', '18'), headers);
    const again = await post(daemon().socket, '/v1/changes', pool('four', '18'), headers);
    assert.match(first.text, /^\{"stage":"read",[^\n]*\n(?:[^\n]*\n)*\{"result":\{"revision":\{"number":4,[^\n]*\n$/);
    assert.equal(again.text, first.text);
    assert.equal(again.type, 'application/x-ndjson');
  });

  test('is not kept when it is only planned', async () => {
    const headers = { 'idempotency-key': 'fifth' };
    assert.equal((await post(daemon().socket, '/v1/changes?plan=true', pool('five', '1a'), headers)).status, 200);
    const done = await post(daemon().socket, '/v1/changes', pool('five', '1a'), headers);
    assert.equal(done.status, 200);
    assert.equal(done.headers['idempotency-replayed'], undefined);
  });

  test('whose sender went away before the answer came is answered when it comes again', async () => {
    const objects = Array.from({ length: 4_000 }, (_, i) => ({
      op: 'put',
      kind: 'pool',
      body: { name: `gone-${i}`, range: `02:20:${hex(i >> 8)}:${hex(i)}:00:00/32` },
    }));
    const before = (await daemon().client.revisions()).length;
    const text = JSON.stringify({ objects });
    await new Promise<void>((resolve) => {
      const call = request({
        socketPath: daemon().socket,
        method: 'POST',
        path: '/v1/changes',
        headers: {
          'idempotency-key': 'gone',
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(text),
        },
      });
      call.on('error', () => undefined);
      call.end(text, () => {
        call.destroy();
        resolve();
      });
    });
    let again: RawAnswer;
    for (let i = 0; ; i++) {
      again = await post(daemon().socket, '/v1/changes', { objects }, { 'idempotency-key': 'gone' });
      if (again.status !== 409 || i === 200) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.deepEqual([again.status, again.headers['idempotency-replayed']], [200, 'true'], again.text);
    assert.equal((await daemon().client.revisions()).length, before + 1);
  });

  test('whose answer is a secret learns only that it was done', async () => {
    const headers = { 'idempotency-key': 'sixth' };
    const order = { name: 'ci', role: 'viewer' };
    const first = await post(daemon().socket, '/v1/access/tokens', order, headers);
    assert.equal(first.status, 200, first.text);
    const again = await post(daemon().socket, '/v1/access/tokens', order, headers);
    assert.deepEqual([again.status, codeOf(again)], [409, 'answer-gone']);
    const { token } = JSON.parse(first.text) as { token: string };
    assert.ok(!again.text.includes(token));
  });

  test('has a key of 1 to 200 characters', async () => {
    for (const key of ['', '""', 'k'.repeat(201)]) {
      const answer = await post(daemon().socket, '/v1/changes', pool('six', '1c'), { 'idempotency-key': key });
      assert.deepEqual([answer.status, codeOf(answer)], [400, 'request-invalid'], key);
    }
  });
});

/** Sends a change that takes a while, and kills the daemon as soon as it tells that it works the change out. */
function killedIn({ socket, end }: TestDaemon, body: object, headers: Record<string, string>): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const text = JSON.stringify(body);
    const more = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    const call = request(
      { socketPath: socket, method: 'POST', path: '/v1/changes', headers: { ...headers, ...more } },
      (response) => {
        response.once('data', () => void end('SIGKILL').then(() => resolve(), reject));
        response.on('error', () => undefined);
      },
    );
    call.on('error', () => undefined);
    call.end(text);
  });
}

test('a request that the daemon was killed in is not done again: whoever sends it hears that nobody knows', async (t) => {
  const directory = temporaryDirectory(t);
  let daemon = await startTestDaemon(t, directory);
  const pool = (name: string, n: number) => ({
    op: 'put',
    kind: 'pool',
    body: { name, range: `02:${hex(n >> 16)}:${hex(n >> 8)}:${hex(n)}:00:00/32` },
  });
  // It may be over before the signal comes: then it is answered as it was, and another one is tried.
  for (let round = 1; ; round++) {
    const headers = { 'idempotency-key': `killed ${round}`, accept: 'application/x-ndjson' };
    const body = { objects: Array.from({ length: 10_000 }, (_, i) => pool(`p${round}-${i}`, (round << 16) * 4 + i)) };
    await killedIn(daemon, body, headers);
    daemon = await startTestDaemon(t, directory);
    const before = (await daemon.client.revisions()).length;
    const again = await post(daemon.socket, '/v1/changes', body, headers);
    assert.equal((await daemon.client.revisions()).length, before, 'nothing is done twice');
    if (again.headers['idempotency-replayed'] === 'true' && round < 6) continue;
    assert.deepEqual([again.status, codeOf(again)], [409, 'outcome-unknown'], again.text);
    const anew = await post(daemon.socket, '/v1/changes', body, { 'idempotency-key': 'new' });
    assert.equal(anew.status, 200, anew.text);
    return;
  }
});
