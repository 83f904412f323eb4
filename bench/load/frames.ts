/** A process that puts frames of made-up MAC addresses onto interfaces: single ones when asked, or a paced flood. */
import { parseIpv4 } from '../../src/model/ip-address.ts';
import { macFromInteger, parseMacAddress } from '../../src/model/mac-address.ts';
import { openPacketSocket, type PacketSocket } from '../../src/system/packet-socket.ts';
import { broadcastMac, ethernetFrame, etherType, udpPacket } from '../../src/system/raw-frame.ts';
import * as libc from './libc.ts';
import type { FrameAnswer, FrameRequest } from './messages.ts';

/** Milliseconds between two turns of the flood. */
const turn = 2;
const sockets = new Map<string, PacketSocket>();
let stopped = false;

function socketOf(namespace: string, device: string): PacketSocket {
  const key = `${namespace} ${device}`;
  let socket = sockets.get(key);
  if (socket === undefined) {
    libc.enterNamespace(namespace);
    socket = openPacketSocket(device);
    sockets.set(key, socket);
  }
  return socket;
}

/** UDP to nobody, from an address that no NIC has; bytes 6 to 11 are the source. */
function spoofed(): Buffer {
  const payload = udpPacket({
    source: parseIpv4('10.77.15.251'),
    destination: parseIpv4('10.77.15.252'),
    sourcePort: 7,
    destinationPort: 7,
    payload: Buffer.alloc(18),
  });
  const source = parseMacAddress('02:bb:00:00:00:00');
  return ethernetFrame({ source, destination: broadcastMac, type: etherType.ipv4, payload });
}

const frame = spoofed();
/** Another source each time, as macof does. */
function nextFrame(count: number): Buffer {
  frame.writeUIntBE(0x02bb00000000 + (Math.imul(count, 2_654_435_761) >>> 0), 6, 6);
  return frame;
}

function flood(socket: PacketSocket, rate: number): void {
  const start = performance.now();
  let sent = 0;
  const work = (): void => {
    const due = Math.round(((performance.now() - start) / 1000) * rate);
    for (; sent < due; sent++) socket.send(nextFrame(sent));
    if (stopped)
      process.send?.({ kind: 'sent', count: sent, at: Date.now() } satisfies FrameAnswer, () => process.exit(0));
    else setTimeout(work, turn);
  };
  work();
}

process.on('message', (request: FrameRequest) => {
  if (request.kind === 'stop') {
    stopped = true;
    return;
  }
  const socket = socketOf(request.namespace, request.device);
  if (request.kind === 'flood') {
    process.send?.({ kind: 'ready' } satisfies FrameAnswer);
    return flood(socket, request.rate);
  }
  const at = performance.timeOrigin + performance.now();
  socket.send(
    ethernetFrame({
      source: macFromInteger(0x02cc00000000 + request.number),
      destination: broadcastMac,
      type: etherType.ipv4,
      payload: Buffer.alloc(46),
    }),
  );
  process.send?.({ kind: 'sent', count: 1, at } satisfies FrameAnswer);
});
