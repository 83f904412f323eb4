import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parsePortRange } from '../../src/model/port-range.ts';
import { shell } from '../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { cleaningScope, type NatLab, startNatLab } from './nat/nat-lab.ts';
import { shared, world } from './network.ts';

enterNamespace(import.meta.filename);

const scope = cleaningScope();
let lab: NatLab;
const helpers = `
def tcp(name, port=0):
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    s.bind(('', port)); s.settimeout(8); globals()[name] = s
def serve(name, port):
    tcp(name, port); globals()[name].listen(50)
def accept(s, timeout=2):
    s.settimeout(timeout)
    try:
        c, peer = s.accept(); globals()['last'] = c
        return {'from': peer[0], 'port': peer[1]}
    except OSError as error: return {'failure': type(error).__name__}
def connect(s, address, port, timeout=8):
    s.settimeout(timeout)
    try: s.connect((address, port)); return 'connected'
    except OSError as error: return type(error).__name__
def later(name, s, address, port, timeout=8):
    def work(): globals()[name] = connect(s, address, port, timeout)
    t = threading.Thread(target=work); globals()[name + '_thread'] = t; t.start()
def outcome(name):
    globals()[name + '_thread'].join(); return globals()[name]
`;
before(async () => {
  lab = await startNatLab(scope, {
    guests: [
      'name: web1, nics: [{segment: dev}]',
      'name: db1, nics: [{segment: dev}]',
      'name: game1, nat: {filtering: endpoint-independent}, nics: [{segment: dev}]',
    ],
    forwards: ['port: 8080, to: "db1:80"'],
  });
  for (const name of ['web1', 'db1', 'game1', 'world', 'host']) await lab.in(name).run(helpers);
  await lab.in('world').run(`serve('one', 7001); serve('two', 7002)`);
  await lab.in('db1').run(`serve('web', 80)`);
});
after(() => scope.clean());

interface Accepted {
  readonly from?: string;
  readonly port?: number;
  readonly failure?: string;
}
const accept = (where: string, socket: string, timeout = 2): Promise<Accepted> =>
  lab.in(where).run<Accepted>(`accept(${socket}, ${timeout})`);
const block = (guest: string) => parsePortRange(lab.guests.lease(guest).portBlock);

test('RFC 5382 REQ-1 and REQ-7: one inner port is one outer port toward every peer, and no other guest has it', async () => {
  const seen: number[] = [];
  for (const guest of ['web1', 'db1']) {
    for (const [server, port] of [
      ['one', 7001],
      ['two', 7002],
    ]) {
      await lab.in(guest).run(`tcp('${server}', 40_000); connect(${server}, '${world.ipv4}', ${port})`);
      const { from, port: outer } = await accept('world', String(server));
      assert.equal(from, shared.ipv4);
      seen.push(outer as number);
    }
  }
  assert.equal(seen[0], seen[1]);
  assert.equal(seen[2], seen[3]);
  assert.notEqual(seen[0], seen[2]);
});

test('RFC 5382 REQ-2: both ends open at once, and both are connected', async () => {
  const port = block('web1').first + 30;
  await lab.in('world').run(`tcp('both', 7100); later('result', both, '${shared.ipv4}', ${port})`);
  await lab.in('web1').run(`time.sleep(1.4); tcp('both', ${port}); later('result', both, '${world.ipv4}', 7100)`);
  assert.deepEqual(
    [await lab.in('web1').run(`outcome('result')`), await lab.in('world').run(`outcome('result')`)],
    ['connected', 'connected'],
  );
});

test('RFC 5382 REQ-3: whom a guest has not spoken to gets through only where it chose endpoint-independent filtering', async () => {
  for (const [guest, gets] of [
    ['web1', 'TimeoutError'],
    ['game1', 'connected'],
  ] as const) {
    await lab.in(guest).run(`serve('inside', 40_100); tcp('out', 40_100); connect(out, '${world.ipv4}', 7001)`);
    const { port } = await accept('world', 'one');
    assert.equal(
      await lab.in('world').run(`tcp('stranger'); connect(stranger, '${shared.ipv4}', ${port}, 1.5)`),
      gets,
      guest,
    );
    if (gets === 'connected') assert.equal((await accept(guest, 'inside')).from, world.ipv4);
  }
});

test('RFC 5382 REQ-4: a SYN that nobody asked for is not answered for six seconds, nor later', async () => {
  const { last } = block('db1');
  const answers = await lab.in('world').run<number>(`
sniffer = AsyncSniffer(iface='eth0', filter='src host ${shared.ipv4} and (icmp or tcp port ${last})', store=True)
sniffer.start(); time.sleep(0.3)
send_packet = IP(src='${world.ipv4}', dst='${shared.ipv4}') / TCP(sport=7300, dport=${last}, flags='S', seq=1)
sendp(Ether(src=get_if_hwaddr('eth0'), dst=getmacbyip('${shared.ipv4}')) / send_packet, iface='eth0', verbose=0)
time.sleep(6.5)
len(sniffer.stop())`);
  assert.equal(answers, 0);
  const [, packets] =
    /counter packets (\d+)|packets (\d+)/.exec(shell('nft list counter inet bridgekeeper refused_port')) ?? [];
  assert.notEqual(packets, '0');
});

test('a service of the host that listens on a port of a guest is reached, and refuses as hosts do where none is', async () => {
  const { last } = block('db1');
  await lab.in('host').run(`serve('late', ${last - 1})`);
  assert.equal(await lab.in('world').run(`tcp('c'); connect(c, '${shared.ipv4}', ${last - 1}, 2)`), 'connected');
  assert.equal(
    await lab.in('world').run(`tcp('d'); connect(d, '${shared.ipv4}', 64_999, 2)`),
    'ConnectionRefusedError',
  );
});

/** Seconds that the kernel gives a session if nothing comes any more, by its state. */
function secondsLeft(state: string, port: number): number {
  const line = shell('conntrack -L -p tcp 2>/dev/null')
    .split('\n')
    .find((one) => one.includes(` ${state} `) && one.includes(`sport=${port} `));
  return Number(/^tcp\s+6 (\d+) /.exec(line ?? '')?.[1] ?? Number.NaN);
}

test('RFC 5382 REQ-5: an established connection may be silent for two hours and four minutes', async () => {
  await lab.in('web1').run(`tcp('idle', 40_200); connect(idle, '${world.ipv4}', 7001)`);
  await accept('world', 'one');
  const established = secondsLeft('ESTABLISHED', 40_200);
  assert.ok(established > 7_400 && established <= 7_440, `${established} s`);
});

test('RFC 5382 REQ-5, not met by default: what is half-open may be silent for two minutes, what is closed for 20 s', async () => {
  shell(
    'ip netns exec world nft -f - <<< "table inet t { chain c { type filter hook input priority 0; tcp dport 7400 drop; }; }"',
  );
  await lab.in('web1').run(`tcp('half', 40_300); connect(half, '${world.ipv4}', 7400, 0.3)`);
  const half = secondsLeft('SYN_SENT', 40_300);
  assert.ok(half > 110 && half <= 120, `${half} s`);
  await lab.in('web1').run(`tcp('shut', 40_310); connect(shut, '${world.ipv4}', 7001)`);
  await accept('world', 'one');
  await lab.in('web1').run('shut.close()');
  await lab.in('world').run('last.close(); time.sleep(0.2)');
  const closed = secondsLeft('TIME_WAIT', 40_310);
  assert.ok(closed > 15 && closed <= 20, `${closed} s`);
});

test('RFC 7857 section 2: a reset inside the window ends a session, one outside of it does not', async () => {
  await lab.in('web1').run(`tcp('reset', 40_400); connect(reset, '${world.ipv4}', 7001)`);
  const { port } = await accept('world', 'one');
  const forge = (sequence: string) => `
sendp(Ether(src=get_if_hwaddr('eth0'), dst=getmacbyip('${shared.ipv4}')) / IP(src='${world.ipv4}', dst='${shared.ipv4}') /
  TCP(sport=7001, dport=${port}, flags='R', seq=${sequence}), iface='eth0', verbose=0); time.sleep(0.3)`;
  await lab.in('world').run(forge('2_000_000_000'));
  await lab.in('world').run(`last.send(b'still here')`);
  assert.equal(await lab.in('web1').run(`reset.recv(100).decode()`), 'still here');
  await lab
    .in('world')
    .run(
      `last.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)); last.close(); time.sleep(0.3)`,
    );
  assert.ok(Number.isNaN(secondsLeft('ESTABLISHED', 40_400)));
});

test('RFC 5382 REQ-8: hairpinning, with the outer address and port as source', async () => {
  await lab.in('web1').run(`tcp('pin', 40_500)`);
  assert.equal(await lab.in('web1').run(`connect(pin, '${shared.ipv4}', 8080)`), 'connected');
  const { from, port } = await accept('db1', 'web');
  const { first, last } = block('web1');
  assert.equal(from, shared.ipv4);
  assert.ok(port !== undefined && port >= first && port <= last);
});
