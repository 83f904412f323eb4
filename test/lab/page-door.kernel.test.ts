import assert from 'node:assert/strict';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../../src/system/run-command.ts';
import { temporaryDirectory } from '../daemon/test-daemon.ts';

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

interface Answer {
  readonly status: number | undefined;
  readonly text: string;
}

function get(url: URL, path: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // The lab's own authority; what is tested is the way there.
    const options = { host: url.hostname, port: url.port, path, rejectUnauthorized: false, agent: false } as const;
    const call = request({ ...options, headers: { accept: 'text/html' } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode, text }));
    });
    call.on('error', reject).end();
  });
}

test('a page that a lab keeps is reached by a port of this machine, asks who is there, and ends with the lab', async (t) => {
  // Where the pid file of the lab is: none of this user's own labs is touched.
  const env = { ...process.env, XDG_RUNTIME_DIR: temporaryDirectory(t), NO_COLOR: '1' };
  const cli = async (...words: string[]) => (await runCommand([process.execPath, main, ...words], { env })).stdout;
  t.after(() => cli('lab', 'down'));
  const { page } = JSON.parse(await cli('lab', 'up', '--page', '0', '--json')) as { page: string };
  const url = new URL(page);
  assert.equal(url.hostname, '127.0.0.1');
  assert.match(url.hash, /^#link=[\w-]{40,}$/);
  const health = await get(url, '/v1/health');
  assert.deepEqual([health.status, health.text], [200, '{"healthy":true}']);
  assert.equal((await get(url, '/v1/guests')).status, 401, 'nobody is let in without a log-in');
  await cli('lab', 'down');
  await assert.rejects(() => get(url, '/v1/health'), /ECONNREFUSED/);
});

test('a port that is taken is said before anything is built', async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  t.after(() => other.close());
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as { port: number };
  const env = { ...process.env, XDG_RUNTIME_DIR: temporaryDirectory(t), NO_COLOR: '1' };
  const words = [process.execPath, main, 'lab', 'up', '--page', String(port)];
  await assert.rejects(
    () => runCommand(words, { env }),
    (error: Error) => {
      const said = `${error.message} ${JSON.stringify((error as { details?: unknown }).details)}`;
      assert.match(said, new RegExp(`Nothing can listen on port ${port}`));
      assert.doesNotMatch(said, /building the lab/);
      return true;
    },
  );
});
