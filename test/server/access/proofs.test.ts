import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { after, before, suite, test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { Authority } from '../../../src/access/authority.ts';
import { createClient } from '../../../src/client/connect.ts';
import { temporaryDirectory } from '../../daemon/test-daemon.ts';
import { rejectsWith } from '../answers.ts';
import { ask, type ClientPair, eventually, issue, startTlsDaemon, type TlsDaemon } from './tls-daemon.ts';

const me = 'GET /v1/me';

/** Follows the events until somebody ends it. */
function follow({ port, ca }: TlsDaemon, asking: Partial<ClientPair> & { token?: string }) {
  const { token, ...pair } = asking;
  const seen = { begun: false, ended: false };
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const options = { host: '127.0.0.1', port, ca, path: '/v1/events/stream', headers, agent: false, ...pair } as const;
  const call = httpsRequest(options, (response: IncomingMessage) => {
    response.on('data', () => {
      seen.begun = response.statusCode === 200;
    });
    response.on('error', () => {});
    response.on('close', () => {
      seen.ended = true;
    });
  });
  call.on('error', () => {
    seen.ended = true;
  });
  call.end();
  return seen;
}

/** A session that can be resumed without showing the certificate again (RFC 8446, 2.2). */
function sessionOf({ port, ca }: TlsDaemon, pair: ClientPair): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({ host: '127.0.0.1', port, ca, ...pair });
    socket.on('error', reject);
    socket.on('session', (session) => {
      resolve(session);
      socket.destroy();
    });
    socket.write('GET /v1/health HTTP/1.1\r\nhost: x\r\n\r\n');
  });
}

suite('tokens and certificates', () => {
  const cleaning: (() => unknown)[] = [];
  let daemon: TlsDaemon;
  before(async () => {
    const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
    daemon = await startTlsDaemon(scope, temporaryDirectory(scope), ['--log-level', 'trace']);
  });
  after(async () => {
    for (const clean of cleaning) await clean();
  });

  test('a token lets in what its role may, from where its owner is; revoked it lets nobody in, and its streams end', async () => {
    const { token, id, ...view } = await daemon.client.access.issueToken({ name: 'ci', role: 'viewer', days: 1 });
    assert.match(token, /^bk_t[a-z0-9]{12}_[A-Za-z0-9_-]{43}$/);
    assert.equal(view.by, 'tester');
    const answer = await ask(daemon, me, { token });
    assert.deepEqual([answer.status, JSON.parse(answer.text).name], [200, 'ci']);
    const listed = (await daemon.client.access.list({ name: 'ci' })).find((proof) => proof.id === id);
    assert.equal(listed?.usedFrom, '127.0.0.1');
    assert.ok(!JSON.stringify(listed).includes(token));

    const stream = follow(daemon, { token });
    await eventually(() => stream.begun, 'the stream begins');
    await daemon.client.access.revoke(id);
    await eventually(() => stream.ended, 'the stream ends');
    const refused = await ask(daemon, me, { token });
    assert.equal(refused.status, 401);
    assert.match(refused.text, /not one that was issued here, or it was revoked/);
    assert.match(String(refused.headers['www-authenticate']), /^Bearer/);
    await assert.rejects(daemon.client.access.revoke(id), rejectsWith('not-found', /There is no token or certificate/));
  });

  test('nobody takes all places of the event stream: not by many readers, not by streams asked for behind another', async () => {
    const { token } = await daemon.client.access.issueToken({ name: 'greedy', role: 'viewer' });
    const { token: other } = await daemon.client.access.issueToken({ name: 'modest', role: 'viewer' });
    const order = `GET /v1/events/stream HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n\r\n`;
    const open = async (count: number): Promise<TLSSocket> => {
      const socket = connect({ host: '127.0.0.1', port: daemon.port, ca: daemon.ca });
      cleaning.push(() => socket.destroy());
      socket.on('error', () => {}).write(order.repeat(count));
      await once(socket, 'data');
      return socket;
    };
    // Those behind the first never get their turn.
    for (let i = 0; i < 300; i += 20)
      for (const socket of await Promise.all(Array.from({ length: 20 }, () => open(7)))) socket.destroy();
    for (let i = 0; i < 200; i += 20) await Promise.all(Array.from({ length: 20 }, () => open(1)));
    const refused = await ask(daemon, 'GET /v1/events/stream', { token });
    assert.equal(refused.status, 429);
    assert.match(refused.text, /200 readers of yours/);
    const answer = await ask(daemon, 'GET /v1/events/stream', { token: other, headersOnly: true });
    assert.equal(answer.status, 200);
  });

  test('requests may follow each other without waiting for answers, but not dozens of them', async () => {
    const { token } = await daemon.client.access.issueToken({ name: 'hasty', role: 'viewer' });
    const order = `GET /v1/me HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n\r\n`;
    const send = (count: number) => {
      const socket = connect({ host: '127.0.0.1', port: daemon.port, ca: daemon.ca });
      cleaning.push(() => socket.destroy());
      const seen = { answers: 0, ended: false };
      socket.on('error', () => {}).write(order.repeat(count));
      socket.on('data', (part: Buffer) => {
        seen.answers += part.toString().split('HTTP/1.1 200').length - 1;
      });
      socket.on('close', () => {
        seen.ended = true;
      });
      return seen;
    };
    const [few, many] = [send(8), send(100)];
    await eventually(() => few.answers === 8 && many.ended, 'few are answered, many are not');
    assert.ok(many.answers < 100, `${many.answers}`);
    assert.equal(few.ended, false);
  });

  test('nobody fills the memory with bodies that do not end; others send theirs', async () => {
    const { token } = await daemon.client.access.issueToken({ name: 'endless', role: 'viewer' });
    const { token: other } = await daemon.client.access.issueToken({ name: 'brief', role: 'viewer' });
    const sockets: TLSSocket[] = [];
    const begin = (headers: string): void => {
      const socket = connect({ host: '127.0.0.1', port: daemon.port, ca: daemon.ca });
      sockets.push(socket);
      cleaning.push(() => socket.destroy());
      socket.on('error', () => {}).resume();
      const all = `host: x\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\n${headers}\r\n`;
      socket.write(`POST /v1/validate HTTP/1.1\r\n${all}\r\n`);
    };
    for (let i = 0; i < 8; i += 1) begin(i % 2 ? 'content-length: 16777216' : 'transfer-encoding: chunked');
    const send = (whose: string) => ask(daemon, 'POST /v1/validate', { token: whose, body: { site: '' } });
    await eventually(async () => (await send(token)).status === 429, 'all of it is under way');
    assert.equal((await send(other)).status, 200);
    assert.equal((await ask(daemon, me, { token })).status, 200);
    for (const socket of sockets) socket.destroy();
    await eventually(async () => (await send(token)).status === 200, 'there is room again');
  });

  test('nobody takes all connections: who has hundreds gets no more, others do', async () => {
    const { token } = await daemon.client.access.issueToken({ name: 'crowd', role: 'viewer', owner: 'team-a' });
    const { token: again } = await daemon.client.access.issueToken({ name: 'mob', role: 'viewer', owner: 'team-a' });
    const { token: other } = await daemon.client.access.issueToken({ name: 'single', role: 'viewer' });
    for (let i = 0; i < 512; i += 64)
      await Promise.all(
        Array.from({ length: 64 }, async () => {
          const socket = connect({ host: '127.0.0.1', port: daemon.port, ca: daemon.ca });
          cleaning.push(() => socket.destroy());
          socket
            .on('error', () => {})
            .write(`GET /v1/me HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n\r\n`);
          await once(socket, 'data');
        }),
      );
    for (const same of [token, again]) {
      const refused = await ask(daemon, me, { token: same });
      assert.deepEqual([refused.status, /512 connections/.test(refused.text)], [429, true], refused.text);
    }
    assert.equal((await ask(daemon, me, { token: other })).status, 200);
  });

  test('a token that is almost right, cut off, doubled or of another kind lets nobody in', async () => {
    const { token, id } = await daemon.client.access.issueToken({ name: 'ci', role: 'admin' });
    const wrong = [
      `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`,
      token.slice(0, -1),
      `${token}${token}`,
      token.replace(id, 'taaaaaaaaaaaa'),
      token.replace('bk_t', 'bk_c'),
      id,
      'null',
      '__proto__',
    ];
    for (const guess of wrong) assert.equal((await ask(daemon, me, { token: guess })).status, 401, guess);
    for (const authorization of [`Basic ${btoa(`ci:${token}`)}`, token, 'Bearer', `Bearer ${token} ${token}`]) {
      assert.equal((await ask(daemon, me, { headers: { authorization } })).status, 401, authorization.slice(0, 10));
    }
    assert.equal((await ask(daemon, `${me}?token=${token}`)).status, 401);
    assert.equal((await ask(daemon, me, { token })).status, 200);
  });

  test('a token that is for some endpoints lets in nowhere else', async () => {
    const only = ['GET /metrics', 'GET /v1/leases'];
    const { token } = await daemon.client.access.issueToken({ name: 'prometheus', role: 'admin', only });
    assert.equal((await ask(daemon, 'GET /metrics', { token })).status, 200);
    assert.equal((await ask(daemon, 'GET /v1/leases', { token })).status, 200);
    for (const endpoint of ['GET /v1/status', 'POST /v1/access/tokens', me, 'GET /v1/leases/none']) {
      const { status } = await ask(daemon, endpoint, { token, ...(endpoint.startsWith('POST') && { body: {} }) });
      assert.ok(status === 403 || status === 404, `${endpoint} ${status}`);
    }
    const order = { name: 'x', role: 'viewer', only: ['GET /v1/leases/'] } as const;
    await assert.rejects(daemon.client.access.issueToken(order), rejectsWith('value-invalid', /is none of the API/));
  });

  test('what cannot be ordered is refused and says why', async () => {
    const { client } = daemon;
    const admin = { name: 'a', role: 'admin' } as const;
    await assert.rejects(
      client.access.issueToken({ ...admin, owner: 'team-a' }),
      rejectsWith('value-invalid', /sees everything, so it cannot be held to owner "team-a"/),
    );
    await assert.rejects(
      client.access.issueToken({ ...admin, name: 'a\nb' }),
      rejectsWith('value-invalid', /letters, digits/),
    );
    await assert.rejects(client.access.issueToken({ ...admin, days: 0 }), rejectsWith('request-invalid', /days/));
    await assert.rejects(
      client.access.issueToken({ name: 'a', role: 'viewer', owner: 'Team A' }),
      rejectsWith('value-invalid', /RFC 1123 label/),
    );
    for (const publicKey of ['nonsense', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----'])
      await assert.rejects(
        client.access.issueCertificate({ ...admin, publicKey }),
        rejectsWith('value-invalid', /public key .*expected the PEM/),
      );
  });

  test('a certificate lets in; one of another authority, a revoked one and a resumed connection of it do not', async () => {
    const { cert, key, view } = await issue(daemon, { name: 'edge', role: 'operator' });
    const answer = await ask(daemon, me, { cert, key });
    const { until, ...rest } = JSON.parse(answer.text);
    assert.deepEqual(rest, { name: 'edge', role: 'operator', proof: 'certificate' });
    assert.equal(until, view.until);

    const stranger = await Authority.open(`${daemon.directory}/stranger`, Date.now);
    const { createPublicKey } = await import('node:crypto');
    const foreign = await stranger.issueForClient('edge', createPublicKey(key), 10);
    const refused = await ask(daemon, me, { cert: foreign, key });
    assert.equal(refused.status, 401);
    assert.match(refused.text, /certificate is none of this installation/);

    const session = await sessionOf(daemon, { cert, key });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    cleaning.push(() => agent.destroy());
    assert.equal((await ask(daemon, me, { cert, key, agent })).status, 200);
    const stream = follow(daemon, { cert, key });
    await eventually(() => stream.begun, 'the stream begins');
    await daemon.client.access.revoke(view.id);
    await eventually(() => stream.ended, 'the stream ends');
    assert.equal((await ask(daemon, me, { cert, key })).status, 401);
    assert.equal((await ask(daemon, me, { cert, key, agent }).catch(() => ({ status: 401 }))).status, 401);
    assert.equal((await ask(daemon, me, { cert, key, session })).status, 401);
  });

  test('the journal says who changed what and from where; over TLS nobody borrows a name', async () => {
    const { token } = await daemon.client.access.issueToken({ name: 'iaas', role: 'operator' });
    const headers = { 'bridgekeeper-author': 'root' };
    const body = { range: '02:1a:3f:00:00:00/24' };
    const asked = await ask(daemon, 'PUT /v1/pools/vms', { token, headers, body });
    assert.equal(asked.status, 200, asked.text);
    const { entries } = await daemon.client.audit.list({});
    const issued = entries.find(({ text }) => /Token ".*" for "iaas"/.test(text));
    assert.deepEqual([issued?.who, issued?.from], ['tester', 'unix socket']);
    const applied = entries.find(({ who }) => who === 'iaas');
    assert.equal(applied?.from, '127.0.0.1');
    assert.ok(entries.every(({ who }) => who !== 'root'));
    assert.equal((await daemon.client.revisions(1))[0]?.author, 'iaas');
  });

  test('the same methods of the client work over TLS, by token and by certificate', async () => {
    const server = `https://localhost:${daemon.port}`;
    const { token } = await daemon.client.access.issueToken({ name: 'ci', role: 'operator' });
    const { cert: certificate, key } = await issue(daemon, { name: 'edge', role: 'viewer' });
    for (const show of [{ token }, { certificate, key }]) {
      const client = createClient({ server, ca: daemon.ca, ...show });
      assert.equal((await client.status()).driver, 'none');
      assert.deepEqual(await client.leases(), []);
      await assert.rejects(client.access.list(), rejectsWith('forbidden', /needs role admin/));
    }
    const nobody = createClient({ server, ca: daemon.ca });
    await assert.rejects(nobody.status(), rejectsWith('unauthenticated', /does not say who asks/));
    await assert.rejects(
      createClient({ server }).status(),
      rejectsWith('daemon-unreachable', /signed by nobody who is believed/),
    );
  });

  test('no token, key or certificate is in the log of the daemon, whatever it logs', async () => {
    const { token, id } = await daemon.client.access.issueToken({ name: 'ci', role: 'viewer' });
    const { cert, key } = await issue(daemon, { name: 'edge', role: 'viewer' });
    const secret = token.split('_').at(-1) as string;
    await ask(daemon, me, { token });
    await ask(daemon, `GET /v1/status?token=${token}`, { token });
    await ask(daemon, `GET /v1/none?token=${token}`);
    await ask(daemon, 'POST /v1/apply', { token, body: { site: token } });
    await ask(daemon, me, { headers: { cookie: `__Host-bridgekeeper=${secret}` } });
    await ask(daemon, me, { token: `${token}x` });
    await ask(daemon, me, { cert, key });
    await daemon.client.access.revoke(id);
    assert.ok(daemon.log().includes('/v1/me'));
    assert.match(daemon.log(), /"from":"127\.0\.0\.1","endpoint":"GET \/v1\/me","code":"unauthenticated"/);
    assert.ok(!daemon.log().includes(secret));
    assert.doesNotMatch(daemon.log(), /PRIVATE KEY|BEGIN CERTIFICATE/);
  });

  test('on the unix socket a token counts more than the user who shows it', async () => {
    const { token } = await daemon.client.access.issueToken({ name: 'ci', role: 'viewer' });
    const status = await new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}` };
      request({ socketPath: daemon.socket, path: '/v1/access', headers, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    assert.equal(status, 403);
  });
});

test('a revoked token is refused also after kill -9, and others still let in', async (t) => {
  const directory = temporaryDirectory(t);
  const first = await startTlsDaemon(t, directory);
  const gone = await first.client.access.issueToken({ name: 'gone', role: 'viewer' });
  const kept = await first.client.access.issueToken({ name: 'kept', role: 'viewer' });
  const pair = await issue(first, { name: 'edge', role: 'viewer' });
  await first.client.access.revoke(gone.id);
  await first.end('SIGKILL');
  const second = await startTlsDaemon(t, directory);
  assert.equal(second.ca, first.ca);
  assert.equal((await ask(second, me, { token: gone.token })).status, 401);
  assert.equal((await ask(second, me, { token: kept.token })).status, 200);
  assert.equal((await ask(second, me, { cert: pair.cert, key: pair.key })).status, 200);
});
