import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAppError } from '../../src/errors/app-error.ts';
import { sameHost, shell } from '../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { buildNetwork } from '../kernel/network.ts';
import { hostState, listRuleset } from './host-state.ts';
import { openEngine } from './open-engine.ts';
import { fourGuests, siteText, someForwards, wholeSite } from './sites.ts';

enterNamespace(import.meta.filename);
before(() => buildNetwork(['web1', 'db1', 'api1', 'sip1']));

/** Fails the step of number `failAt` of every apply, counted from 0; undefined fails none. */
function failingSteps(): { failAt: number | undefined; seen: number; onStep: () => void } {
  const steps = {
    failAt: undefined as number | undefined,
    seen: 0,
    onStep(): void {
      const index = steps.seen++;
      if (index === steps.failAt) {
        // Once only: the way back must not stumble over the same stone.
        steps.failAt = undefined;
        throw new Error(`step ${index} was made to fail`);
      }
    },
  };
  return steps;
}

async function failEveryStep(
  t: { after(clean: () => unknown): void },
  from: string | undefined,
  to: string,
): Promise<void> {
  const steps = failingSteps();
  const open = await openEngine(t, { onStep: steps.onStep });
  if (from !== undefined) await open.apply(from);
  const before = hostState();
  const revisions = (await open.engine.history(100)).length;
  let failures = 0;
  for (; ; failures++) {
    assert.ok(failures < 200, 'the number of steps is bounded');
    steps.seen = 0;
    steps.failAt = failures;
    let failed = false;
    try {
      await open.apply(to);
    } catch (error) {
      failed = true;
      assert.ok(isAppError(error) && error.code === 'apply-failed', String(error));
    }
    if (!failed) break;
    sameHost(hostState(), before, `after step ${failures} failed`);
    assert.equal((await open.engine.history(100)).length, revisions, 'no new revision');
  }
  assert.ok(failures > 5, `${failures} steps were made to fail`);
  steps.failAt = undefined;
  await open.engine.destroy('tester');
}

/** Few ports for each guest, so that many are left to publish. */
const fewPorts =
  '\nsite: testlab\nuplink: {interface: eth0, shared: [203.0.113.10, "2001:db8::10"]}\npools: [{name: default, range: 02:1a:3f:00:00:00/24}]\nlimits: {sessions: 500, sessionsPerGuest: 200}\n';
const dev = 'name: dev, subnet: 10.77.10.0/24';
const smallSite = siteText({
  segments: [dev],
  guests: [
    'name: web1, nics: [{segment: dev}]',
    'name: sip1, share: same-address, ports: [5060], nics: [{segment: dev}]',
  ],
  forwards: ['port: 8080, to: "web1:80"'],
});

test('a first apply that fails at any step leaves the host as it was', async (t) => {
  await failEveryStep(t, undefined, smallSite);
});

test('a change that fails at any step leaves the host as the last revision has it', async (t) => {
  const other = siteText({
    segments: [dev, 'name: test, subnet: 10.77.30.0/24, mtu: 1400'],
    guests: ['name: web1, nics: [{segment: test}]', 'name: db1, nics: [{segment: dev}]'],
  });
  await failEveryStep(t, smallSite, other);
});

test('a destroy that fails at any step leaves the site at work', async (t) => {
  const steps = failingSteps();
  const open = await openEngine(t, { onStep: steps.onStep });
  await open.apply(smallSite);
  const before = hostState();
  for (let failures = 0; ; failures++) {
    assert.ok(failures < 200);
    steps.seen = 0;
    steps.failAt = failures;
    const failed = await open.engine.destroy('tester').then(
      () => false,
      () => true,
    );
    if (!failed) break;
    sameHost(hostState(), before, `after step ${failures} failed`);
    assert.equal((await open.engine.status()).site, 'testlab');
  }
});

/** Keeps `table inet bridgekeeper` for itself (NFT_TABLE_F_OWNER): the kernel refuses every change of it by others. */
async function ownTable(): Promise<() => Promise<void>> {
  const owner = spawn('nft', ['-i'], { stdio: ['pipe', 'ignore', 'inherit'] });
  owner.stdin.write('add table inet bridgekeeper { flags owner; }\n');
  for (let tries = 0; !listRuleset().includes('flags owner'); tries++) {
    assert.ok(tries < 100);
    await sleep(50);
  }
  return async () => {
    owner.stdin.end('quit\n');
    await once(owner, 'close');
  };
}

test('an apply that nftables refuses changes nothing', async (t) => {
  const open = await openEngine(t);
  const release = await ownTable();
  const before = hostState();
  await assert.rejects(open.apply(wholeSite), (error) => isAppError(error) && error.code === 'nftables-failed');
  sameHost(hostState(), before, 'after the refusal');
  assert.equal((await open.engine.history(10)).length, 0);
  await release();
  await open.apply(wholeSite);
  await open.engine.destroy('tester');
});

test('a difference that no longer fits what the kernel holds is made good by the whole', async (t) => {
  const open = await openEngine(t);
  await open.apply(siteText({ guests: fourGuests, forwards: someForwards }));
  shell('nft delete element inet bridgekeeper forward4 { tcp . 8080 }');
  await open.apply(siteText({ guests: fourGuests, forwards: ['port: 2222, to: "db1:22"'] }));
  const mended = listRuleset();
  await open.engine.destroy('tester');
  await open.close();
  const again = await openEngine(t, { directory: open.directory });
  await again.apply(siteText({ guests: fourGuests, forwards: ['port: 2222, to: "db1:22"'] }));
  assert.deepEqual(listRuleset().split('\n'), mended.split('\n'));
  await again.engine.destroy('tester');
});

test('a full disk takes the change back from the kernel, and room on it lets the next one pass', async (t) => {
  // Seen in this mount namespace alone, and gone with it.
  const directory = '/run/small-disk';
  shell(`mkdir ${directory} && mount -t tmpfs -o size=3m,mode=700 tmpfs ${directory}`);
  const open = await openEngine(t, { directory });
  await open.apply(siteText({ guests: fourGuests }));
  const before = hostState();
  const revisions = await open.engine.history(10);
  shell(`dd if=/dev/zero of=${directory}/fill bs=4k 2>/dev/null || true`);
  const large = siteText({
    guests: fourGuests,
    forwards: Array.from({ length: 2000 }, (_, i) => `port: ${40_000 + i}, to: "web1:${40_000 + i}"`),
    head: fewPorts,
  });
  await assert.rejects(open.apply(large), (error) => isAppError(error) && error.code === 'registry-failed');
  sameHost(hostState(), before, 'after the disk was full');
  assert.deepEqual(await open.engine.history(10), revisions);
  shell(`rm ${directory}/fill; mount -o remount,size=20m ${directory}`);
  await open.apply(large);
  assert.match(listRuleset(), /tcp \. 41999 : /);
  await open.engine.destroy('tester');
});

test('a registry that cannot commit takes the change back from the kernel', async (t) => {
  const open = await openEngine(t);
  await open.apply(siteText({ guests: fourGuests }));
  const before = hostState();
  await open.registry.close();
  await assert.rejects(open.apply(wholeSite), (error) => isAppError(error) && error.code === 'registry-failed');
  sameHost(hostState(), before, 'after the commit failed');
  // Before that, its repair would put back what is taken away.
  await open.close().catch(() => {});
  const next = await openEngine(t);
  assert.equal(listRuleset(), '', 'the next one takes away what is not in its registry');
  await next.close();
});
