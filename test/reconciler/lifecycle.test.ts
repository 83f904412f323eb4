import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAppError } from '../../src/errors/app-error.ts';
import type { ErrorCode } from '../../src/errors/catalogue.ts';
import { sameHost, shell } from '../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { buildNetwork, portOf } from '../kernel/network.ts';
import { hostState, listRuleset } from './host-state.ts';
import { openEngine } from './open-engine.ts';
import { fourGuests, siteText, someForwards, somePolicies, wholeSite } from './sites.ts';

enterNamespace(import.meta.filename);
before(() => buildNetwork(['web1', 'db1', 'api1', 'sip1']));

const failsWith = (code: ErrorCode) => (error: unknown) => isAppError(error) && error.code === code;

test('plan changes nothing and says what apply will do', async (t) => {
  const open = await openEngine(t);
  const untouched = hostState();
  const planned = await open.engine.plan({ text: wholeSite });
  assert.equal(planned.baseRevision, 0);
  assert.equal(planned.empty, false);
  assert.match(planned.raw, /table inet bridgekeeper/);
  sameHost(hostState(), untouched, 'after the plan');
  const applied = await open.apply(wholeSite);
  assert.deepEqual(
    applied.lines.map(({ change, object }) => [change, object]),
    planned.lines.map(({ change, object }) => [change, object]),
  );
  const again = await open.engine.plan({ text: wholeSite });
  assert.equal(again.empty, true);
  assert.deepEqual(again.lines, []);
  await open.engine.destroy('tester');
  sameHost(hostState(), untouched, 'after destroy');
});

test('destroy gives back a bridge, kernel settings, rules and addresses that were there before', async (t) => {
  shell(`
    ip link add name bk-dev type bridge stp_state 0
    ip link set bk-dev up mtu 1450
    ip address add 10.77.10.1/24 dev bk-dev
    ip link set ${portOf('web1')} master bk-dev
    echo 1 > /proc/sys/net/ipv4/ip_forward
    echo 1 > /proc/sys/net/ipv4/conf/bk-dev/proxy_arp
    echo 2 > /proc/sys/net/ipv4/conf/all/rp_filter
    ip rule add pref 77 fwmark 0x7 lookup main
    ip neighbour replace 10.77.10.20 lladdr 02:aa:aa:aa:aa:aa dev bk-dev nud permanent
    nft add table inet mine
    nft 'add chain inet mine forward { type filter hook forward priority 10; policy accept; }'
    nft add rule inet mine forward tcp dport 9999 drop
  `);
  t.after(() =>
    shell(
      'ip link delete bk-dev; nft delete table inet mine; ip rule delete pref 77; echo 0 > /proc/sys/net/ipv4/ip_forward; echo 0 > /proc/sys/net/ipv4/conf/all/rp_filter',
    ),
  );
  await sleep(300);
  const found = hostState();
  const open = await openEngine(t);
  await open.apply(wholeSite);
  await open.apply(siteText({ guests: fourGuests.slice(0, 2) }));
  await open.engine.destroy('tester');
  sameHost(hostState(), found, 'after destroy');
});

test('rollback and history name every revision and bring the host back to one', async (t) => {
  const open = await openEngine(t);
  await open.apply(siteText({ guests: fourGuests }));
  const first = hostState();
  await open.apply(wholeSite);
  const second = hostState();
  await open.engine.rollback(1, 'tester');
  sameHost(hostState(), first, 'back at revision 1');
  await open.engine.rollback(2, 'tester');
  sameHost(hostState(), second, 'at revision 2 again');
  const history = await open.engine.history(10);
  assert.deepEqual(
    history.map(({ number }) => number),
    [4, 3, 2, 1],
  );
  await assert.rejects(open.engine.rollback(99, 'tester'), failsWith('not-found'));
  await open.engine.destroy('tester');
});

test('an unconfirmed apply goes back by itself, a confirmed one stays', async (t) => {
  const open = await openEngine(t);
  await open.apply(siteText({ guests: fourGuests }));
  const before = hostState();
  await open.apply(wholeSite, 1);
  await assert.rejects(open.apply(wholeSite), failsWith('confirmation-pending'));
  for (let i = 0; i < 60 && (await open.engine.status()).confirmBy !== undefined; i++) await sleep(100);
  assert.equal((await open.engine.status()).confirmBy, undefined);
  sameHost(hostState(), before, 'after the time ran out');
  await open.apply(wholeSite, 30);
  const after = hostState();
  await open.engine.confirm('tester');
  await assert.rejects(open.engine.confirm('tester'), failsWith('nothing-to-confirm'));
  await sleep(200);
  sameHost(hostState(), after, 'after confirm');
  await open.engine.destroy('tester');
});

test('an unconfirmed first apply leaves nothing behind', async (t) => {
  const open = await openEngine(t);
  const untouched = hostState();
  await open.apply(wholeSite, 1);
  for (let i = 0; i < 60 && (await open.engine.status()).site !== undefined; i++) await sleep(100);
  sameHost(hostState(), untouched, 'after the time ran out');
});

test('a daemon that starts again goes on with the same leases and the same rules', async (t) => {
  const first = await openEngine(t);
  await first.apply(wholeSite);
  const leases = await first.engine.leases();
  const at = hostState();
  await first.close();
  sameHost(hostState(), at, 'without a daemon');
  const second = await openEngine(t, { directory: first.directory });
  assert.deepEqual(await second.engine.leases(), leases);
  sameHost(hostState(), at, 'with the second daemon');
  assert.equal((await second.engine.plan({ text: wholeSite })).empty, true);
  await second.engine.destroy('tester');
});

test('what is at work stays when a daemon starts and cannot mend everything', async (t) => {
  const first = await openEngine(t);
  await first.apply(wholeSite);
  await first.close();
  shell(
    `ip link add name other type bridge; ip link set ${portOf('web1')} nomaster; ip link set ${portOf('web1')} master other`,
  );
  const damaged = hostState();
  const second = await openEngine(t, { directory: first.directory });
  const status = await second.engine.status();
  assert.match(status.drift.join(), new RegExp(`"${portOf('web1')}" is plugged into "other"`));
  sameHost(hostState(), damaged, 'with a daemon that cannot mend');
  shell('ip link delete other');
  for (let i = 0; i < 50 && (await second.engine.status()).drift.length > 0; i++) await sleep(100);
  assert.match(shell(`ip link show ${portOf('web1')}`), /master bk-dev/);
  await second.engine.destroy('tester');
});

test('what the API made a file neither changes nor removes', async (t) => {
  const open = await openEngine(t);
  await open.apply(siteText({ guests: fourGuests }));
  await open.engine.putObject('forward', { port: 9000, to: 'web1:90' }, 'iaas');
  await open.engine.putObject('guest', { name: 'extra', nics: [{ segment: 'prod' }] }, 'iaas');
  const before = await open.engine.leases();
  await open.apply(siteText({ guests: fourGuests, forwards: someForwards }));
  assert.match(listRuleset(), /tcp \. 9000 : /);
  assert.deepEqual(await open.engine.leases(), before);
  await assert.rejects(
    open.apply(siteText({ guests: fourGuests, forwards: ['port: 9000, to: "db1:90"'] })),
    failsWith('conflict'),
  );
  await assert.rejects(open.engine.removeObject('guest', 'web1', 'iaas'), failsWith('conflict'));
  await assert.rejects(open.engine.putObject('forward', { port: 8080, to: 'db1:1' }, 'iaas'), failsWith('conflict'));
  await assert.rejects(open.engine.removeObject('forward', 'tcp/1', 'iaas'), failsWith('not-found'));
  await open.engine.removeObject('forward', 'tcp/9000', 'iaas');
  assert.doesNotMatch(listRuleset(), /tcp \. 9000 : /);
  await open.engine.destroy('tester');
});

test('attach plugs a device in and guards it, detach takes both away; both outlast a restart', async (t) => {
  const open = await openEngine(t);
  await open.apply(wholeSite);
  shell('ip link add tap77 type veth peer name tap77x');
  t.after(() => shell('ip link delete tap77'));
  await open.engine.attach('web1', 0, 'tap77', 'tester');
  assert.match(shell('ip link show tap77'), /master bk-dev/);
  assert.doesNotMatch(shell(`ip link show ${portOf('web1')}`), /master/);
  assert.match(listRuleset(), /"tap77" \. 02:1a:3f/);
  assert.doesNotMatch(listRuleset(), new RegExp(`"${portOf('web1')}" \\. 02`));
  await assert.rejects(open.engine.attach('db1', 0, 'tap77', 'tester'), failsWith('conflict'));
  await assert.rejects(open.engine.attach('nobody', 0, 'tap78', 'tester'), failsWith('not-found'));
  await open.close();
  const again = await openEngine(t, { directory: open.directory });
  assert.match(shell('ip link show tap77'), /master bk-dev/);
  await again.engine.detach('web1', 0, 'tester');
  assert.doesNotMatch(shell('ip link show tap77'), /master/);
  assert.doesNotMatch(listRuleset(), /"tap77"/);
  assert.match(listRuleset(), /tcp \. 8080 : /, 'a detached NIC keeps its addresses and forwards');
  await again.engine.destroy('tester');
});

test('policies stand as in their file, also after one was put in the middle and after a restart', async (t) => {
  const rule = (name: string, action: string, port: string) =>
    `name: ${name}, from: api1, to: db1, ports: [tcp/${port}], action: ${action}`;
  const open = await openEngine(t);
  const text = (policies: string[]) => siteText({ guests: fourGuests, policies });
  const [wide, narrow] = [rule('wide', 'deny', '5000-6000'), rule('narrow', 'allow', '5432')];
  const firstMatch = (): string => /policy_inner_0_4 \{[^}]*elements = \{([^}]*)\}/.exec(listRuleset())?.[1] ?? '';
  await open.apply(text([wide]));
  await open.apply(text([narrow, wide]));
  assert.match(firstMatch(), /5432 : goto limit_outbound/);
  await open.apply(text([narrow, rule('middle', 'deny', '5432-5433'), wide]));
  assert.match(firstMatch(), /5432 : goto limit_outbound/);
  const ordered = listRuleset();
  await open.close();
  const again = await openEngine(t, { directory: open.directory });
  assert.equal(listRuleset(), ordered);
  await again.apply(text([wide, narrow]));
  assert.match(firstMatch(), /5000-6000 : goto refused_by_policy/);
  await again.engine.destroy('tester');
});

test('two applies at once are made one after the other', async (t) => {
  const open = await openEngine(t);
  const texts = [wholeSite, siteText({ guests: fourGuests, policies: somePolicies }), siteText({ guests: fourGuests })];
  const results = await Promise.all(texts.map((text) => open.apply(text)));
  assert.deepEqual(
    results.map(({ revision }) => revision.number),
    [1, 2, 3],
  );
  assert.equal((await open.engine.plan({ text: texts[2] as string })).empty, true);
  assert.doesNotMatch(listRuleset(), /tcp \. 8080/);
  await open.engine.destroy('tester');
});

test('nothing is mended while nothing changes, nor when somebody else changes rules of his own', async (t) => {
  const open = await openEngine(t);
  await open.apply(wholeSite);
  await sleep(2_500);
  const journal = (await open.engine.journal(1000)).length;
  const cpu = process.cpuUsage();
  await sleep(3_000);
  const used = process.cpuUsage(cpu);
  assert.ok(used.user + used.system < 150_000, `${used.user + used.system} µs of CPU in 3 s`);
  shell(`
    nft add table ip docker
    nft 'add chain ip docker forward { type filter hook forward priority 0; policy accept; }'
    nft add rule ip docker forward iifname docker0 accept
  `);
  const theirs = shell('nft list table ip docker');
  await sleep(1_000);
  shell('nft flush chain ip docker forward; nft add rule ip docker forward iifname docker0 accept');
  await sleep(1_500);
  assert.deepEqual((await open.engine.journal(1000)).slice(0, -journal), []);
  await open.engine.destroy('tester');
  assert.equal(shell('nft list table ip docker'), theirs);
  shell('nft delete table ip docker');
});

test('an uplink that goes and comes back is guarded again', async (t) => {
  const open = await openEngine(t);
  await open.apply(wholeSite);
  const guard = () => /ether saddr != (\S+) goto foreign/.exec(listRuleset())?.[1];
  const mac = /link\/ether (\S+)/.exec(shell('ip link show eth0'))?.[1];
  assert.equal(guard(), mac);
  shell(`
    ip link delete eth0
  `);
  for (let i = 0; i < 60 && (await open.engine.status()).warnings.length === 0; i++) await sleep(100);
  assert.match((await open.engine.status()).warnings.join(), /uplink interface "eth0" is not on this host/);
  shell(`
    ip link add eth0 address ${mac} type veth peer name eth0 netns world
    ip link set eth0 up && ip address add 203.0.113.10/24 dev eth0
  `);
  for (let i = 0; i < 60 && guard() !== mac; i++) await sleep(100);
  assert.equal(guard(), mac);
  for (let i = 0; i < 60 && (await open.engine.status()).warnings.length > 0; i++) await sleep(100);
  assert.deepEqual((await open.engine.status()).warnings, []);
  shell('ip link set eth0 down; ip link set eth0 address 02:00:00:00:00:77; ip link set eth0 up');
  for (let i = 0; i < 60 && guard() === mac; i++) await sleep(100);
  assert.equal(guard(), '02:00:00:00:00:77');
  await open.engine.destroy('tester');
});
