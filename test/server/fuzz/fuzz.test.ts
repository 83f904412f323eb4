import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import type { ApiDocument } from '../../../packaging/api-schema.ts';
import { problemSchema } from '../../../src/server/schemas.ts';
import { exampleSite, startTestDaemon } from '../../daemon/test-daemon.ts';
import { freePort } from '../metrics/free-port.ts';
import { sendRequest } from '../raw-request.ts';
import { type Door, type Heard, sendAll } from './send-all.ts';
import { type StrangeRequest, strangeRequests } from './strange-requests.ts';

/** One never ends by itself, the other would end the proof that the test shows. */
const leftOut = new Set(['followEvents', 'logOut']);

/** What only the inside of the daemon knows: files, stack frames, statements of the registry. */
const inside =
  /node_modules|\bat .{1,80}\.[jt]s:\d+|file:\/\/\/|SQLITE|SqliteError|\bselect .+ from\b|ZodError|\/src\//i;

const residentMegabytes = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

/** What is wrong with an answer, as a sentence; undefined when nothing is. */
function faultOf(request: StrangeRequest, heard: Heard | Error): string | undefined {
  if (heard instanceof Error) return undefined;
  const { status, type, text } = heard;
  if (request.senseless && (status < 400 || status >= 500)) return `answered ${status}`;
  if (status < 400) return undefined;
  // That the host cannot do something at all is no failure of the daemon.
  if (status >= 500 && !(status === 501 && text.includes('"unsupported"'))) return `failed: ${status}`;
  if (type !== 'application/problem+json') return `is no problem document but ${type}`;
  const problem = problemSchema.strict().safeParse(JSON.parse(text));
  if (!problem.success) return `is a problem document of another shape: ${problem.error.message}`;
  if (problem.data.status !== status) return `says ${problem.data.status} in its body`;
  const tells = inside.exec(text);
  return tells === null ? undefined : `tells of the inside: ${tells[0]}`;
}

/** Bytes that are no request, or several in one. */
const brokenBytes: readonly string[] = [
  '\u0000\u0001\u0002\r\n\r\n',
  'GET\r\n\r\n',
  'GET / HTTP/9.9\r\nHost: x\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde',
  'POST /v1/plan HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /v1/status HTTP/1.1\r\n\r\n',
  'POST /v1/plan HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\nzz\r\n{}\r\n0\r\n\r\n',
  'POST /v1/plan HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
  'POST /v1/plan HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: x\r\nfolded: a\r\n b\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: x\r\nnul: a\u0000b\r\n\r\n',
  `GET /${'x'.repeat(70_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
  `GET / HTTP/1.1\r\nHost: x\r\n${Array.from({ length: 3_000 }, (_, i) => `h${i}: 1`).join('\r\n')}\r\n\r\n`,
];

/** Everything that comes back for bytes. */
function sendBroken(door: Door, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const connection =
      'socket' in door
        ? connect(door.socket)
        : connectTls({ host: '127.0.0.1', port: door.port, rejectUnauthorized: false });
    let text = '';
    connection.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    connection.setTimeout(30_000, () => connection.destroy());
    connection.on('error', () => {});
    connection.on('close', () => resolve(text));
    connection.end(bytes, 'latin1');
  });
}

test('thousands of strange requests are refused with reasons, through the socket and over TLS', async (t) => {
  const port = await freePort();
  const daemon = await startTestDaemon(t, undefined, ['--listen', `127.0.0.1:${port}`, '--log-level', 'warn']);
  await daemon.client.apply({ site: readFileSync(exampleSite, 'utf8') });
  const { token } = await daemon.client.access.issueToken({ name: 'strange', role: 'admin' });
  const document = JSON.parse((await sendRequest(daemon.socket, 'GET', '/openapi.json')).text) as ApiDocument;
  const requests = strangeRequests(document, leftOut);
  const tenant = await daemon.client.access.issueToken({ name: 'stranger', role: 'operator', owner: 'team-a' });
  // The same requests meet the same code behind TLS: some show that nothing in between minds. A tenant gets other answers,
  // but not so many in so short a time.
  const doors: readonly { door: Door; where: string; each: number }[] = [
    { door: { socket: daemon.socket }, where: 'socket', each: 1 },
    { door: { port, token }, where: 'TLS', each: 3 },
    { door: { port, token: tenant.token }, where: 'tenant', each: 13 },
  ];
  const faults: string[] = [];
  const broken: string[] = [];
  const statuses = new Map<number, number>();
  const memory: number[] = [residentMegabytes(daemon.pid)];
  for (const { door, where, each } of doors) {
    const some = requests.filter((_, index) => index % each === 0);
    await sendAll(door, some, (request, heard) => {
      const name = `${where}: ${request.method} ${request.path.slice(0, 100)} ${request.body?.toString('latin1', 0, 60) ?? ''}`;
      if (heard instanceof Error) broken.push(`${name}: ${heard.message}`);
      else statuses.set(heard.status, (statuses.get(heard.status) ?? 0) + 1);
      const fault = faultOf(request, heard);
      if (fault !== undefined) faults.push(`${name} ${JSON.stringify(request.headers)} ${fault}`);
    });
    memory.push(residentMegabytes(daemon.pid));
  }
  t.diagnostic(`${requests.length} requests: ${JSON.stringify([...statuses].sort())}, MB ${memory}`);
  assert.ok(requests.length > 2_000, `${requests.length} requests`);
  assert.deepEqual(faults.slice(0, 20), []);
  // A connection that others broke may take a request with it.
  assert.ok(broken.length < requests.length / 100, broken.slice(0, 20).join('\n'));
  for (const { door } of doors)
    for (const bytes of brokenBytes) {
      const answer = await sendBroken(door, bytes);
      assert.doesNotMatch(answer, /^HTTP\/1\.1 (?:2|5)/, bytes.slice(0, 60));
      assert.doesNotMatch(answer, inside);
    }
  const [, first = 0] = memory;
  const last = memory.at(-1) ?? 0;
  // After a dozen rounds it stays as it is: up to 64 MB of answers are kept for those who ask again, and threads are warm.
  assert.ok(last < first + 192, `${first} MB and then ${last} MB`);
  assert.equal((await sendRequest(daemon.socket, 'GET', '/v1/health')).status, 200);
  assert.doesNotMatch(daemon.log(), /nobody foresaw/);
});
