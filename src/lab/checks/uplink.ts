import { parseMacAddress } from '../../model/mac-address.ts';
import { broadcastMac, ethernetFrame } from '../../system/raw-frame.ts';
import type { Scene } from '../scene.ts';

const foreignMac = parseMacAddress('02:1a:3f:bb:bb:bb');
/** IEEE 802 local experimental EtherType 1: nobody else in the lab sends it. */
const experimental = 0x88b5;
const frames = 20;

/** Name of the capture that counts every frame with a foreign source for as long as the scene lasts. */
const watch = 'foreign-on-uplink';

/** Begins to count, in the world, frames of the uplink whose source is not the uplink's own. */
export async function watchUplink(scene: Scene, uplinkMac: string): Promise<void> {
  await scene.agent('world').call('startCapture', {
    name: watch,
    device: 'eth0',
    filter: { sourceNotIn: [uplinkMac] },
  });
}

async function inject(scene: Scene, source: string): Promise<number> {
  const world = scene.agent('world');
  const capture = { name: 'injected', device: 'eth0' };
  await world.call('startCapture', { ...capture, filter: { type: experimental } });
  try {
    const payload = Buffer.alloc(46, 0xbb);
    const frame = ethernetFrame({
      source: parseMacAddress(source),
      destination: broadcastMac,
      type: experimental,
      payload,
    });
    await scene
      .agent('host')
      .call('sendFrames', { device: 'eth0', frames: [frame.toString('hex')], times: frames, pause: 2 });
    await new Promise((resolve) => setTimeout(resolve, 100));
    return (await world.call('reportCapture', capture)).count;
  } finally {
    await world.call('stopCapture', capture);
  }
}

/** No frame leaves the uplink with a source MAC other than the uplink's own. To be run last: it looks back. */
export async function checkUplink(scene: Scene, uplinkMac: string): Promise<void> {
  await scene.check(
    `${frames} raw frames with the uplink's own MAC are put onto it`,
    `${frames} arrive in the world`,
    async () => {
      const count = await inject(scene, uplinkMac);
      return { seen: `${count} arrive`, ok: count === frames };
    },
  );
  await scene.check(
    `${frames} raw frames with a foreign MAC are put onto the uplink`,
    '0 arrive in the world',
    async () => {
      const count = await inject(scene, foreignMac);
      return { seen: `${count} arrive`, ok: count === 0 };
    },
  );
  await scene.check('frames with a foreign MAC on the uplink since the beginning', '0 in the world', async () => {
    const { count, samples } = await scene.agent('world').call('reportCapture', { name: watch });
    return { seen: count === 0 ? '0' : `${count}: ${samples.join(', ')}`, ok: count === 0 };
  });
}
