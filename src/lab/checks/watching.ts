import { setTimeout as sleep } from 'node:timers/promises';
import { datagram, inventedMac } from '../attacks.ts';
import { world } from '../scenario.ts';
import type { Observation, Scene } from '../scene.ts';
import { attempt } from './attempts.ts';

/** Nobody has told on it yet: the guest that broke the rules before was another. */
const offender = 'api1';
const bystander = 'db1';
const patience = 10_000;
const soon = 1_000;

/** Milliseconds until an alert names the port, and how many do. */
async function observeAlert(scene: Scene): Promise<Observation> {
  const me = scene.lease(offender);
  const frame = datagram({ ...me, mac: inventedMac }, scene.lease(bystander)).toString('hex');
  const start = performance.now();
  await scene.agent(offender).call('sendFrames', { device: 'eth0', frames: [frame], times: 3, pause: 5 });
  const naming = async () =>
    (await scene.gateway.client.alerts.list({ state: 'firing' })).filter(({ subject }) => subject.port === me.port);
  let alerts = await naming();
  while (alerts.length === 0 && performance.now() - start < patience) {
    await sleep(20);
    alerts = await naming();
  }
  const after = Math.round(performance.now() - start);
  // Another one would come a little later.
  await sleep(soon);
  alerts = await naming();
  const [alert] = alerts;
  if (alert === undefined) return { seen: `none after ${patience / 1000} s`, ok: false };
  const { guest, nic } = alert.subject;
  return {
    seen: `${alerts.length} after ${after} ms: rule ${alert.rule}, guest ${guest}, NIC ${nic}`,
    ok: alerts.length === 1 && after <= soon && guest === offender && nic === `${offender}/0`,
  };
}

async function observeEvent(scene: Scene): Promise<Observation> {
  const { port } = scene.lease(offender);
  const { events } = await scene.gateway.client.events.list({ kinds: ['violation'], port }, { limit: 10 });
  const [event] = events;
  const seen = event === undefined ? 'none' : `${event.detail}, ${event.count} frames, ${event.seen ?? 'no example'}`;
  return { seen, ok: events.length === 1 && event?.count === 3 && (event.seen ?? '').includes(inventedMac) };
}

const reach = async (scene: Scene, guest: string): Promise<boolean> =>
  (await attempt(scene, { from: guest, protocol: 'tcp', address: world.ipv4, port: 80 }, 1_500)).greeting !== undefined;

async function observeIsolation(scene: Scene): Promise<Observation> {
  const { isolation } = scene.gateway.client;
  await isolation.isolate({ guest: offender, seconds: 600, reason: 'demo' });
  const cut = !(await reach(scene, offender));
  const other = await reach(scene, bystander);
  await isolation.undo({ guest: offender });
  const back = await reach(scene, offender);
  const words = [
    cut ? 'cut off' : 'not cut off',
    other ? 'neighbour goes on' : 'neighbour cut off',
    back ? 'back' : 'not back',
  ];
  return { seen: words.join(', '), ok: cut && other && back };
}

/** Somebody is told of what was dropped, and can cut the guest off. */
export async function checkWatching(scene: Scene): Promise<void> {
  await scene.check(
    `${offender} sends three frames from a MAC that it made up`,
    `one alert names its port within ${soon / 1000} s`,
    () => observeAlert(scene),
  );
  await scene.check('what the event says of it', '3 frames, with the MAC that it made up', () => observeEvent(scene));
  await scene.check(`${offender} is isolated, and let go`, 'cut off, neighbour goes on, back', () =>
    observeIsolation(scene),
  );
}
