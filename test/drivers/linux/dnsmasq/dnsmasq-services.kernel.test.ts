import { deepEqual, doesNotMatch, equal, match, notEqual, ok, rejects } from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { applyDnsmasq } from '../../../../src/drivers/linux/dnsmasq/apply-dnsmasq.ts';
import { DnsmasqPart } from '../../../../src/drivers/linux/dnsmasq/dnsmasq-part.ts';
import { observeDnsmasq } from '../../../../src/drivers/linux/dnsmasq/observe-dnsmasq.ts';
import { desiredServices, planDnsmasq } from '../../../../src/drivers/linux/dnsmasq/plan-dnsmasq.ts';
import { isAppError } from '../../../../src/errors/app-error.ts';
import type { DesiredState } from '../../../../src/model/desired-state.ts';
import type { MacAddress } from '../../../../src/model/mac-address.ts';
import { isRunning } from '../../../../src/system/processes.ts';
import { desiredState, type NicSketch } from '../desired-fixture.ts';
import { applyTo } from '../host/drive-host.ts';
import { shell } from '../host/snapshot-host.ts';
import { enterNamespace } from '../in-namespace.ts';

enterNamespace(import.meta.filename);

const state = mkdtempSync(join(tmpdir(), 'bk-dnsmasq-'));
const directory = join(state, 'dnsmasq');
after(() => rmSync(state, { recursive: true, force: true }));

const dev = {
  name: 'dev',
  subnet: '10.77.10.0/24',
  subnet6: 'fd00:77:10::/64',
  lease: 600,
  domain: 'dev.example',
  mtu: 1400,
};
const prod = { name: 'prod', subnet: '10.77.20.0/24', lease: 300 };
const guests: readonly NicSketch[] = [
  { guest: 'web', segment: 'dev', host: 10 },
  { guest: 'db', segment: 'dev', host: 11 },
  { guest: 'sip', segment: 'dev', host: 12, sameAddress: true },
  { guest: 'voip', segment: 'dev', host: 13, sameAddress: true },
  { guest: 'infinite', segment: 'prod', host: 14 },
];
const site = (nics: readonly NicSketch[] = guests): DesiredState => desiredState([dev, prod], nics);

/** Process that holds each guest's network namespace. */
const holders = new Map<string, number>();

function plugIn(guest: string, host: number): void {
  const holder = spawn('unshare', ['--net', 'sleep', '600'], { stdio: 'ignore' });
  holder.unref();
  const pid = holder.pid as number;
  holders.set(guest, pid);
  const mac = `02:1a:3f:00:00:${host.toString(16).padStart(2, '0')}`;
  shell(`
    for try in $(seq 50); do [ "$(readlink /proc/${pid}/ns/net)" != "$(readlink /proc/self/ns/net)" ] && break; sleep 0.02; done
    ip link add p-${guest} type veth peer name eth0 address ${mac} netns ${pid}
    nsenter --net --target ${pid} ip link set eth0 up`);
}

function inGuest(guest: string, ...argv: string[]): string {
  return execFileSync('nsenter', ['--net', '--target', String(holders.get(guest)), ...argv], { encoding: 'utf8' });
}

const printScript = join(state, 'print-lease');

/** Asks for an address as a guest's own client does, and answers what the client was told. */
function askDhcp(guest: string): Record<string, string> {
  const client = ['busybox', 'udhcpc', '-f', '-q', '-n', '-t', '4', '-T', '1', '-O', 'staticroutes', '-O', 'mtu'];
  const args = ['--net', '--target', String(holders.get(guest)), ...client, '-i', 'eth0', '-s', printScript];
  const { stdout } = spawnSync('nsenter', args, { encoding: 'utf8' });
  const bound = stdout.split('\n').find((line) => line.startsWith('bound '));
  return Object.fromEntries(
    (bound ?? '')
      .split(' ')
      .slice(1)
      .map((pair) => pair.split(/=(.*)/s).slice(0, 2)),
  );
}

/** Gives a guest an address by hand, to ask names from. */
function dig(guest: string, ...words: string[]): string {
  return inGuest(guest, 'dig', '+short', '+time=2', '+tries=2', '@10.77.10.1', ...words).trim();
}

async function apply(desired: DesiredState | null): Promise<void> {
  if (desired) await applyTo(state, desired);
  const part = new DnsmasqPart(directory, {});
  await part.apply(await part.plan(desired));
  if (!desired) await applyTo(state, null);
}

const pidOf = (segment: string): number =>
  JSON.parse(readFileSync(join(directory, segment, 'process.json'), 'utf8')).pid;

before(() => {
  writeFileSync(
    printScript,
    '#!/bin/sh\necho "$1 ip=$ip subnet=$subnet router=$router dns=$dns mtu=$mtu lease=$lease domain=$domain hostname=$hostname static=$(echo $staticroutes | tr " " ,)"\n',
    { mode: 0o755 },
  );
  shell(
    'ip link set lo up; ip link add up0 type veth peer name up1; ip address add 203.0.113.10/24 dev up0; ip link set up0 up; ip link set up1 up',
  );
  for (const { guest, host } of guests) plugIn(guest, host as number);
});

afterEach(() => apply(null));

after(() => {
  for (const pid of holders.values()) process.kill(pid);
});

test('a guest is given its own address and nobody else gets one', async () => {
  await apply(site(guests.filter(({ guest }) => guest !== 'db')));
  deepEqual(askDhcp('web'), {
    ip: '10.77.10.10',
    subnet: '255.255.255.0',
    router: '10.77.10.1',
    dns: '10.77.10.1',
    mtu: '1400',
    lease: '600',
    domain: 'dev.example',
    hostname: 'web',
    static: '',
  });
  equal(askDhcp('infinite').ip, '10.77.20.14', 'a name that dnsmasq would read as a lease time harms nothing');
  equal(askDhcp('infinite').lease, '300');
  shell('ip link set p-db master bk-dev up; bridge fdb replace 02:1a:3f:00:00:0b dev p-db master static');
  deepEqual(askDhcp('db'), {}, 'a MAC that the site does not know');
});

test('guests that share the address are told it for ever, with the on-link gateway', async () => {
  await apply(site());
  for (const guest of ['sip', 'voip', 'sip']) {
    const told = askDhcp(guest);
    equal(told.ip, '203.0.113.10');
    equal(told.subnet, '255.255.255.255');
    equal(told.lease, '4294967295');
    equal(told.static, '169.254.1.1/32,0.0.0.0,0.0.0.0/0,169.254.1.1');
    equal(told.router, '169.254.1.1');
    equal(told.dns, '10.77.10.1');
  }
});

test('names of the segment are answered for both families, the shared address for those who share it', async () => {
  await apply(site());
  inGuest('web', 'ip', 'address', 'replace', '10.77.10.10/24', 'dev', 'eth0');
  equal(dig('web', 'db.dev.example', 'A'), '10.77.10.11');
  equal(dig('web', 'db.dev.example', 'AAAA'), 'fd00:77:10::b');
  equal(dig('web', 'sip.dev.example', 'A'), '203.0.113.10');
  equal(dig('web', '-x', '10.77.10.11'), 'db.dev.example.');
  match(
    dig('web', '+noshort', '+comments', 'nobody.dev.example'),
    /NXDOMAIN/,
    'the domain is ours: nobody else is asked',
  );
});

test('what is added, moved and removed holds at once, without a new process', async () => {
  await apply(site(guests.filter(({ guest }) => guest === 'web')));
  const pid = pidOf('dev');
  await apply(site());
  equal(pidOf('dev'), pid);
  await sleep(200);
  equal(askDhcp('db').ip, '10.77.10.11', 'added');
  await apply(
    site(guests.map((nic) => (nic.guest === 'db' ? { ...nic, host: 77, mac: '02:1a:3f:00:00:0b' as never } : nic))),
  );
  await sleep(200);
  equal(askDhcp('db').ip, '10.77.10.77', 'moved');
  inGuest('web', 'ip', 'address', 'replace', '10.77.10.10/24', 'dev', 'eth0');
  equal(dig('web', 'db.dev.example', 'A'), '10.77.10.77');
  equal(dig('web', 'sip.dev.example', 'A'), '203.0.113.10');
  await apply(site(guests.filter(({ guest }) => guest !== 'db' && guest !== 'sip')));
  await sleep(200);
  equal(dig('web', 'sip.dev.example', 'A'), '', 'removed');
  shell('ip link set p-db master bk-dev up; bridge fdb replace 02:1a:3f:00:00:0b dev p-db master static');
  deepEqual(askDhcp('db'), {}, 'removed');
  equal(pidOf('dev'), pid);
});

test('router advertisements say that addresses come by DHCPv6, and a guest gets its own', async () => {
  await apply(site());
  const said = inGuest('web', '/usr/bin/python3', join(import.meta.dirname, 'ask-dhcp6.py'))
    .trim()
    .split('\n');
  deepEqual(said, [
    // And no address is made up by the guest itself.
    'managed=1 prefix=fd00:77:10::/64 autonomous=0 lifetime=True',
    'address=fd00:77:10::a dns=fd00:77:10::1',
  ]);
});

test('a new daemon adopts what runs, starts what died, and leaves strangers alone', async () => {
  await apply(site());
  const pid = pidOf('dev');
  const adopting = new DnsmasqPart(directory, {});
  ok((await adopting.plan(site())).empty, 'nothing to do for a daemon that was killed and started again');
  rmSync(join(directory, 'dev', 'process.json'));
  const found = await observeDnsmasq(directory, new Map());
  equal(found.get('dev')?.pid, pid, 'found by its command line, too');
  await apply(site());
  const adopted = pidOf('dev');
  const part = new DnsmasqPart(directory, {});
  await part.apply(await part.plan(site()));
  equal(part.suspicious, false);
  process.kill(adopted, 'SIGKILL');
  await sleep(100);
  equal(part.suspicious, true);
  deepEqual(await part.drift(), ['start DHCP and DNS of segment "dev" on bridge "bk-dev"']);
  await part.apply(await part.plan(site()));
  notEqual(pidOf('dev'), adopted);
  ok(await isRunning(pidOf('dev')));
  // A record that names a process of somebody else.
  const stranger = spawn('sleep', ['60'], { stdio: 'ignore' });
  stranger.unref();
  process.kill(pidOf('dev'), 'SIGKILL');
  writeFileSync(
    join(directory, 'dev', 'process.json'),
    JSON.stringify({ pid: stranger.pid, bridge: 'bk-dev', ifindex: 1 }),
  );
  await apply(null);
  ok(await isRunning(stranger.pid as number));
  stranger.kill();
});

test('a DHCP lease of an address that nobody has any more is forgotten for good', async () => {
  await apply(site());
  equal(askDhcp('web').ip, '10.77.10.10');
  equal(askDhcp('db').ip, '10.77.10.11');
  await apply(site(guests.filter(({ guest }) => guest !== 'web')));
  const leases = join(directory, 'dev', 'leases');
  match(readFileSync(leases, 'utf8'), /02:1a:3f:00:00:0a/);
  const [dev, prod] = [pidOf('dev'), pidOf('prod')];
  const part = new DnsmasqPart(directory, {});
  await part.forgetLeases(['02:1a:3f:00:00:0a' as MacAddress]);
  notEqual(pidOf('dev'), dev);
  equal(pidOf('prod'), prod, 'a service that had no such lease goes on as it was');
  // A renewal makes dnsmasq write all that it knows.
  equal(askDhcp('db').ip, '10.77.10.11');
  doesNotMatch(readFileSync(leases, 'utf8'), /02:1a:3f:00:00:0a/);
  match(readFileSync(leases, 'utf8'), /02:1a:3f:00:00:0b/);
});

test('a bridge that was made anew gets a service that hears it', async () => {
  await apply(site());
  shell('ip link delete bk-dev');
  const part = new DnsmasqPart(directory, {});
  await part.plan(site());
  await apply(site());
  equal(askDhcp('web').ip, '10.77.10.10');
});

test('whichever service step fails, what ran before runs again as it was', async () => {
  await apply(site());
  const look = async (): Promise<Record<string, unknown>> => {
    const services = await observeDnsmasq(directory, new Map());
    return Object.fromEntries(
      [...services].map(([name, { texts, pid }]) => [name, { texts: [...texts].sort(), runs: pid !== undefined }]),
    );
  };
  const initial = await look();
  const other = desiredState(
    [
      { ...dev, domain: 'other.example' },
      { name: 'more', subnet: '10.77.30.0/24', lease: 60 },
    ],
    guests.slice(0, 2),
  );
  await applyTo(state, desiredState([dev, prod, { name: 'more', subnet: '10.77.30.0/24', lease: 60 }], guests));
  const devices = new Map(
    JSON.parse(shell('ip -j link show')).map((link: { ifname: string; ifindex: number }) => [link.ifname, link]),
  ) as Map<string, { ifindex: number }>;
  const steps = planDnsmasq(desiredServices(other, directory), await observeDnsmasq(directory, devices));
  deepEqual(
    steps.map((step) => step.change),
    ['remove', 'change', 'add'],
  );
  for (const broken of steps.keys()) {
    await rejects(
      applyDnsmasq(steps, {
        onStep: (index) => {
          if (index === broken) throw new Error('made to fail');
        },
      }),
      (error) => isAppError(error) && error.code === 'apply-failed',
    );
    deepEqual(await look(), initial, `after step ${broken + 1} failed`);
  }
  // A step that fails by itself: somebody listens on port 53 of the new bridge already.
  const blocker = spawn('socat', ['TCP-LISTEN:53,bind=10.77.30.1', '-'], { stdio: 'ignore' });
  blocker.unref();
  await sleep(300);
  await rejects(applyDnsmasq(steps), (error) => {
    ok(isAppError(error));
    equal(error.code, 'apply-failed', error.message);
    match(error.message, /10\.77\.30\.1.*Address (already )?in use/);
    return true;
  });
  blocker.kill();
  deepEqual(await look(), initial, 'after a port that was taken');
});
