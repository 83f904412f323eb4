import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { shell } from '../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { openEngine } from '../reconciler/open-engine.ts';
import { cleaningScope, type NatLab, type NatSite, siteOf, startNatLab } from './nat/nat-lab.ts';
import { shared, world } from './network.ts';

enterNamespace(import.meta.filename);

const site: NatSite = { guests: ['name: web1, nics: [{segment: dev}]'] };
const scope = cleaningScope();
let lab: NatLab;
before(async () => {
  lab = await startNatLab(scope, site);
});
after(() => scope.clean());

test('a session of the host to a guest that conntrack does not know outlives that the guest speaks first', async () => {
  const [lease] = await lab.open.engine.leases();
  const [host, web1] = [lab.in('host'), lab.in('web1')];
  await web1.run(`server = socket.create_server(('', 22)); server.settimeout(5)`);
  await host.run(`s = socket.create_connection(('${lease?.ipv4}', 22), 5)`);
  await web1.run(`c, _ = server.accept()`);
  // As when the gateway is first applied: nobody tracked sessions before.
  shell('conntrack -F');
  await web1.run(`c.sendall(b'from the guest '); time.sleep(0.3)`);
  await host.run(`s.sendall(b'from the host'); s.settimeout(10)`);
  assert.equal(await host.run(`s.recv(100).decode()`), 'from the guest ');
  assert.equal(
    await web1.run(`c.settimeout(10)
c.recv(100).decode()`),
    'from the host',
  );
});

test('what a guest sends into the middle of nothing at a service of the host is reset', async () => {
  await lab.in('host').run(`dns = socket.create_server(('', 53)); dns.settimeout(5)`);
  const said = await lab.in('web1').run(`
s = socket.create_connection(('10.77.10.1', 53), 5)
s.getsockname()[1]`);
  assert.equal(typeof said, 'number');
  shell('conntrack -F');
  const failure = await lab.in('web1').run(`
try:
    s.sendall(b'x'); s.settimeout(5); answer = repr(s.recv(10))
except OSError as error:
    answer = type(error).__name__
answer`);
  assert.equal(failure, 'ConnectionResetError');
});

test('a guest keeps its port block, and its sessions, when the host listens on a port of it by now', async () => {
  const blocks = async () => (await lab.open.engine.leases()).map(({ guest, portBlock }) => [guest, portBlock]);
  const before = await blocks();
  const first = Number(/^\d+/.exec(before[0]?.[1] ?? '')?.[0]);
  // Such as a name server that asks another: from any port, for a moment.
  await lab
    .in('host')
    .run(`asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); asking.bind(('', ${first + 7}))`);
  await lab.open.close();
  lab = { ...lab, open: await openEngine(scope, { directory: lab.open.directory }) };
  await lab.open.apply(siteOf({ ...site, guests: [...site.guests, 'name: web2, nics: [{segment: dev}]'] }));
  const now = await blocks();
  assert.deepEqual(now[0], before[0]);
  assert.equal(now.length, 2);
});

test('a service of the host on a port of a guest is reached again from the port of a client that closed just now', async () => {
  const [, web1] = /^(\d+)/.exec((await lab.open.engine.leases())[0]?.portBlock ?? '') ?? [];
  const port = Number(web1) + 9;
  const [host, client] = [lab.in('host'), lab.in('world')];
  const connect = () =>
    client.run(`
c = socket.socket(); c.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
c.bind(('${world.ipv4}', 40000)); c.settimeout(2); c.connect(('${shared.ipv4}', ${port}))`);
  await host.run(`service = socket.create_server(('', ${port})); service.settimeout(5)`);
  await connect();
  await host.run(`peer, _ = service.accept(); peer.close()`);
  await client.run(`c.recv(1); c.close()`);
  assert.match(shell(`ss -tan state time-wait sport = :${port}`), /:40000/);
  // conntrack forgets it earlier than TCP does.
  shell('conntrack -F');
  await connect();
});
