import type { LeaseView } from '../../src/reconciler/engine-contract.ts';
import type { ReadFrame } from './frame.ts';

/** Where frames are watched for what must not be there. */
export const watchPlaces = ['victim', 'neighbour', 'gateway', 'uplink'] as const;
export type WatchPlace = (typeof watchPlaces)[number];

/** Those who are on the segment of an attack. */
export interface Cast {
  readonly attacker: LeaseView;
  readonly victim: LeaseView;
  readonly neighbour: LeaseView;
  readonly gateway: { readonly mac: string; readonly ipv4: string; readonly ipv6: string; readonly linkLocal: string };
  /** Directory of the attacker's own, that ends with the lab. */
  readonly directory: string;
}

/** What somebody else does while the attack goes on, because the tool waits for it. */
export interface Bait {
  readonly who: 'victim' | 'neighbour';
  /** Run in the namespace of `who` again and again, `pause` milliseconds apart. */
  command(cast: Cast): string[];
  readonly pause: number;
}

/** A question of somebody who is to be harmed, and its right answer, while the attack goes on. */
export interface Proof {
  readonly who: 'victim' | 'neighbour';
  command(cast: Cast): string[];
  answer(cast: Cast): RegExp;
}

/** One attack, from one guest of its own, so that its alert is its own too. */
export interface Attack {
  /** Its name, and that of the guest. */
  readonly name: string;
  /** What carries it out, as a user would look for it. */
  readonly tool: string;
  /** What it is to achieve. */
  readonly tries: string;
  /** By what a frame of it is known where it must not be, for the report. */
  readonly knownBy: string;
  /** Command in the attacker's namespace that goes on until it is ended; one that ends by itself is started again. */
  readonly command?: (cast: Cast) => string[];
  /** Frames made by scapy (scapy-frames.py), sent over and over, so many a second. */
  readonly scapy?: { readonly frames: string; readonly perSecond: number };
  /** Commands before, in the attacker's namespace. */
  readonly prepare?: (cast: Cast) => string[][];
  readonly bait?: Bait;
  readonly proof?: Proof;
  /** Why nothing of it arrives where there is no guard either, for the control. */
  readonly stoppedAnyway?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * The attack's own frames, besides those that contradict the registry: where somebody is impersonated in everything,
   * or nothing is wrong with a frame but that there are so many.
   */
  isOwn?(data: Buffer, frame: ReadFrame | undefined, cast: Cast): boolean;
  /**
   * Frames that contradict nothing: so many a second (and at once) may arrive at these places, elsewhere any number.
   * Absent: none at all.
   */
  readonly honest?: { readonly perSecond: number; readonly atOnce: number; readonly at: readonly WatchPlace[] };
  /**
   * Rule of the one alert that must name the attacker's port. `limit-event`: no alert, since who does nothing but too
   * much is one only after half a minute, but an event that names the guest. `none`: neither, where the kernel refuses
   * the frames before they are at the port.
   */
  readonly alert: 'violation' | 'storm' | 'limit-event' | 'none';
  /** Milliseconds from the first frame to the alert or event. Default 1000. */
  readonly alertWithin?: number;
}

/** Bytes that only frames of attacks hold. */
export const marker = 'bridgekeeper-attack';
export const holdsMarker = (data: Buffer): boolean => data.includes(marker);
