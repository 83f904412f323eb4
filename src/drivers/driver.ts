import type { DesiredState } from '../model/desired-state.ts';

/** What a host can do. Differences between drivers and kernels are flags here, never `if (driver.name === …)`. */
export interface Capabilities {
  /** The driver enforces a gateway; false for the registry alone. */
  readonly gateway: boolean;
  /** Established flows can take the kernel's flowtable. */
  readonly flowtable: boolean;
  /** The bridge family knows a frame's bridge (NFT_BRIDGE_META), so unlisted ports are refused in the kernel. */
  readonly bridgeMeta: boolean;
  /** Each missing privilege, tool or kernel part as one sentence; empty when all is there. */
  readonly missing: readonly string[];
}

/** One line of a plan in the user's words. */
export interface PlanLine {
  readonly change: 'add' | 'remove' | 'change';
  /** `guest`, `NIC`, `forward`, `segment`, `policy`, `service`, … */
  readonly object: string;
  readonly text: string;
}

export interface DriverPlan {
  readonly lines: readonly PlanLine[];
  /** The transaction and every ordered step, as commands that can be read (`plan --raw`). */
  readonly raw: string;
  readonly empty: boolean;
}

/** Something on the host that is not as it should be. */
export interface Drift {
  /** A sentence: what was found and what was expected. */
  readonly text: string;
}

/** What the driver knows without looking: as of the last `apply` or `observe`. */
export interface DriverSnapshot {
  /** Ports of NICs whose device is not there yet; they are plugged in when it appears. */
  readonly waiting: readonly string[];
  readonly services: readonly { readonly name: string; readonly state: 'running' | 'stopped' | 'absent' }[];
  /** Sentences about the host that its user should know. */
  readonly notices: readonly string[];
}

/** One declared thing looked at: what should be and what was seen. */
export interface VerifyCheck {
  readonly name: string;
  readonly expected: string;
  readonly seen: string;
  readonly ok: boolean;
}

export interface ApplyReport {
  /** Milliseconds by stage: `nftables`, `links`, `services`. */
  readonly timings: Readonly<Record<string, number>>;
}

/**
 * Puts a desired state into the world. `desired` is always the whole of it; null means nothing at all.
 * `apply` is atomic and repeatable: on failure every step is undone and `apply-failed` (or `undo-failed`) is thrown.
 */
export interface Driver {
  readonly name: string;
  probe(): Promise<Capabilities>;
  /** Changes nothing on the host: compares `desired` with what the driver last applied or observed. */
  plan(desired: DesiredState | null): Promise<DriverPlan>;
  apply(plan: DriverPlan): Promise<ApplyReport>;
  /** Reads the host and lists what differs from the last applied state; the next `plan` starts from what was seen. */
  observe(): Promise<readonly Drift[]>;
  snapshot(): DriverSnapshot;
  /** Tries out on the host that what is declared is so. Disturbs nobody's traffic. */
  verify(desired: DesiredState | null): Promise<readonly VerifyCheck[]>;
  /** Calls back soon (under a second) after something of ours may have been changed by somebody else. */
  watch(onSuspicion: () => void): void;
  /** Everything that applying `desired` to an empty host would write, for `render`: file or command → text. */
  render(desired: DesiredState): ReadonlyMap<string, string>;
  close(): Promise<void>;
}
