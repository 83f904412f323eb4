import type { ServiceFiles } from './service-files.ts';

/** What serves one segment, as it shall be. */
export interface DesiredService {
  readonly segment: string;
  readonly bridge: string;
  readonly files: ServiceFiles;
  /** Path → text of `renderDnsmasq`, this segment's part. */
  readonly texts: ReadonlyMap<string, string>;
}

/** What was found of the service of one segment. */
export interface ObservedService {
  readonly segment: string;
  /** Bridge that it was started on; empty when it never was. */
  readonly bridge: string;
  readonly files: ServiceFiles;
  readonly texts: ReadonlyMap<string, string>;
  /** The process that serves it, when it runs. */
  readonly pid?: number;
  /** Its bridge is still the one that it was started on. */
  readonly bridgeIsSame: boolean;
  readonly leases?: string;
}

export type ServiceAction =
  | { readonly kind: 'write'; readonly path: string; readonly text: string }
  | { readonly kind: 'delete'; readonly path: string }
  /** Stops what runs before it starts anew. */
  | { readonly kind: 'start'; readonly files: ServiceFiles; readonly bridge: string }
  | { readonly kind: 'stop'; readonly files: ServiceFiles }
  /** SIGHUP: read names and reservations again. */
  | { readonly kind: 'reload'; readonly files: ServiceFiles };

/** One step of a plan: everything that one segment needs. Runs whole or is undone. */
export interface ServiceStep {
  readonly change: 'add' | 'remove' | 'change';
  readonly object: 'service';
  /** One sentence in the user's words. */
  readonly text: string;
  readonly actions: readonly ServiceAction[];
  /** Takes back the step, also when only a part of it ran. Runs in this order. */
  readonly undo: readonly ServiceAction[];
}
