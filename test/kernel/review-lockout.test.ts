import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startAgent } from '../../src/lab/agent-client.ts';
import { routerAdvertisement } from '../../src/lab/rogue-message.ts';
import { parseIpv6 } from '../../src/model/ip-address.ts';
import { parseMacAddress } from '../../src/model/mac-address.ts';
import { shell, snapshotHost } from '../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { openEngine } from '../reconciler/open-engine.ts';
import { wholeSite } from '../reconciler/sites.ts';
import { buildNetwork } from './network.ts';

enterNamespace(import.meta.filename);

test('a default route that another interface has from router advertisements outlives apply and destroy', async (context) => {
  buildNetwork(['web1']);
  shell(`
    ip -6 route del default
    ip netns add lan
    ip link add lan0 type veth peer name eth0 netns lan
    ip link set lan0 up
    ip -n lan link set eth0 up
  `);
  const router = await startAgent('lan');
  context.after(() => router.close());
  const mac = parseMacAddress(/link\/ether (\S+)/.exec(shell('ip -n lan link show eth0'))?.[1] as string);
  const frame = routerAdvertisement({ source: mac, sender: parseIpv6('fe80::99') }).toString('hex');
  const defaultRoute = (): string => shell('ip -6 route show default').replace(/expires.*/s, '');
  for (let i = 0; i < 50 && defaultRoute() === ''; i++) {
    await router.call('sendFrames', { device: 'eth0', frames: [frame], times: 1, pause: 0 });
    shell('sleep 0.2');
  }
  const route = defaultRoute();
  assert.match(route, /^default via fe80::99 dev lan0 proto ra/);
  const settings = (): string[] => snapshotHost().sysctls?.filter((line) => line.includes('accept_ra=')) ?? [];
  const before = settings();

  const open = await openEngine({ after: (clean) => context.after(clean as () => void) });
  await open.apply(wholeSite);
  assert.equal(shell('cat /proc/sys/net/ipv6/conf/all/forwarding').trim(), '1');
  assert.equal(defaultRoute(), route, 'the way back to the user is still there');
  shell('ip -6 route del default');
  await router.call('sendFrames', { device: 'eth0', frames: [frame], times: 1, pause: 0 });
  shell('sleep 0.3');
  assert.equal(defaultRoute(), route, 'later advertisements are heard');

  await open.engine.destroy('tester');
  assert.equal(defaultRoute(), route);
  assert.deepEqual(settings(), before);
});
