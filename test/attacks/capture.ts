import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';

/** A frame as the kernel saw it pass. */
export interface SeenFrame {
  /** Milliseconds since the epoch, by the kernel, with a fraction. */
  readonly at: number;
  readonly data: Buffer;
}

/** Where frames are watched. */
export interface CapturePoint {
  readonly namespace: string;
  readonly device: string;
  readonly direction: 'in' | 'out';
  /** pcap-filter(7); what it leaves out is not looked at. */
  readonly filter?: string;
  /** Ends by itself after so many frames: for who sends a hundred thousand a second. */
  readonly most?: number;
}

const SNAP = 300;
/** Length of the header of a pcap file, and of that of each frame. */
const FILE_HEADER = 24;
const FRAME_HEADER = 16;
const START_LIMIT_MS = 15_000;

/** Frames of a pcap file (libpcap's own format, microseconds), whole ones only: it may still be written to. */
export function parsePcap(file: Buffer): SeenFrame[] {
  const frames: SeenFrame[] = [];
  for (let at = FILE_HEADER; at + FRAME_HEADER <= file.length; ) {
    const size = file.readUInt32LE(at + 8);
    const end = at + FRAME_HEADER + size;
    if (end > file.length) break;
    frames.push({
      at: file.readUInt32LE(at) * 1000 + file.readUInt32LE(at + 4) / 1000,
      data: file.subarray(at + FRAME_HEADER, end),
    });
    at = end;
  }
  return frames;
}

/** tcpdump at one place, writing into a file that can be read meanwhile. */
export class Capture {
  readonly point: CapturePoint;
  readonly #file: string;
  readonly #child: ChildProcess;
  #told = '';

  private constructor(point: CapturePoint, file: string) {
    this.point = point;
    this.#file = file;
    const { namespace, device, direction, filter, most } = point;
    const argv = ['netns', 'exec', namespace, 'tcpdump', '-i', device, '-Q', direction, '-n', '-U', '-Z', 'root'];
    // Immediately: a frame that waits in a block of the ring would be lost when tcpdump is told to end.
    argv.push('--immediate-mode', '-B', '8192', '-s', String(SNAP), '-w', file);
    if (most !== undefined) argv.push('-c', String(most));
    if (filter !== undefined) argv.push(filter);
    this.#child = spawn('ip', argv, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child.stderr?.on('data', (text: Buffer) => {
      this.#told += text.toString();
    });
  }

  /** Resolves when frames are seen. Rejects with what tcpdump said when it ends before. */
  static async start(point: CapturePoint, file: string): Promise<Capture> {
    const capture = new Capture(point, file);
    const child = capture.#child;
    const end = Date.now() + START_LIMIT_MS;
    while (!capture.#told.includes('listening on')) {
      if (child.exitCode !== null || Date.now() > end) throw new Error(`tcpdump did not start: ${capture.#told}`);
      await Promise.race([once(child.stderr as NodeJS.ReadableStream, 'data'), once(child, 'exit')]);
    }
    return capture;
  }

  /** Everything seen so far. */
  async frames(): Promise<SeenFrame[]> {
    return parsePcap(await readFile(this.#file));
  }

  /** Ends it. Throws when the kernel could not hand out everything: then an empty capture would prove nothing. */
  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const gone = once(this.#child, 'close');
      this.#child.kill('SIGINT');
      await gone;
    }
    const lost = Number(/(\d+) packets? dropped by kernel/.exec(this.#told)?.[1] ?? 0);
    if (lost > 0 && this.point.most === undefined) {
      throw new Error(`the capture at ${this.point.namespace} missed ${lost} frames: nothing can be said`);
    }
  }
}
