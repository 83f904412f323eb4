import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parsePortRange } from '../../src/model/port-range.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { openEngine } from '../reconciler/open-engine.ts';
import { cleaningScope, type NatLab, siteOf, startNatLab } from './nat/nat-lab.ts';
import { world } from './network.ts';

enterNamespace(import.meta.filename);

const site = {
  guests: [
    'name: web1, nics: [{segment: dev}]',
    'name: db1, nics: [{segment: dev}]',
    'name: sip1, share: same-address, ports: [5060], nics: [{segment: dev}]',
  ],
  limits: '{sessions: 5000, sessionsPerGuest: 400, portBlock: 100}',
};
const forwards: string[] = [];
const scope = cleaningScope();
let lab: NatLab;
before(async () => {
  lab = await startNatLab(scope, site);
  await lab.in('world').run(`udp('server', 9000); udp('other', 9001)`);
});
after(() => scope.clean());

/** Port blocks of a guest as the users see them. */
const blocksOf = async (guest: string) => {
  const lease = (await lab.open.engine.leases()).find((one) => one.guest === guest);
  return (lease?.portBlock ?? '').split(', ').map(parsePortRange);
};

/** The guest opens sessions from inner ports of its own each; the ports as which the world sees them. */
const openSessions = (guest: string, count: number, first: number): Promise<number[]> =>
  lab
    .in(guest)
    .run(`
for i in range(${count}):
    udp(f's{${first} + i}', 0)
    send(globals()[f's{${first} + i}'], '${world.ipv4}', 9000)
    time.sleep(0.01)
  `)
    .then(() =>
      lab.in('world').run<number[]>(`
seen = []
for i in range(${count}):
    seen.append(hear(server)['port'])
seen`),
    );

const isIn = (ports: readonly { first: number; last: number }[], port: number): boolean =>
  ports.some(({ first, last }) => port >= first && port <= last);

async function until<T>(look: () => Promise<T | undefined | false>, what: string): Promise<T> {
  for (let i = 0; i < 300; i++) {
    const seen = await look();
    if (seen) return seen;
    await sleep(200);
  }
  throw new Error(`${what}: not within a minute`);
}

/** Waits until the guest has so many blocks. */
const grown = (guest: string, count: number) =>
  until(async () => {
    const blocks = await blocksOf(guest);
    return blocks.length >= count && blocks;
  }, `${count} blocks`);

/** Opens as many sessions as the guest needs to get so many blocks; the ports that the world saw. */
async function grow(guest: string, blocks: number, open: number): Promise<number[]> {
  const seen: number[] = [];
  for (let count = (await blocksOf(guest)).length; count < blocks; count++) {
    const more = 60 * count + 5 - open - seen.length;
    seen.push(...(await openSessions(guest, more, 1000 + seen.length)));
    await grown(guest, count + 1);
  }
  assert.equal((await blocksOf(guest)).length, blocks);
  return seen;
}

test('a guest near the end of its block gets further ones beside it, up to the maximum, and its sessions go on', async () => {
  const [first] = await blocksOf('web1');
  assert.ok(first);
  const early = await openSessions('web1', 70, 0);
  // On a busy machine the second block may be there before the last of them.
  assert.ok(early.every((port) => isIn([{ first: first.first, last: first.last + 100 }], port)));
  assert.ok(early.slice(0, 50).every((port) => isIn([first], port)));
  const two = await grown('web1', 2);
  assert.equal(two[1]?.first, first.last + 1, 'there was room beside the first one');
  const entry = (await lab.open.engine.journal(5)).find(({ kind }) => kind === 'port-block');
  assert.match(entry?.text ?? '', /^guest "web1" nears the end of its ports and gets port block \d+-\d+ besides$/);
  // A session of before is answered where it was.
  await lab.in('web1').run(`send(s0, '${world.ipv4}', 9000, b'again')`);
  const again = await lab.in('world').run<{ port: number; text: string }>('hear(server)');
  assert.deepEqual([again.text, early.includes(again.port)], ['again', true]);
  await lab.in('world').run(`send(server, '203.0.113.10', ${again.port}, b'answer')`);
  assert.equal((await lab.in('web1').run<{ text: string }>('hear(s0)')).text, 'answer');
  const later = await grow('web1', 4, early.length);
  assert.ok(later.every((port) => isIn([{ first: first.first, last: first.first + 399 }], port)));
  assert.equal(new Set([...early, ...later]).size, early.length + later.length, 'no port twice toward one peer');
  assert.equal((await blocksOf('db1')).length, 1, 'others keep what they have');
});

for (const guest of ['db1', 'sip1']) {
  test(`where there is no room beside a block, flows of ${guest} are spread by their inner port, which keeps its outer one`, async () => {
    const [first] = await blocksOf(guest);
    assert.ok(first);
    forwards.push(`port: ${first.last + 50}, to: "web1:80"`, `port: ${first.first - 50}, to: "web1:80"`);
    const { revision } = await lab.open.apply(siteOf({ ...site, forwards }));
    assert.ok(revision.number > 1);
    assert.deepEqual((await blocksOf(guest))[0], first);
    await grow(guest, 2, 0);
    const [, second] = await blocksOf(guest);
    assert.ok(second && second.first !== first.last + 1 && second.last !== first.first - 1);
    const used = new Set<number>();
    for (let i = 0; i < 16; i++) {
      await lab
        .in(guest)
        .run(`udp('t', ${61_000 + i}); send(t, '${world.ipv4}', 9000); send(t, '${world.ipv4}', 9001)`);
      const one = await lab.in('world').run<{ port: number }>('hear(server)');
      const other = await lab.in('world').run<{ port: number }>('hear(other)');
      assert.equal(one.port, other.port, `inner port ${61_000 + i}`);
      used.add((await blocksOf(guest)).findIndex((block) => isIn([block], one.port)));
    }
    assert.deepEqual([...used].sort(), [0, 1]);
  });
}

test('ports of further blocks trace to their guest, after a restart too, and others that come take none of them', async () => {
  const blocks = await blocksOf('web1');
  for (const { first } of blocks) {
    const now = Date.now();
    const holders = await lab.open.registry.holders.between(now, now).blocksWith(first);
    assert.deepEqual(
      holders.map(({ guest }) => guest),
      ['web1'],
      `port ${first}`,
    );
  }
  const { directory } = lab.open;
  await lab.open.close();
  const open = await openEngine(scope, { directory });
  lab = { ...lab, open };
  assert.deepEqual(await blocksOf('web1'), blocks);
  const sites = { ...site, forwards, guests: [...site.guests, 'name: api1, nics: [{segment: prod}]'] };
  await open.apply(siteOf(sites));
  assert.deepEqual(await blocksOf('web1'), blocks);
  const [api] = await blocksOf('api1');
  const others = [...blocks, ...(await blocksOf('db1'))];
  assert.ok(api && !others.some(({ first, last }) => api.first <= last && api.last >= first));
});

test('a site that allows one block takes the further ones back at once', async () => {
  await lab.open.apply(siteOf({ ...site, limits: '{sessions: 5000, sessionsPerGuest: 100, portBlock: 100}' }));
  assert.deepEqual([(await blocksOf('web1')).length, (await blocksOf('db1')).length], [1, 1]);
});
