import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { SocketPeers } from '../../src/access/socket-peers.ts';
import { startTestDaemon } from '../daemon/test-daemon.ts';
import { rejectsWith } from '../server/answers.ts';

const from = 'unix socket';
const peer = (uid: number, gid = 1000, groups: number[] = []) => ({ from, peer: { pid: 1, uid, gid, groups } });
const peers = new SocketPeers(500, () => 600);
const read = (...shown: Parameters<typeof peer>) => peers.read(peer(...shown));

test("root, the daemon's user and members of its group may do everything; nobody else anything", () => {
  assert.deepEqual(read(0), { name: 'root', role: 'admin', proof: 'socket', from });
  for (const known of [read(500), read(1000, 600), read(1000, 1000, [4, 600])]) assert.equal(known?.role, 'admin');
  for (const unknown of [peer(1000), peer(1000, 1000, [0, 500]), peer(65_534)])
    assert.throws(() => peers.read(unknown), rejectsWith('forbidden', /is not in the group "bridgekeeper"/));
  const without = new SocketPeers(500, () => undefined);
  assert.throws(() => without.read(peer(1000)), rejectsWith('forbidden', /is not in the group/));
  assert.equal(peers.read({ from: '192.0.2.1' }), undefined);
});

test('only root and the daemon itself put another name in front', () => {
  assert.equal(peers.read({ ...peer(0), author: 'alice%20b' })?.name, 'alice b');
  assert.equal(peers.read({ ...peer(500), author: 'alice' })?.name, 'alice');
  assert.equal(peers.read({ ...peer(4_000_000, 600), author: 'alice' })?.name, 'uid-4000000');
  for (const author of ['%', '%00', '', 'x'.repeat(65)])
    assert.throws(() => peers.read({ ...peer(0), author }), rejectsWith('request-invalid', /Bridgekeeper-Author/));
});

test('the kernel says who opened the socket: a stranger is refused even where everybody may write to it', async (t) => {
  const daemon = await startTestDaemon(t);
  if (process.getuid?.() !== 0) return t.skip('only root can become somebody else');
  chmodSync(daemon.socket, 0o666);
  for (const path of [daemon.socket.replace(/\/[^/]+$/, '')]) chmodSync(path, 0o755);
  const program = `require('node:http').get({ socketPath: ${JSON.stringify(daemon.socket)}, path: '/v1/status',
    headers: { 'bridgekeeper-author': 'root' } }, (response) => { response.pipe(process.stdout); });`;
  const ask = (uid: number, gid: number) =>
    promisify(execFile)(process.execPath, ['-e', program], { uid, gid, cwd: '/', env: {} });
  const { stdout } = await ask(65_534, 65_534);
  assert.match(stdout, /"code":"forbidden".*User \\"nobody\\"|User \\"nobody\\".*"code":"forbidden"/);
  const { stdout: root } = await ask(0, 0);
  assert.match(root, /"driver":"none"/);
});
