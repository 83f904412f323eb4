import { checkAddressing } from './checks/addressing.ts';
import { checkDestroy } from './checks/destroy.ts';
import { checkDrift } from './checks/drift.ts';
import { checkForwards } from './checks/forwards.ts';
import { checkHostServices } from './checks/host-services.ts';
import { checkOutbound } from './checks/outbound.ts';
import { checkResilience } from './checks/resilience.ts';
import { checkRotation } from './checks/rotation.ts';
import { checkSameAddress } from './checks/same-address.ts';
import { checkSegments } from './checks/segments.ts';
import { checkSessions } from './checks/sessions.ts';
import { checkSpoofing } from './checks/spoofing.ts';
import { checkTrace } from './checks/trace.ts';
import { checkUplink, watchUplink } from './checks/uplink.ts';
import { checkVirtualMachine } from './checks/virtual-machine.ts';
import { checkWatching } from './checks/watching.ts';
import type { PreparedLab } from './prepare.ts';
import { type CheckResult, createScene, type Scene } from './scene.ts';

/** Topics in the order in which they are checked: what breaks things on purpose comes late. */
export const topics = {
  'Addresses and names': (scene: Scene, lab: PreparedLab) => checkAddressing(scene, lab.dhcp),
  'Guests reach the world': checkOutbound,
  'Between guests': checkSegments,
  'The host itself': checkHostServices,
  'Published ports': checkForwards,
  'A guest with the shared address': checkSameAddress,
  'What is open': checkSessions,
  'Who was it': checkTrace,
  'A guest that breaks the rules': checkSpoofing,
  'Who is told of it': checkWatching,
  'The daemon dies and comes back': checkResilience,
  'Somebody else changes the host': checkDrift,
  'A new MAC address for a running guest': checkRotation,
  'Taking it away and back': (scene: Scene, lab: PreparedLab) => checkDestroy(scene, lab.found),
  'A guest that is a real machine': checkVirtualMachine,
  'The uplink': (scene: Scene, lab: PreparedLab) => checkUplink(scene, lab.uplinkMac),
} as const;

export type Topic = keyof typeof topics;

/** All topics; the one that boots a machine only when asked for. */
export function topicsOf(options: { vm: boolean }): Topic[] {
  return (Object.keys(topics) as Topic[]).filter((topic) => options.vm || topic !== 'A guest that is a real machine');
}

/** Runs the checks of the given topics one after the other; `report` hears each result when it is there. */
export async function runChecks(
  lab: PreparedLab,
  report: (result: CheckResult) => void,
  chosen: readonly Topic[],
): Promise<void> {
  const sceneOf = (topic: string) => createScene({ ...lab, topic, report });
  await watchUplink(sceneOf('The uplink'), lab.uplinkMac);
  for (const topic of chosen) {
    const scene = sceneOf(topic);
    try {
      await topics[topic](scene, lab);
    } catch (error) {
      // What a check throws is caught by the check; this is about what several of them need. The next topic goes on.
      await scene.check('the rest of this topic', 'to be checked', () => Promise.reject(error));
    }
  }
}
