import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Explanation } from '../../src/model/explanation.ts';
import { shell } from '../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { type OpenEngine, openEngine } from '../reconciler/open-engine.ts';
import { siteText } from '../reconciler/sites.ts';
import { drawTrials, listSessions, type Outcome, randomOf, type Session, send, type Trial } from './explain-trials.ts';
import { buildNetwork, shared, world } from './network.ts';
import { type Guests, startGuests } from './start-guests.ts';

enterNamespace(import.meta.filename);

const guestNames = ['web1', 'db1', 'api1', 'sip1'] as const;
const site = siteText({
  head: `
site: testlab
uplink: {interface: eth0, shared: [203.0.113.10, "2001:db8::10"]}
watch: {guests: false, forwards: false}
pools: [{name: default, range: 02:1a:3f:00:00:00/24}]
limits: {sessions: 4000, sessionsPerGuest: 900}
`,
  segments: [
    'name: dev, subnet: 10.77.10.0/24, subnet6: "fd00:77:10::/64"',
    'name: prod, subnet: 10.77.20.0/24, subnet6: "fd00:77:20::/64"',
  ],
  guests: [
    'name: web1, nics: [{segment: dev}]',
    'name: db1, nics: [{segment: dev, mac: "02:1a:3f:00:10:01", ip: 10.77.10.20}]',
    'name: api1, nat: {mapping: address-and-port-dependent}, limits: {sessions: 800}, nics: [{segment: prod}]',
    'name: sip1, share: same-address, ports: [5060, 16384-16483], nics: [{segment: dev}]',
  ],
  forwards: [
    'port: 8080, to: "web1:80"',
    'port: 2222, to: "db1:22", from: [198.51.100.0/24, 10.77.10.0/24]',
    'port: 2300, to: "db1:22", rate: 500/second',
    'port: 30000-30009, protocol: udp, to: "web1:30000-30009"',
    'port: 31000-31009, to: "web1:32000-32009"',
    'port: 9000, protocol: udp, to: "api1:9000", from: ["2001:db8::/64"]',
  ],
  policies: [
    'name: api-to-db, from: api1, to: db1, ports: [tcp/5432], action: allow',
    'name: no-8000, from: api1, to: web1, ports: [tcp/8000], action: deny',
    'name: api-to-web, from: api1, to: web1, ports: [tcp/8000-8010, udp], action: allow',
    'name: no-smtp, from: web1, to: world, ports: [tcp/25], action: deny',
    'name: no-ping, from: db1, to: world, ports: [icmp], action: deny',
    'name: no-ssh-to-host, from: db1, to: host, ports: [tcp/22], action: deny',
    'name: admin, from: web1, to: host, ports: [tcp/8443], action: allow',
    'name: not-31005, from: world, to: web1, ports: [tcp/32005], action: deny',
    'name: direct, from: 198.51.100.0/24, to: api1, ports: [udp], action: allow',
    'name: dev-to-prod, from: dev, to: prod, ports: [tcp/80-90, icmp], action: allow',
    'name: sip-no-smtp, from: sip1, to: world, ports: [tcp/25], action: deny',
  ],
});
/** Each means something somewhere, and everybody listens at each. */
const ports = [22, 25, 80, 2222, 2300, 5060, 5432, 8000, 8005, 8080, 8443, 9000, 30005, 31000, 31005, 32000, 32005];
const gateways = ['10.77.10.1', '10.77.20.1', 'fd00:77:10::1', 'fd00:77:20::1'];

const cleaning: (() => unknown)[] = [];
let open: OpenEngine;
let guests: Guests;
before(async () => {
  const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
  buildNetwork(guestNames);
  // A neighbour in the world may try to reach inner addresses.
  shell(`
    ip -n world route add 10.77.0.0/16 via ${shared.ipv4}
    ip -n world -6 route add fd00:77::/32 via ${shared.ipv6}
  `);
  open = await openEngine(scope);
  await open.apply(site);
  guests = await startGuests(scope, open.engine, ['world', 'host']);
  for (const name of ['host', 'world', ...guestNames]) {
    // A datagram's answer must come from the address that was asked, so hosts with several listen at each.
    const several = { host: [shared.ipv4, shared.ipv6, ...gateways], world: Object.values(world) }[name];
    const requests = ports.flatMap((port) => [
      { protocol: 'tcp' as const, port },
      ...(several ?? ['::']).map((address) => ({ protocol: 'udp' as const, port, address })),
    ]);
    await guests.agent(name).call('listen', requests);
  }
});
after(async () => {
  for (const clean of cleaning) await clean();
});

const within = (port: number, text: string | undefined): boolean =>
  text === undefined ||
  text.split(', ').some((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return first <= port && port <= last;
  });

/** What is wrong between what was said and what was seen; nothing when they agree. */
function disagreement(trial: Trial, expected: Explanation, seen: Outcome, sessions: Session[]): string | undefined {
  const { protocol, sourcePort, address } = trial;
  const session = sessions.find(
    ({ protocol: kind, original }) =>
      original.destination === address &&
      (protocol === 'icmp'
        ? /icmp/.test(kind) && original.source === expected.from.address
        : kind === protocol && original.sourcePort === sourcePort && original.destinationPort === trial.port),
  );
  if (expected.verdict !== 'delivered') {
    if (seen.answered !== undefined) return `answered by ${seen.answered}`;
    if (session && expected.verdict === 'refused') return `a session is open: ${JSON.stringify(session)}`;
    return undefined;
  }
  const arrival = expected.arrival as NonNullable<Explanation['arrival']>;
  if (seen.answered === undefined) return `nobody answered: ${seen.failure}`;
  const name = arrival.name.split('/')[0];
  if (protocol !== 'icmp') {
    if (seen.answered !== name) return `answered by ${seen.answered}`;
    if (seen.peer !== arrival.source.address) return `the receiver sees ${seen.peer}`;
    if (!within(seen.peerPort ?? 0, arrival.source.ports)) return `the receiver sees port ${seen.peerPort}`;
  }
  // Frames within a segment are tracked only where br_netfilter is at work.
  if (!session)
    return expected.steps.some(({ place }) => place === 'answer' || place === 'host') ? 'it is not tracked' : undefined;
  const { reply } = session;
  const { destination, source } = arrival;
  if (reply.source !== destination.address) return `it went to ${reply.source}`;
  if (destination.port !== undefined && reply.sourcePort !== destination.port)
    return `it went to port ${reply.sourcePort}`;
  if (reply.destination !== source.address) return `it went as ${reply.destination}`;
  return within(reply.destinationPort, source.ports) ? undefined : `it went as port ${reply.destinationPort}`;
}

test('what explain says of hundreds of random flows is what the kernel does with them', async () => {
  const leases = guestNames.map((guest) => guests.lease(guest));
  const inner = leases.flatMap(({ ipv4, ipv6, share }) => [...(share === 'nat' ? [ipv4] : []), ipv6 as string]);
  const sharedOnes = [shared.ipv4, shared.ipv4, shared.ipv4, shared.ipv6];
  const addresses = [...inner, ...sharedOnes, ...gateways, ...Object.values(world)];
  const seed = Number(process.env.BK_EXPLAIN_SEED ?? 4);
  const trials = drawTrials(480, randomOf(seed), { addresses, ports, ownPort: 16_400 });
  const asked: { trial: Trial; expected: Explanation }[] = [];
  for (const trial of trials) {
    const fromWorld = trial.sender === 'world';
    // What the world says to itself does not pass here, and explain says so.
    if (fromWorld && Object.values(world).some((own) => own === trial.address)) continue;
    asked.push({ trial, expected: await open.engine.explain.explain(trial) });
  }
  shell('conntrack -F');
  const wrong: string[] = [];
  const verdicts = { delivered: 0, refused: 0, stays: 0 };
  for (let at = 0; at < asked.length; at += 24) {
    const batch = asked.slice(at, at + 24).filter(({ expected }) => expected.verdict !== 'stays');
    const outcomes = await Promise.all(batch.map(({ trial, expected }) => send(guests, trial, expected)));
    const sessions = await listSessions();
    for (const [i, { trial, expected }] of batch.entries()) {
      verdicts[expected.verdict] += 1;
      const fault = disagreement(trial, expected, outcomes[i] as Outcome, sessions);
      if (fault) wrong.push(`${trial.protocol} ${trial.from} → ${trial.to}: "${expected.text}", but ${fault}`);
    }
    shell('conntrack -F');
  }
  assert.deepEqual(wrong, [], `seed ${seed}`);
  assert.ok(verdicts.delivered > 100 && verdicts.refused > 100, JSON.stringify(verdicts));
});
