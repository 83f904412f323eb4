import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { unsentBytes } from '../../src/system/unsent-bytes.ts';

test('bytes that the other side has not acknowledged are counted, until it has', async (t) => {
  const server = createServer({ pauseOnConnect: true });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  const [other] = await accepted;
  t.after(() => {
    socket.destroy();
    other.destroy();
    server.close();
  });
  assert.equal(unsentBytes(socket), 0);
  // More than both kernels take while nobody reads.
  socket.write(Buffer.alloc(64_000_000));
  const waitFor = async (what: (bytes: number) => boolean): Promise<void> => {
    const end = performance.now() + 20_000;
    while (!what(unsentBytes(socket))) {
      assert.ok(performance.now() < end, `${unsentBytes(socket)} bytes are unsent`);
      await sleep(10);
    }
  };
  await waitFor((bytes) => bytes > 0);
  other.resume();
  await once(socket, 'drain');
  await waitFor((bytes) => bytes === 0);
  socket.destroy();
  assert.equal(unsentBytes(socket), 0);
});
