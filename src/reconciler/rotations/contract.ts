import type { Asker } from '../../registry/journal/journal.ts';
import type { RotationPhase } from '../../registry/rotations.ts';

/** A rotation as users see it. Times are milliseconds since the epoch. */
export interface RotationView {
  readonly guest: string;
  readonly nic: number;
  readonly owner?: string;
  readonly segment?: string;
  /** Whose NIC it is. Of one that a request made nothing is heard: its user says when it has moved. */
  readonly source: 'site' | 'request';
  /**
   * `waiting`: for its turn. `prepared`: both MAC addresses are allowed, the guest has the old one. `moved`: it has the
   * new one; the old one retires when it is silent. `failed`: the NIC has its old MAC address again.
   */
  readonly phase: RotationPhase;
  /** MAC address before the rotation. */
  readonly from: string;
  /** The new one; absent while it waits for its turn and after it failed. */
  readonly to?: string;
  /** `request`, `request of team-a` by its tenant (tenants do not wait for each other), or a schedule's words. */
  readonly origin: string;
  readonly askedAt: number;
  readonly phaseSince: number;
  /** When the overlap ends at the latest. */
  readonly deadline?: number;
  /** Seconds that the old address must be silent. */
  readonly grace: number;
  /** `none`: no hook for the kind of this guest, it moves by itself. `due`: to be run, or running. */
  readonly hook: 'none' | 'due' | 'done' | 'failed';
  /** When the guest was last heard with each of them, as far as the host can tell. */
  readonly oldHeard?: number;
  readonly newHeard?: number;
  /** Why it failed or does not get on. */
  readonly error?: string;
}

export interface RotateRequest {
  /** NICs by name, or every NIC of an owner or in a segment, of the site or by request; exactly one of the three. */
  readonly nics?: readonly { readonly guest: string; readonly nic: number }[];
  readonly owner?: string;
  readonly segment?: string;
  /** Seconds; default: those of the site. */
  readonly overlap?: number;
  readonly grace?: number;
  /** NICs that wait for their guest to move at the same time. Default 5. */
  readonly atMost?: number;
}

export interface RotateAnswer {
  readonly rotations: RotationView[];
  /** NICs of the owner or segment that do not rotate, a sentence each. */
  readonly skipped: string[];
}

/**
 * New MAC addresses for NICs that go on working meanwhile. A rotation survives the daemon: the next one goes on, or
 * goes back. What is heard from a guest decides: no address that it uses is taken from it before the overlap ends.
 */
export interface Rotations {
  /**
   * Begins, and answers when the first of them may use both addresses. `not-found`; `conflict` for a NIC whose address
   * stands in the site file, or that rotates already; `pool-exhausted`.
   */
  rotate(request: RotateRequest, actor: Asker): Promise<RotateAnswer>;
  /** Those that wait, are under way or failed, in the order in which they were asked for. */
  list(): Promise<RotationView[]>;
  /**
   * Back to the old MAC address; a failed one is forgotten. Answers what it went back from. `not-found` when the NIC
   * does not rotate; `conflict` when the guest uses the new address and no hook can move it back.
   */
  back(guest: string, nic: number, actor: Asker): Promise<RotationView>;
  /** Says that the guest has moved, where the host cannot hear it. `not-found`. */
  moved(guest: string, nic: number, actor: Asker): Promise<RotationView>;
}
