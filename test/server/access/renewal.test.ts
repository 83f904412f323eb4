import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, get } from 'node:http';
import { type AddressInfo, connect as connectPlain } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect } from 'node:tls';
import Fastify from 'fastify';
import { Authority } from '../../../src/access/authority.ts';
import { GivenKeys } from '../../../src/access/server-keys.ts';
import type { App } from '../../../src/server/app.ts';
import { listenOnTls } from '../../../src/server/listen-on-tls.ts';
import { LiveRequests } from '../../../src/server/live-requests.ts';
import { temporaryDirectory } from '../../daemon/test-daemon.ts';
import { freePort } from '../metrics/free-port.ts';
import { eventually } from './tls-daemon.ts';

test('a certificate whose files are replaced is shown to the next client; a broken one is not', async (t) => {
  const directory = temporaryDirectory(t);
  const authority = await Authority.open(directory, Date.now);
  const files = { certificate: join(directory, 'fullchain.pem'), key: join(directory, 'privkey.pem') };
  const give = async (): Promise<string> => {
    const pair = await authority.issueForServer(['localhost', '127.0.0.1'], 90);
    writeFileSync(files.certificate, pair.certificate);
    writeFileSync(files.key, pair.key);
    return new X509Certificate(pair.certificate).serialNumber;
  };
  const first = await give();
  const app = Fastify() as unknown as App;
  await app.ready();
  const port = await freePort();
  const listener = await listenOnTls(app, {
    places: [{ address: '127.0.0.1', port }],
    keys: new GivenKeys(files),
    authority: authority.certificate,
    log: app.log,
    lookEvery: 20,
  });
  t.after(async () => {
    await listener.close();
    await app.close();
  });
  const shown = async (): Promise<string> => {
    const socket = connect({ host: '127.0.0.1', port, ca: authority.certificate });
    await once(socket, 'secureConnect');
    const { serialNumber } = socket.getPeerCertificate();
    socket.destroy();
    return serialNumber;
  };
  assert.equal(await shown(), first);
  writeFileSync(files.key, 'nonsense');
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(await shown(), first);
  const second = await give();
  await eventually(async () => (await shown()) === second, 'the new certificate is shown');
});

test('what is open is cut when its proof expires, and not before', async (t) => {
  let now = 1_000_000;
  const live = new LiveRequests(() => now, 20);
  const server = createServer((request, response) => {
    const until = Number(request.url?.slice(1));
    const principal = { name: 'ci', role: 'viewer', proof: 'token', id: `t${until}`, from: 'here', until } as const;
    live.enter(principal, response, request.socket);
    response.write('begun');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    live.close();
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const open = async (until: number): Promise<{ ended: boolean }> => {
    const seen = { ended: false };
    const call = get({ port, host: '127.0.0.1', path: `/${until}`, agent: false });
    call.on('error', () => {});
    const [response] = await once(call, 'response');
    response.resume().on('error', () => {});
    response.on('close', () => {
      seen.ended = true;
    });
    return seen;
  };
  const [soon, later] = [await open(1_000_100), await open(2_000_000)];
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(soon.ended, false);
  now = 1_000_100;
  await eventually(() => soon.ended, 'the stream of what has expired is cut');
  assert.equal(later.ended, false);
  live.cut('t2000000');
  await eventually(() => later.ended, 'the stream of what was revoked is cut');
});

test('what is asked for behind another request on one connection is cut with its proof, too', async (t) => {
  const live = new LiveRequests(Date.now);
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    live.enter({ name: 'ci', role: 'viewer', proof: 'token', id: `t${asked}`, from: 'here' }, response, request.socket);
    if (asked === 1) setTimeout(() => response.end('answered'), 200);
    else response.write('begun');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    live.close();
    server.closeAllConnections();
    server.close();
  });
  const socket = connectPlain((server.address() as AddressInfo).port, '127.0.0.1');
  let said = '';
  socket.setEncoding('utf8').on('data', (part: string) => {
    said += part;
  });
  socket.on('error', () => {}).write('GET / HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(2));
  await eventually(() => said.includes('begun'), 'both are answered');
  live.cut('t2');
  await eventually(() => socket.closed, 'the connection ends');
});

test('who takes nothing of an answer is cut off in time; who waits for slow work is not', async (t) => {
  const directory = temporaryDirectory(t);
  const authority = await Authority.open(directory, Date.now);
  const app = Fastify({ logger: false }) as unknown as App;
  app.get('/large', () => 'x'.repeat(64 * 1024 * 1024));
  app.get('/slow', async () => {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    return 'done';
  });
  await app.ready();
  const pair = authority.issueForServer(['127.0.0.1'], 1);
  const keys = { look: () => pair };
  const settings = {
    places: [{ address: '127.0.0.1', port: 0 }],
    keys,
    authority: authority.certificate,
    log: app.log,
  };
  const listener = await listenOnTls(app, { ...settings, patience: 300 });
  t.after(() => listener.close());
  const [{ port } = { port: 0 }] = listener.places;
  const ask = (path: string) => {
    const socket = connect({ host: '127.0.0.1', port, ca: authority.certificate }, () => {
      socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
    });
    t.after(() => socket.destroy());
    return socket.on('error', () => {});
  };
  let said = '';
  ask('/slow').on('data', (part: Buffer) => {
    said += part.toString();
  });
  const stalled = ask('/large');
  await once(stalled, 'secureConnect');
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  let taken = 0;
  stalled.on('data', (part: Buffer) => {
    taken += part.length;
  });
  await eventually(() => stalled.closed, 'who took nothing is cut off');
  assert.ok(taken < 64 * 1024 * 1024, `${taken}`);
  assert.match(said, /done/);
});
