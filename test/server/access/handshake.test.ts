import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { type ConnectionOptions, connect } from 'node:tls';
import { mostOfOne } from '../../../src/server/limit-strangers.ts';
import { ask, eventually, startTlsDaemon, type TlsDaemon } from './tls-daemon.ts';

/** TLS's numbers of groups: RFC 8446, 4.2.7, and draft-ietf-tls-ecdhe-mlkem. */
const groups: Readonly<Record<number, string>> = { 29: 'X25519', 23: 'P-256', 4588: 'X25519MLKEM768' };
const serverHello = 2;
const handshake = 22;
const keyShare = 51;
/** The random of a ServerHello that asks the client to begin anew (RFC 8446, 4.1.3). */
const retryRandom = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c';

/** Group and kind of each ServerHello in the bytes that a server sent: it stands there in clear (RFC 8446, 4.1.3). */
function readServerHellos(bytes: Buffer): { group: string; retry: boolean }[] {
  const found: { group: string; retry: boolean }[] = [];
  for (let at = 0; at + 5 <= bytes.length; at += 5 + bytes.readUInt16BE(at + 3)) {
    if (bytes[at] !== handshake || bytes[at + 5] !== serverHello) continue;
    const retry = bytes.toString('hex', at + 11, at + 43) === retryRandom;
    const afterId = at + 44 + (bytes[at + 43] as number);
    const end = afterId + 5 + bytes.readUInt16BE(afterId + 3);
    for (let extension = afterId + 5; extension < end; extension += 4 + bytes.readUInt16BE(extension + 2)) {
      if (bytes.readUInt16BE(extension) !== keyShare) continue;
      const number = bytes.readUInt16BE(extension + 4);
      found.push({ group: groups[number] ?? `group ${number}`, retry });
    }
  }
  return found;
}

/** Connects through a relay that keeps what the server says, and answers its ServerHellos. */
async function negotiate(
  { port, ca }: TlsDaemon,
  options: ConnectionOptions,
): Promise<{ hellos: ReturnType<typeof readServerHellos>; protocol: string | null }> {
  const said: Buffer[] = [];
  const relay = createServer((near) => {
    const far = connectTcp(port, '127.0.0.1');
    far.on('data', (part) => said.push(part));
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) socket.on('error', () => {});
  }).listen(0, '127.0.0.1');
  await once(relay, 'listening');
  try {
    const { port: near } = relay.address() as AddressInfo;
    const client = connect({ host: '127.0.0.1', port: near, ca, ...options });
    await once(client, 'secureConnect');
    const protocol = client.getProtocol();
    client.destroy();
    return { hellos: readServerHellos(Buffer.concat(said)), protocol };
  } finally {
    relay.close();
  }
}

suite('the handshake of TLS', () => {
  const cleaning: (() => unknown)[] = [];
  let daemon: TlsDaemon;
  before(async () => {
    daemon = await startTlsDaemon({ after: (clean) => cleaning.unshift(clean) });
  });
  after(async () => {
    for (const clean of cleaning) await clean();
  });

  test('the key exchange is X25519MLKEM768 with whoever knows it: the wire says so', async () => {
    const { hellos, protocol } = await negotiate(daemon, { ecdhCurve: 'X25519MLKEM768:X25519' });
    assert.deepEqual(hellos, [{ group: 'X25519MLKEM768', retry: false }]);
    assert.equal(protocol, 'TLSv1.3');
  });

  test('a client of Node gets it without any setting', async () => {
    const { hellos } = await negotiate(daemon, {});
    assert.equal(hellos.at(-1)?.group, 'X25519MLKEM768');
  });

  test('a client that knows it but begins with X25519 is asked to begin anew with it', async () => {
    const { hellos } = await negotiate(daemon, { ecdhCurve: 'X25519:X25519MLKEM768' });
    assert.deepEqual(hellos, [
      { group: 'X25519MLKEM768', retry: true },
      { group: 'X25519MLKEM768', retry: false },
    ]);
  });

  test('a client that does not know it gets X25519, or P-256 if that is all it has', async () => {
    const modern = await negotiate(daemon, { ecdhCurve: 'X25519:P-256' });
    assert.deepEqual(modern.hellos, [{ group: 'X25519', retry: false }]);
    const old = await negotiate(daemon, { ecdhCurve: 'P-256' });
    assert.deepEqual(old.hellos, [{ group: 'P-256', retry: false }]);
  });

  test('TLS 1.2 is refused', async () => {
    await assert.rejects(negotiate(daemon, { maxVersion: 'TLSv1.2' }), /protocol version|ECONNRESET|socket hang up/i);
  });

  test('HTTP without TLS is answered with nothing', async () => {
    const socket = connectTcp(daemon.port, '127.0.0.1');
    socket.on('error', () => {});
    let said = '';
    socket.setEncoding('latin1').on('data', (part: string) => {
      said += part;
    });
    socket.write('GET /v1/health HTTP/1.1\r\nhost: x\r\n\r\n');
    await once(socket, 'close');
    assert.doesNotMatch(said, /HTTP|healthy/);
  });

  test('nobody who is unknown holds all connections of an address, and who is known gets in meanwhile', async () => {
    const sockets: Socket[] = [];
    try {
      let closed = 0;
      for (let count = 0; count < mostOfOne + 20; count += 1) {
        const socket = connectTcp(daemon.port, '127.0.0.1');
        socket.on('error', () => {});
        socket.on('close', () => {
          closed += 1;
        });
        sockets.push(socket);
      }
      await eventually(() => closed >= 20, 'the connections that are too many are closed');
      assert.ok(closed < mostOfOne);
      for (const socket of sockets.splice(0, 100)) socket.destroy();
      await eventually(async () => {
        const answer = await ask(daemon, 'GET /v1/health').catch(() => undefined);
        return answer?.status === 200;
      }, 'there is room again');
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  });
});
