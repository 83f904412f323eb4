import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sameHost, shell } from '../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { buildNetwork } from '../kernel/network.ts';
import { startDaemonProcess } from './daemon-process.ts';
import { hostState, isSameHost, listRuleset } from './host-state.ts';
import { openEngine, temporaryDirectory } from './open-engine.ts';
import { fourGuests, siteText, wholeSite } from './sites.ts';

enterNamespace(import.meta.filename);
before(() => buildNetwork(['web1', 'db1', 'api1', 'sip1']));

const plain = siteText({ guests: fourGuests });

async function within(milliseconds: number, holds: () => boolean): Promise<boolean> {
  for (const end = performance.now() + milliseconds; performance.now() < end; await sleep(250))
    if (holds()) return true;
  return holds();
}

test('an unconfirmed change goes back in time although the daemon was killed', async (t) => {
  const directory = temporaryDirectory(t);
  const daemon = await startDaemonProcess(t, directory);
  await daemon.client.apply({ site: plain });
  const before = hostState();
  await daemon.client.apply({ site: wholeSite, confirmSeconds: 2 });
  await daemon.kill();
  assert.match(listRuleset(), /tcp \. 8080/, 'it stays until its time is over');
  // The time, the grace for a daemon that lives, and the start of a process that does it.
  assert.ok(await within(12_000, () => isSameHost(hostState(), before)), listRuleset());
  const again = await startDaemonProcess(t, directory);
  const { confirmBy, revision } = await again.client.status();
  assert.equal(confirmBy, undefined);
  assert.equal(revision, 3);
  sameHost(hostState(), before, 'with the next daemon');
  await again.client.destroy();
});

test('a daemon that starts after the time to confirm is over goes back at once', async (t) => {
  const directory = temporaryDirectory(t);
  const open = await openEngine(t, { directory });
  await open.apply(plain);
  const before = hostState();
  // An engine in this process has nobody who would roll back for it.
  await open.apply(wholeSite, 1);
  await open.close();
  await sleep(1_100);
  const again = await openEngine(t, { directory });
  assert.ok(await within(5_000, () => isSameHost(hostState(), before)));
  assert.equal((await again.engine.status()).confirmBy, undefined);
  await again.engine.destroy('tester');
});

test('a daemon killed at any moment of an apply leaves a host that the next one makes as the registry says', async (t) => {
  const untouched = hostState();
  const directory = temporaryDirectory(t);
  const texts = [
    wholeSite,
    siteText({
      segments: ['name: dev, subnet: 10.77.10.0/24', 'name: test, subnet: 10.77.30.0/24'],
      guests: [
        'name: web1, nics: [{segment: test}]',
        'name: sip1, share: same-address, ports: [7000], nics: [{segment: dev}]',
      ],
    }),
  ];
  let daemon = await startDaemonProcess(t, directory);
  let interrupted = 0;
  for (let round = 0; round < 20; round++) {
    const apply = daemon.client.apply({ site: texts[round % 2] as string }).then(
      () => 'applied',
      (error) => {
        assert.equal(error.code, 'daemon-unreachable', error.message);
        return 'interrupted';
      },
    );
    await sleep(randomInt(150));
    await daemon.kill();
    if ((await apply) === 'interrupted') interrupted++;
    daemon = await startDaemonProcess(t, directory);
  }
  assert.ok(interrupted > 5, `${interrupted} of 20 applies were interrupted`);
  const { drift, site } = await daemon.client.status();
  assert.deepEqual(drift, []);
  const seen = hostState();
  const ruleset = listRuleset();
  await daemon.kill();
  // Made from nothing, the registry's last revision gives the very same host.
  if (site !== undefined) {
    shell('nft flush ruleset; for b in $(ip -br link show type bridge | cut -d" " -f1); do ip link delete $b; done');
    daemon = await startDaemonProcess(t, directory);
    assert.ok(await within(3_000, () => listRuleset() === ruleset));
    sameHost(hostState(), seen, 'made from nothing');
    await daemon.client.destroy();
  }
  sameHost(hostState(), untouched, 'after destroy');
});
