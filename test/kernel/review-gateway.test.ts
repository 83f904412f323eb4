import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { shell } from '../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { type OpenEngine, openEngine } from '../reconciler/open-engine.ts';
import { fourGuests, siteText } from '../reconciler/sites.ts';
import { buildNetwork, shared } from './network.ts';
import { type Guests, startGuests } from './start-guests.ts';

enterNamespace(import.meta.filename);

const cleaning: (() => unknown)[] = [];
const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
let open: OpenEngine;
let guests: Guests;
before(async () => {
  buildNetwork(['web1', 'db1', 'api1', 'sip1']);
  // As a cloud has it: a service of the link that tells the host's own identity.
  shell('ip -n world address add 169.254.169.254/32 dev eth0; ip route add 169.254.169.254 dev eth0');
  open = await openEngine(scope);
  await open.apply(siteText({ guests: fourGuests }));
  guests = await startGuests(scope, open.engine, ['world', 'host']);
  await guests.listen({ world: [80], host: [8022] });
});
after(async () => {
  for (const clean of cleaning) await clean();
});

/** Datagrams from a guest to `address`, each a flow of its own. */
function flood(guest: string, address: string, flows: number): void {
  const script = `
import socket
sent = 0
port = 9999
sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(10)]
while sent < ${flows}:
    for s in sockets:
        try: s.sendto(b"x", ("${address}", port))
        except OSError: continue
        finally: sent += 1
    port += 1
`;
  shell(`ip netns exec ${guest} python3 -c '${script}'`);
}

test('what one guest asks of the host does not fill the connection table, and its neighbours are still served', async () => {
  flood('web1', shared.ipv4, 9_000);
  const count = Number(shell('cat /proc/sys/net/netfilter/nf_conntrack_count'));
  assert.ok(count <= 4_200, `${count} entries after 9,000 flows of one guest`);
  assert.ok(count >= 1_000, `${count} entries: not even what a guest may ask for at once came through`);
  const { guests: refused } = await open.engine.limits.list();
  assert.deepEqual(
    refused.map(({ guest, refused: [first] }) => [guest, first?.limit]),
    [['web1', 'host']],
  );
  assert.equal(await guests.answer('db1', shared.ipv4, 8022), 'host');
  assert.equal(await guests.answer('sip1', '169.254.1.1', 8022), 'timeout', 'only what the shared address offers');
  assert.equal(await guests.answer('web1', '203.0.113.1', 80), 'world', 'its own way to the world is not the same');
});

test("a guest does not get at the link-local services of the uplink, such as a cloud's metadata", async () => {
  assert.equal(await guests.answer('host', '169.254.169.254', 80), 'world');
  assert.equal(await guests.answer('web1', '169.254.169.254', 80), 'timeout');
  assert.equal(await guests.answer('sip1', '169.254.169.254', 80), 'timeout');
  await open.apply(
    siteText({ guests: fourGuests, policies: ['from: web1, to: 169.254.169.254/32, ports: [tcp/80], action: allow'] }),
  );
  assert.equal(await guests.answer('web1', '169.254.169.254', 80), 'world', 'a policy may say otherwise');
  assert.equal(await guests.answer('db1', '169.254.169.254', 80), 'timeout');
});
