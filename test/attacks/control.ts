import { setTimeout as sleep } from 'node:timers/promises';
import { shell } from '../drivers/linux/host/snapshot-host.ts';
import { portOf } from '../kernel/network.ts';
import { type Attack, type WatchPlace, watchPlaces } from './attack.ts';
import type { AttackLab } from './lab.ts';
import { type Arrived, firstFrame, judgeAll, wrongAt } from './run-attack.ts';
import { startAttack } from './tool.ts';

const CONTROL_MS = 500;

/**
 * Makes the bridge one as everybody has it: without daemon, guard and pinned entries. What follows is for the control,
 * which shows that the attacks are attacks and that the captures see them; the lab is good for nothing else afterwards.
 */
export async function takeGuardAway(lab: AttackLab, guests: readonly string[]): Promise<void> {
  await lab.gateway.kill();
  const open = 'learning on flood on mcast_flood on bcast_flood on locked off';
  shell(`
    nft delete table bridge bridgekeeper
    nft delete table netdev bridgekeeper || true
    for port in ${['victim', 'neighbour', ...guests].map(portOf).join(' ')}; do bridge link set dev $port ${open}; done
    for port in ${guests.map(portOf).join(' ')}; do ip link set $port down; done
    for guest in victim neighbour; do
      # A kernel that believes 100,000 router advertisements a second is busy for long.
      ip netns exec $guest sysctl -qw net.ipv6.conf.eth0.accept_ra=0
    done
  `);
}

/** What of an attack arrives where there is no guard, in half a second. */
export async function runControl(lab: AttackLab, attack: Attack): Promise<ReadonlyMap<WatchPlace, Arrived>> {
  const guest = attack.name;
  const cast = lab.cast(guest);
  shell(`ip link set ${portOf(guest)} up`);
  const [watched, own] = await Promise.all([lab.watch(guest), lab.watchAttacker(guest)]);
  const running = await startAttack(lab, attack, guest);
  const arrived = new Map<WatchPlace, Arrived>();
  try {
    await firstFrame(own, running, (data) => wrongAt(lab, attack, cast, 'attacker', data));
    await sleep(CONTROL_MS);
    for (const place of watchPlaces) {
      const frames = (await watched.get(place)?.frames()) ?? [];
      arrived.set(
        place,
        judgeAll(frames, (data) => wrongAt(lab, attack, cast, place, data)),
      );
    }
  } finally {
    await running.stop();
    // A capture that misses some of a flood has seen enough here.
    await Promise.allSettled([...watched.values(), own].map((capture) => capture.stop()));
    shell(`ip link set ${portOf(guest)} down`);
  }
  return arrived;
}

/** Whether it showed that the attack is one; undefined where the bridge or the kernel stops it by itself. */
export function isConfirmed(attack: Attack, arrived: ReadonlyMap<WatchPlace, Arrived>): boolean | undefined {
  if (attack.stoppedAnyway) return undefined;
  return watchPlaces.some((place) => {
    const found = arrived.get(place);
    if (!found) return false;
    // Half a second without a guard must bring more than a second with one may.
    return found.count > (attack.honest ? attack.honest.perSecond + attack.honest.atOnce : 0);
  });
}
