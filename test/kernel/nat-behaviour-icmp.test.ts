import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { shell } from '../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { cleaningScope, type Heard, type NatLab, startNatLab } from './nat/nat-lab.ts';
import { shared, world } from './network.ts';

enterNamespace(import.meta.filename);

const scope = cleaningScope();
let lab: NatLab;
/** Sends as whoever it says, and hears what comes. */
const helpers = `
conf.checkIPaddr = False
def out(packet, gateway):
    sendp(Ether(src=get_if_hwaddr('eth0'), dst=getmacbyip(gateway)) / packet, iface='eth0', verbose=0)
def watch(name, filter):
    s = AsyncSniffer(iface='eth0', filter=filter, store=True); s.start(); time.sleep(0.4); globals()[name] = s
def seen(name, wait=0.6):
    time.sleep(wait); return [p for p in globals()[name].stop() if p.haslayer(IP)]
def inner(p):
    e = p[IPerror]; t = e[UDPerror] if e.haslayer(UDPerror) else e[ICMPerror] if e.haslayer(ICMPerror) else e[TCPerror]
    return {'from': p[IP].src, 'to': p[IP].dst, 'type': p[ICMP].type, 'code': p[ICMP].code, 'innerFrom': e.src, 'innerTo': e.dst,
      'innerSport': getattr(t, 'sport', None), 'innerDport': getattr(t, 'dport', None), 'id': getattr(t, 'id', None)}
`;
before(async () => {
  lab = await startNatLab(scope, {
    guests: ['name: web1, nics: [{segment: dev}]', 'name: db1, nics: [{segment: dev}]'],
    forwards: ['port: 5353, protocol: udp, to: "db1:5353"'],
  });
  for (const name of ['web1', 'db1', 'world']) await lab.in(name).run(helpers);
  await lab.in('world').run(`udp('server', 9000)`);
});
after(() => scope.clean());

const hear = (where: string, socket: string, timeout = 1): Promise<Heard> =>
  lab.in(where).run<Heard>(`hear(${socket}, ${timeout})`);
const address = (guest: string): string => lab.guests.lease(guest).ipv4;

interface ErrorSeen {
  readonly from: string;
  readonly to: string;
  readonly type: number;
  readonly code: number;
  readonly innerFrom: string;
  readonly innerTo: string;
  readonly innerSport: number | null;
  readonly innerDport: number | null;
}

/** A session of the guest from an inner port; the port as which the world sees it. */
async function session(inner: number): Promise<number> {
  await lab.in('web1').run(`udp('u', ${inner}); send(u, '${world.ipv4}', 9000)`);
  return (await hear('world', 'server')).port as number;
}

/** An ICMP error about a packet that the guest sent, as a router of the world would send it. */
const errorFromWorld = (outer: number, { kind = 'type=3, code=3', source = world.listed, chksum = '' } = {}): string =>
  `out(IP(src='${source}', dst='${shared.ipv4}') / ICMP(${kind}${chksum}) / IPerror(src='${shared.ipv4}', dst='${world.ipv4}', proto=17) / UDPerror(sport=${outer}, dport=9000), '${shared.ipv4}')`;

test('RFC 5508 REQ-1: a guest pings the world, and one identifier is one toward every host', async () => {
  const identifiers = await lab
    .in('world')
    .run(`watch('pings', 'icmp[icmptype] = icmp-echo and src host ${shared.ipv4}')`)
    .then(() =>
      lab.in('web1').run(`
for target in ['${world.ipv4}', '${world.listed}', '${world.unlisted}']:
    out(IP(src='${address('web1')}', dst=target) / ICMP(id=4711, seq=1) / b'data', '10.77.10.1')`),
    )
    .then(() => lab.in('world').run<[string, number][]>(`[[p[IP].dst, p[ICMP].id] for p in seen('pings')]`));
  assert.equal(new Set(identifiers.map(([to]) => to)).size, 3);
  assert.equal(new Set(identifiers.map(([, id]) => id)).size, 1);
});

test('RFC 5508 REQ-2: a query may wait for its answer for a minute', async () => {
  await lab
    .in('web1')
    .run(`out(IP(src='${address('web1')}', dst='192.0.2.77') / ICMP(id=99, seq=1), '10.77.10.1'); time.sleep(0.2)`);
  const line = shell('conntrack -L -p icmp --orig-dst 192.0.2.77 2>/dev/null');
  const left = Number(/^icmp\s+1 (\d+) /.exec(line)?.[1]);
  assert.ok(left > 50 && left <= 60, line);
});

test('RFC 4787 REQ-12, RFC 5508 REQ-4 and REQ-6: an error from any router reaches the guest, translated inside and outside, and ends nothing', async () => {
  const port = await session(41_000);
  await lab.in('web1').run(`watch('errors', 'icmp')`);
  for (const kind of ['type=3, code=1', 'type=3, code=3', 'type=11, code=0', 'type=12, code=0']) {
    await lab.in('world').run(errorFromWorld(port, { kind }));
  }
  const errors = await lab.in('web1').run<ErrorSeen[]>(`[inner(p) for p in seen('errors')]`);
  assert.deepEqual(
    errors.map(({ type, code }) => [type, code]),
    [
      [3, 1],
      [3, 3],
      [11, 0],
      [12, 0],
    ],
  );
  for (const error of errors) {
    assert.deepEqual(
      [error.from, error.to, error.innerFrom, error.innerTo, error.innerSport, error.innerDport],
      [world.listed, address('web1'), address('web1'), world.ipv4, 41_000, 9000],
    );
  }
  await lab.in('world').run(`send(server, '${shared.ipv4}', ${port}, b'still')`);
  const heard = [await hear('web1', 'u'), await hear('web1', 'u')];
  assert.ok(
    heard.some(({ text }) => text === 'still'),
    JSON.stringify(heard),
  );
});

test('RFC 5508 REQ-3 and REQ-4: an error with a wrong checksum, or about no session, reaches nobody', async () => {
  const port = await session(41_100);
  await lab.in('web1').run(`watch('errors', 'icmp')`);
  await lab.in('world').run(errorFromWorld(port, { chksum: ', chksum=0x1234' }));
  await lab.in('world').run(errorFromWorld(port === 65_535 ? port - 1 : port + 1));
  assert.equal(await lab.in('web1').run(`len(seen('errors'))`), 0);
});

test('RFC 5508 REQ-6: an error does not prolong the session that it is about', async () => {
  const port = await session(41_200);
  await sleep(2_200);
  await lab.in('world').run(errorFromWorld(port));
  const left = Number(/^udp\s+17 (\d+) /.exec(shell(`conntrack -L -p udp --orig-port-src 41200 2>/dev/null`))?.[1]);
  assert.ok(left > 100 && left <= 118, `${left} s`);
});

test('RFC 5508 REQ-5: an error of a guest leaves as the shared address, translated inside', async () => {
  const port = await session(41_300);
  await lab.in('world').run(`watch('errors', 'icmp and src host ${shared.ipv4}')`);
  await lab.in('world').run(`send(server, '${shared.ipv4}', ${port}, b'answer')`);
  await lab.in('web1').run(`
out(IP(src='${address('web1')}', dst='${world.ipv4}') / ICMP(type=3, code=3) /
  IPerror(src='${world.ipv4}', dst='${address('web1')}', proto=17) / UDPerror(sport=9000, dport=41_300), '10.77.10.1')`);
  const errors = await lab.in('world').run<ErrorSeen[]>(`[inner(p) for p in seen('errors')]`);
  assert.equal(errors.length, 1);
  const [error] = errors as [ErrorSeen];
  assert.deepEqual(
    [error.from, error.to, error.type, error.code, error.innerFrom, error.innerTo, error.innerSport, error.innerDport],
    [shared.ipv4, world.ipv4, 3, 3, world.ipv4, shared.ipv4, 9000, port],
  );
});

test('RFC 5508 REQ-7: an error comes back through the hairpin', async () => {
  await lab.in('web1').run(`watch('errors', 'icmp'); udp('pin', 41_400); send(pin, '${shared.ipv4}', 5353)`);
  const errors = await lab.in('web1').run<ErrorSeen[]>(`[inner(p) for p in seen('errors')]`);
  assert.equal(errors.length, 1);
  const [error] = errors as [ErrorSeen];
  assert.deepEqual(
    [error.from, error.to, error.type, error.code, error.innerFrom, error.innerTo, error.innerSport, error.innerDport],
    [shared.ipv4, address('web1'), 3, 3, address('web1'), shared.ipv4, 41_400, 5353],
  );
});

test('RFC 5508 REQ-10, RFC 1812: a packet whose time is up is answered with Time Exceeded', async () => {
  await lab.in('web1').run(`watch('errors', 'icmp')`);
  await lab
    .in('web1')
    .run(`out(IP(src='${address('web1')}', dst='${world.ipv4}', ttl=1) / UDP(sport=41_500, dport=9000), '10.77.10.1')`);
  const errors = await lab.in('web1').run<ErrorSeen[]>(`[inner(p) for p in seen('errors')]`);
  assert.deepEqual(
    errors.map(({ type, from }) => [type, from]),
    [[11, '10.77.10.1']],
  );
});

test('RFC 4787 REQ-13: too large a packet is answered when it must not be fragmented, and fragmented in order when it may', async () => {
  shell('ip link set eth0 mtu 1300; ip -n world link set eth0 mtu 1300');
  try {
    await lab.in('web1').run(`watch('errors', 'icmp')
out(IP(src='${address('web1')}', dst='${world.ipv4}', flags='DF') / UDP(sport=41_600, dport=9000) / (b'x' * 1400), '10.77.10.1')`);
    const errors = await lab
      .in('web1')
      .run<(ErrorSeen & { mtu: number })[]>(`[dict(inner(p), mtu=p[ICMP].nexthopmtu) for p in seen('errors')]`);
    assert.deepEqual(
      errors.map(({ type, code, mtu }) => [type, code, mtu]),
      [[3, 4, 1300]],
    );
    await lab.in('world').run(`watch('parts', 'src host ${shared.ipv4} and ip proto 17')`);
    await lab
      .in('web1')
      .run(
        `out(IP(src='${address('web1')}', dst='${world.ipv4}') / UDP(sport=41_610, dport=9000) / (b'x' * 1400), '10.77.10.1')`,
      );
    assert.equal((await hear('world', 'server')).length, 1400);
    const offsets = await lab.in('world').run<number[]>(`[p[IP].frag for p in seen('parts')]`);
    assert.deepEqual(
      offsets,
      [...offsets].sort((a, b) => a - b),
    );
    assert.equal(offsets.length, 2);
  } finally {
    shell('ip link set eth0 mtu 1500; ip -n world link set eth0 mtu 1500');
  }
});

test('RFC 4787 REQ-14: fragments are put together in whatever order they come, in both directions', async () => {
  await lab.in('web1').run(`
parts = fragment(IP(src='${address('web1')}', dst='${world.ipv4}', id=77) / UDP(sport=41_700, dport=9000) / (b'o' * 2500), fragsize=800)
udp('big', 41_700)
for part in reversed(parts): out(part, '10.77.10.1')`);
  const { length, port } = await hear('world', 'server');
  assert.equal(length, 2500);
  await lab.in('world').run(`
parts = fragment(IP(src='${world.ipv4}', dst='${shared.ipv4}', id=78) / UDP(sport=9000, dport=${port}) / (b'i' * 2500), fragsize=800)
for part in [parts[1], parts[-1], *parts[2:-1], parts[0]]: out(part, '${shared.ipv4}')`);
  assert.equal((await hear('web1', 'big')).length, 2500);
});

test('RFC 5382 REQ-9 and REQ-10: an error about a TCP connection reaches the guest and does not end the connection', async () => {
  await lab.in('world').run(`
listener = socket.socket(); listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); listener.bind(('', 7001)); listener.listen(5)`);
  await lab.in('web1').run(`
watch('errors', 'icmp')
c = socket.socket(); c.bind(('', 41_800)); c.settimeout(3); c.connect(('${world.ipv4}', 7001))`);
  const port = await lab.in('world').run<number>(`
listener.settimeout(3); server_end, peer = listener.accept()
out(IP(src='${world.listed}', dst='${shared.ipv4}') / ICMP(type=3, code=1) / IPerror(src='${shared.ipv4}', dst='${world.ipv4}', proto=6) /
  TCPerror(sport=peer[1], dport=7001), '${shared.ipv4}')
peer[1]`);
  assert.ok(port > 0);
  const errors = await lab.in('web1').run<ErrorSeen[]>(`[inner(p) for p in seen('errors')]`);
  assert.deepEqual(
    errors.map(({ to, innerFrom, innerSport, innerDport }) => [to, innerFrom, innerSport, innerDport]),
    [[address('web1'), address('web1'), 41_800, 7001]],
  );
  assert.equal(await lab.in('web1').run(`c.send(b'on')`), 2);
  assert.equal(await lab.in('world').run(`server_end.settimeout(3); server_end.recv(10).decode()`), 'on');
});

test('RFC 5508 REQ-8, not met: what is refused is dropped without a word', async () => {
  await lab.in('web1').run(`watch('errors', 'icmp')
out(IP(src='${address('web1')}', dst='10.77.20.5') / UDP(sport=41_900, dport=9000), '10.77.10.1')`);
  assert.equal(await lab.in('web1').run(`len(seen('errors'))`), 0);
});

test('RFC 5508 REQ-7, RFC 7857: a guest that pings the shared address is answered', async () => {
  await lab.in('web1').run(`watch('echoes', 'icmp[icmptype] = icmp-echoreply')
out(IP(src='${address('web1')}', dst='${shared.ipv4}') / ICMP(id=5, seq=1), '10.77.10.1')`);
  const echoes = await lab.in('web1').run<[string, number][]>(`[[p[IP].src, p[ICMP].id] for p in seen('echoes')]`);
  assert.deepEqual(echoes, [[shared.ipv4, 5]]);
});
