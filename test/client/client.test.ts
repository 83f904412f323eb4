import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createClient } from '../../src/client/connect.ts';
import { isAppError } from '../../src/errors/app-error.ts';
import { temporaryDirectory } from '../daemon/test-daemon.ts';

const rejectsWith = (code: string, pattern: RegExp) => (error: unknown) => {
  assert.ok(isAppError(error), String(error));
  assert.equal(error.code, code);
  assert.match(error.message, pattern);
  return true;
};

/** Something that is no daemon of ours, listening on a socket. */
async function listen(t: TestContext, answer: RequestListener): Promise<string> {
  const socket = join(temporaryDirectory(t), 'socket');
  const server = createServer(answer).listen(socket);
  t.after(() => server.close());
  await once(server, 'listening');
  return socket;
}

test('says which socket is not there', async (t) => {
  const socket = join(temporaryDirectory(t), 'nobody.sock');
  const client = createClient({ socket });
  await assert.rejects(client.status(), rejectsWith('daemon-unreachable', /nobody\.sock": there is no such socket/));
});

test('says that nobody listens on a socket that was left behind', async (t) => {
  const socket = join(temporaryDirectory(t), 'stale.sock');
  const script = `require('net').createServer().listen(${JSON.stringify(socket)}, () => process.kill(process.pid, 'SIGKILL'))`;
  await once(spawn(process.execPath, ['-e', script]), 'exit');
  await assert.rejects(createClient({ socket }).status(), rejectsWith('daemon-unreachable', /nobody listens there/));
});

test('says that a file is not a socket', async (t) => {
  const socket = join(temporaryDirectory(t), 'file');
  writeFileSync(socket, '');
  await assert.rejects(createClient({ socket }).status(), rejectsWith('daemon-unreachable', /file"/));
});

test('does not take just anybody for the daemon', async (t) => {
  const socket = await listen(t, (_request, response) => response.end('<h1>It works!</h1>'));
  await assert.rejects(
    createClient({ socket }).status(),
    rejectsWith('daemon-unreachable', /not Bridgekeeper's daemon/),
  );
});

test('says that the daemon closed the connection before it answered', async (t) => {
  const socket = await listen(t, (request) => request.socket.destroy());
  await assert.rejects(
    createClient({ socket }).status(),
    rejectsWith('daemon-unreachable', /before it answered|hang up/),
  );
});

test('says that the daemon ended in the middle of its answer', async (t) => {
  const socket = await listen(t, (request, response) => {
    response.writeHead(200, { 'content-length': 1000 });
    response.write('{"site":');
    setTimeout(() => request.socket.destroy(), 20);
  });
  await assert.rejects(createClient({ socket }).status(), rejectsWith('daemon-unreachable', /does not answer/));
});

test('makes an unknown failure of the daemon a failure, not an answer', async (t) => {
  const socket = await listen(t, (_request, response) => {
    response.writeHead(500).end('{"code":"constructor","detail":"x"}');
  });
  await assert.rejects(createClient({ socket }).status(), rejectsWith('internal', /HTTP status 500/));
});

test('sends the author, names and bodies as they are, whatever they hold', async (t) => {
  const seen: { url?: string | undefined; author?: unknown; body: string }[] = [];
  const socket = await listen(t, async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    seen.push({ url: request.url, author: request.headers['bridgekeeper-author'], body });
    response.end('{}');
  });
  const client = createClient({ socket, author: 'Jörg\n' });
  await client.putObject('forward', 'tcp/8080', { to: 'wéb:1' });
  assert.deepEqual(seen, [{ url: '/v1/forwards/tcp%2F8080', author: 'J%C3%B6rg%0A', body: '{"to":"wéb:1"}' }]);
});
