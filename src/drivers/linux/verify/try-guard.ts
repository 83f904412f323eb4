import { setTimeout as sleep } from 'node:timers/promises';
import type { DesiredSegment, DesiredState } from '../../../model/desired-state.ts';
import { openPacketSocket, type PacketSocket } from '../../../system/packet-socket.ts';
import type { VerifyCheck } from '../../driver.ts';
import { nicFragment } from '../nftables/elements.ts';
import type { NftablesPart } from '../nftables/nftables-part.ts';
import { listTestFrames, type TestFrame } from './test-frames.ts';
import { makeTestNic, outsideOf, plugTestPorts, unplugTestPorts, unusedAddresses } from './test-ports.ts';

/** Milliseconds within which a frame crosses a bridge, on a busy host too. */
const patience = 500;
const ports = ['bk-verify0', 'bk-verify1'] as const;

/** Sends every frame once; answers those that came in at the other port. */
async function exchange(frames: readonly TestFrame[], from: PacketSocket, to: PacketSocket): Promise<Set<string>> {
  const arrived = new Set<string>();
  const listen = (): void => {
    to.drain((seen) => {
      for (const { name, marker } of frames) if (seen.includes(marker)) arrived.add(name);
    });
  };
  const good = frames.filter(({ passes }) => passes);
  // A port takes a moment to forward; what is to be refused follows when what is to pass has come through.
  for (
    const end = performance.now() + patience;
    performance.now() < end && !good.every(({ name }) => arrived.has(name));
  ) {
    for (const { name, frame } of good) if (!arrived.has(name)) from.send(frame);
    await sleep(20);
    listen();
  }
  for (const { passes, frame } of frames) if (!passes) from.send(frame);
  await sleep(50);
  listen();
  return arrived;
}

/**
 * Tries the guard of one segment: a port of its own on the bridge sends frames to a second one, good ones and bad ones.
 * Both are gone afterwards, whatever happens. Guests see nothing of it: every frame is for the second port alone.
 */
export async function tryGuard(
  desired: DesiredState,
  segment: DesiredSegment,
  nftables: NftablesPart,
): Promise<VerifyCheck[]> {
  const [first, second, foreign] = unusedAddresses(desired, segment, 3);
  const name = `guard of segment ${segment.name}`;
  const expected = 'good frames pass, bad ones do not';
  if (!first || !second || !foreign) {
    return [{ name, expected, seen: `no three addresses of ${segment.subnet.text} are free to try it with`, ok: true }];
  }
  const nics = [makeTestNic(segment, ports[0], first), makeTestNic(segment, ports[1], second)] as const;
  const [sender, receiver] = nics;
  const elements = nics.flatMap((nic) => nicFragment(nic, segment, desired.limits).elements);
  const frames = listTestFrames(sender, receiver.mac, { ipv4: foreign, gateway: segment.gateway });
  const sockets: PacketSocket[] = [];
  const arrived = await nftables.withElements(elements, async () => {
    try {
      await plugTestPorts(nics, segment.mtu);
      for (const { port } of nics) sockets.push(openPacketSocket(outsideOf(port)));
      return await exchange(frames, sockets[0] as PacketSocket, sockets[1] as PacketSocket);
    } finally {
      for (const socket of sockets) socket.close();
      await unplugTestPorts(nics);
    }
  });
  await nftables.forgetOffenders(ports);
  const wrong = frames.filter((frame) => arrived.has(frame.name) !== frame.passes);
  const seen = wrong.map((frame) => `a frame with ${frame.name} ${frame.passes ? 'is refused' : 'passes'}`).join('; ');
  return [{ name, expected, seen: seen || expected, ok: wrong.length === 0 }];
}
