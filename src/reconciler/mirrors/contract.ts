import type { FrameProtocol } from '../../model/frame-match.ts';
import type { Asker } from '../../registry/journal/journal.ts';

/** Which NIC, and which of its frames. */
export interface FrameChoice {
  readonly guest: string;
  readonly nic: number;
  readonly protocol?: FrameProtocol;
  /** TCP or UDP port of either side. */
  readonly port?: number;
  /** Address or subnet of the other side. */
  readonly peer?: string;
  readonly direction?: 'in' | 'out';
}

export interface MirrorRequest extends FrameChoice {
  /** An interface of the host such as `eth2`, or a collector such as `vxlan://192.0.2.7:4789/42`. */
  readonly to: string;
  /** Bytes per second that are copied at most. Default 12,500,000 (100 Mbit/s). */
  readonly rate?: number;
  /** Seconds. Default 3600, at most 7 days. */
  readonly seconds?: number;
}

export interface MirrorView extends FrameChoice {
  readonly id: number;
  readonly to: string;
  readonly rate: number;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly until: number;
  readonly who: string;
  /** Frames and bytes that were copied; 0 while the port is not there. */
  readonly packets: number;
  readonly bytes: number;
  /** Frames that were not copied because of the rate. */
  readonly skipped: number;
}

export interface CaptureOrder extends FrameChoice {
  /** Bytes of each frame that are kept; 0 is all of them, and the default. */
  readonly snap?: number;
  /** Ends after so many frames. */
  readonly packets?: number;
  /** Ends after so many seconds. Default 3600, at most 7 days. */
  readonly seconds?: number;
  /** Bytes per second that are handed out at most; what is more is left out. Default 12,500,000. */
  readonly rate?: number;
}

/** How a capture ended. */
export interface CaptureEnd {
  readonly packets: number;
  readonly skipped: number;
}

/** A pcap file while it comes into being. */
export interface Capture {
  readonly pcap: AsyncIterable<Uint8Array>;
  /** Resolves when `pcap` has ended or was given up. */
  readonly end: Promise<CaptureEnd>;
  /** Ends it; the file is whole up to here. */
  stop(): void;
}

/** Copies of what a NIC sends and is sent. Every method rejects with an AppError. */
export interface Mirrors {
  /** `not-found` for an unknown NIC or interface, `value-invalid` for a target that would harm the site. */
  start(request: MirrorRequest, actor: Asker): Promise<MirrorView>;
  /** Those that run, the oldest first. A mirror ends with its time, with its NIC and with the daemon. */
  list(): Promise<MirrorView[]>;
  stop(id: number, actor: Asker): Promise<MirrorView>;
  /** A capture that begins now. */
  capture(order: CaptureOrder, actor: Asker): Promise<Capture>;
}
