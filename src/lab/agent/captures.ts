import { AppError } from '../../errors/app-error.ts';
import { openPacketSocket, type PacketSocket } from '../../system/packet-socket.ts';

/** A frame counts when every condition that is given holds. Bytes are written in hexadecimal. */
export interface FrameFilter {
  /** Source address of the frame is one of these. */
  sourceIn?: string[];
  /** Source address of the frame is none of these. */
  sourceNotIn?: string[];
  /** One of these occurs somewhere in the frame. */
  holds?: string[];
  /** EtherType (or length) at octet 12. */
  type?: number;
}

export interface CaptureReport {
  count: number;
  /** The first few frames that counted, cut to 64 octets, in hexadecimal. */
  samples: string[];
}

interface Capture {
  socket: PacketSocket;
  timer: NodeJS.Timeout;
  filter: FrameFilter;
  report: CaptureReport;
}

const POLL_MS = 10;
const SAMPLES = 3;
const captures = new Map<string, Capture>();

function matches(filter: FrameFilter, frame: Buffer): boolean {
  const source = frame.toString('hex', 6, 12);
  if (filter.sourceIn && !filter.sourceIn.includes(source)) return false;
  if (filter.sourceNotIn?.includes(source)) return false;
  if (filter.type !== undefined && frame.readUInt16BE(12) !== filter.type) return false;
  return filter.holds === undefined || filter.holds.some((bytes) => frame.includes(Buffer.from(bytes, 'hex')));
}

const bare = (mac: string): string => mac.replaceAll(':', '').toLowerCase();

function drain(capture: Capture): void {
  capture.socket.drain((frame) => {
    if (frame.length < 14 || !matches(capture.filter, frame)) return;
    capture.report.count++;
    if (capture.report.samples.length < SAMPLES) capture.report.samples.push(frame.toString('hex', 0, 64));
  });
}

/** Begins to count incoming frames on an interface. */
export function startCapture(request: { name: string; device: string; filter: FrameFilter }): void {
  stopCapture(request);
  const { sourceIn, sourceNotIn } = request.filter;
  const capture: Capture = {
    socket: openPacketSocket(request.device),
    timer: setInterval(() => drain(capture), POLL_MS),
    filter: {
      ...request.filter,
      ...(sourceIn ? { sourceIn: sourceIn.map(bare) } : {}),
      ...(sourceNotIn ? { sourceNotIn: sourceNotIn.map(bare) } : {}),
    },
    report: { count: 0, samples: [] },
  };
  captures.set(request.name, capture);
}

/** What was counted so far. Throws `not-found`. */
export function reportCapture(request: { name: string }): CaptureReport {
  const capture = captures.get(request.name);
  if (!capture) throw new AppError('not-found', `capture "${request.name}" was not started`);
  drain(capture);
  return capture.report;
}

/** Ends a capture. Ending one that is not there is no mistake. */
export function stopCapture(request: { name: string }): void {
  const capture = captures.get(request.name);
  if (!capture) return;
  clearInterval(capture.timer);
  capture.socket.close();
  captures.delete(request.name);
}

/** Sends frames (hexadecimal), the whole list `times` times, `pause` milliseconds apart. Counts those dropped on egress apart. */
export async function sendFrames(request: {
  device: string;
  frames: string[];
  times: number;
  pause: number;
}): Promise<{ sent: number; dropped: number }> {
  const socket = openPacketSocket(request.device);
  let sent = 0;
  let dropped = 0;
  try {
    for (let round = 0; round < request.times; round++) {
      for (const frame of request.frames) {
        if (socket.send(Buffer.from(frame, 'hex'))) sent++;
        else dropped++;
      }
      if (round + 1 < request.times) await new Promise((resolve) => setTimeout(resolve, request.pause));
    }
  } finally {
    socket.close();
  }
  return { sent, dropped };
}
