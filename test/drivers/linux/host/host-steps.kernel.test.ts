import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { applyHostSteps } from '../../../../src/drivers/linux/host/apply-host-steps.ts';
import { writeOrigin } from '../../../../src/drivers/linux/origin.ts';
import { isAppError } from '../../../../src/errors/app-error.ts';
import { desiredState, devlab } from '../desired-fixture.ts';
import { enterNamespace } from '../in-namespace.ts';
import { applyTo, planFor } from './drive-host.ts';
import { sameHost, shell, snapshotHost } from './snapshot-host.ts';

enterNamespace(import.meta.filename);

const state = mkdtempSync(join(tmpdir(), 'bk-host-'));
after(() => rmSync(state, { recursive: true, force: true }));

const guests = ['web', 'db', 'api', 'sip', 'voip'];

const plugOf = (guest: string): string =>
  `ip link add p-${guest} address 02:aa:00:00:00:0${guests.indexOf(guest)} type veth peer name g-${guest} address 02:bb:00:00:00:0${guests.indexOf(guest)}`;

/** A host with a life of its own: uneven settings, a bridge with a member, an address, a neighbour. */
const ownHost = `
  ip link set lo up
  ip link add up0 type veth peer name up1
  ip address add 203.0.113.10/24 dev up0
  ip link set up0 up; ip link set up1 up
  ip link add old0 type veth peer name old1
  ip link set old0 up
  echo 1 >/proc/sys/net/ipv4/conf/old0/forwarding
  echo 1 >/proc/sys/net/ipv6/conf/old0/forwarding
  echo 0 >/proc/sys/net/ipv4/conf/all/accept_redirects
  echo 1 >/proc/sys/net/ipv4/conf/all/rp_filter
  echo 2 >/proc/sys/net/ipv4/conf/old0/rp_filter
  echo 0 >/proc/sys/net/ipv4/conf/old0/send_redirects
  ip link add br-old type bridge forward_delay 200
  ip link set old1 master br-old
  ip address add 10.9.0.1/24 dev br-old
  ip link set br-old up
  ip neighbour add 10.9.0.9 lladdr 02:00:00:00:09:09 dev br-old nud permanent
  ip rule add pref 500 from 10.9.0.0/24 lookup main
  ${guests.map(plugOf).join('\n')}
  ip link set p-db up
  ip link set p-db mtu 1400
`;

const clearHost = `
  ip -br link | cut -d' ' -f1 | cut -d@ -f1 | grep -v '^lo$' | while read device; do ip link delete "$device" 2>/dev/null || true; done
  ip rule flush
  for rule in "0 lookup local" "32766 lookup main" "32767 lookup default"; do
    ip rule show | grep -q "^\${rule%% *}:" || ip rule add pref $rule protocol kernel
  done
  for family in 4 6; do
    echo 0 >/proc/sys/net/ipv$family/conf/all/forwarding
    echo 0 >/proc/sys/net/ipv$family/conf/default/forwarding
  done
  for name in rp_filter:0 send_redirects:1 accept_redirects:1; do
    for scope in all default; do echo \${name#*:} >/proc/sys/net/ipv4/conf/$scope/\${name%:*}; done
  done
`;

beforeEach(() => {
  rmSync(join(state, 'linux'), { recursive: true, force: true });
  shell(clearHost);
  shell(ownHost);
});

test('applying a site and destroying it leaves the host exactly as it was found', async () => {
  const before = snapshotHost();
  const plan = await applyTo(state, devlab());
  deepEqual(plan.conflicts, []);
  deepEqual(plan.unavailable, []);
  deepEqual((await planFor(state, devlab())).steps, [], 'a second plan has nothing to do');
  await applyTo(state, null);
  sameHost(snapshotHost(), before, 'afterwards');
  deepEqual((await planFor(state, null)).origin.items, {}, 'and nothing is remembered any more');
});

test('a site on a bridge that existed before leaves that bridge and its members in place', async () => {
  const before = snapshotHost();
  const site = desiredState(
    [{ name: 'old', subnet: '10.9.0.0/24', bridge: 'br-old', mtu: 1450 }],
    [{ guest: 'web', segment: 'old' }],
  );
  await applyTo(state, site);
  match(shell('bridge link show'), /old1.*master br-old/);
  match(shell('bridge link show'), /p-web.*master br-old/);
  deepEqual((await planFor(state, site)).steps, []);
  await applyTo(state, null);
  sameHost(snapshotHost(), before, 'afterwards');
});

test('whichever step fails, on the way in or out, everything before it is undone', async () => {
  for (const [from, to] of [
    [null, devlab()],
    [devlab(), null],
  ] as const) {
    await applyTo(state, from);
    const before = snapshotHost();
    const { steps, origin } = await planFor(state, to);
    await writeOrigin(state, origin);
    ok(steps.length > 15);
    for (const broken of steps.keys()) {
      const onStep = (index: number): void => {
        if (index === broken) throw new Error('made to fail');
      };
      await rejects(applyHostSteps(steps, { onStep }), (error) => {
        ok(isAppError(error));
        equal(error.code, 'apply-failed', error.message);
        match(error.message, new RegExp(`^step ${broken + 1} of ${steps.length}, .*made to fail`));
        return true;
      });
      sameHost(snapshotHost(), before, `after step ${broken + 1} failed: ${steps[broken]?.text}`);
    }
  }
});

test('a command that the kernel refuses in the middle of a batch is named, and the batch is undone', async () => {
  const before = snapshotHost();
  const plan = await planFor(state, devlab());
  const port = plan.steps.findIndex((step) => step.text.startsWith('plug port "p-api"'));
  // The device is gone and another of its name, that cannot be a port (a bridge), came between plan and apply.
  shell('ip link delete p-api; ip link add p-api type bridge');
  await rejects(applyHostSteps(plan.steps), (error) => {
    ok(isAppError(error));
    equal(error.code, 'apply-failed', error.message);
    equal(error.details.step, port, error.message);
    match(
      error.message,
      /"plug port "p-api" into bridge "bk-prod"" \(ip link set dev p-api .*master bk-prod\), failed: .*bridge to a bridge/,
    );
    return true;
  });
  shell(`ip link delete p-api; ${plugOf('api')}`);
  sameHost(snapshotHost(), before, 'afterwards');
});

test('a process that is killed in any step leaves a host that can be finished, and given back as it was found', async () => {
  const before = snapshotHost();
  const total = (await planFor(state, devlab())).steps.length;
  const kill = (wanted: string, step: number): void => {
    const script = join(import.meta.dirname, 'kill-in-step.ts');
    const run = spawnSync(process.execPath, [script, state, wanted, String(step)], { encoding: 'utf8' });
    equal(run.signal, 'SIGKILL', run.stderr);
    match(shell('ip rule show'), /lookup local/);
  };
  await applyTo(state, devlab());
  const applied = snapshotHost();
  await applyTo(state, null);
  for (let step = 1; step < total; step += 13) {
    kill('devlab', step);
    await applyTo(state, null);
    sameHost(snapshotHost(), before, `destroyed after a kill in step ${step}`);
    kill('devlab', step);
    await applyTo(state, devlab());
    sameHost(snapshotHost(), applied, `finished after a kill in step ${step}`);
    const leaving = (await planFor(state, null)).steps.length;
    kill('nothing', step % leaving);
    await applyTo(state, null);
    sameHost(snapshotHost(), before, `given back after a kill in step ${step % leaving} of destroy`);
  }
});

test('at no step is the host without a rule for its own addresses', async () => {
  const look = (): void => match(shell('ip rule show'), /lookup local/);
  await applyTo(state, devlab(), look);
  look();
  await applyTo(state, null, look);
  look();
});

test('a device that is not ours keeps the source check that it had', async () => {
  const effective = (device: string): number => {
    const read = (name: string): number => Number(shell(`cat /proc/sys/net/ipv4/conf/${name}/rp_filter`));
    return Math.max(read('all'), read(device));
  };
  deepEqual(['up0', 'old0', 'br-old'].map(effective), [1, 2, 1]);
  await applyTo(state, devlab());
  deepEqual(['up0', 'old0', 'br-old'].map(effective), [1, 2, 1]);
  equal(effective('bk-dev'), 0);
  equal(effective('bk-prod'), 1);
});
