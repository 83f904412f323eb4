import type { Explanation, FlowProtocol, TraceResult } from '../../model/explanation.ts';
import type { Actor } from '../../registry/journal/journal.ts';

export type { Explanation, FlowProtocol, TraceResult };

/**
 * Ends of a flow as text: a guest (`web1`, its first NIC), a NIC (`web1/1`), an address, `world`, `host`; each with a
 * port after a colon (`web1:443`, `[2001:db8::1]:443`).
 */
export interface ExplainRequest {
  readonly from: string;
  readonly to: string;
  /** `tcp` when `to` has a port, otherwise `icmp`. */
  readonly protocol?: FlowProtocol;
  /** For ends that have addresses of both kinds; 4 unless one end is an IPv6 address. */
  readonly family?: 4 | 6;
}

export interface LiveExplainRequest extends ExplainRequest {
  /** Seconds to wait, 1 to 300. Default 10. */
  readonly seconds?: number;
  /** The first packets of the flow, 1 to 100. Default 10. */
  readonly packets?: number;
}

export interface LiveExplanation extends TraceResult {
  /** What the applied site means for the flow. */
  readonly expected: Explanation;
  /** Seconds that were waited at most. */
  readonly seconds: number;
}

/** The way of a packet. Every method rejects with an AppError. */
export interface Explain {
  /** From the applied site alone: nothing is asked of the host. `unsupported` without a gateway. */
  explain(request: ExplainRequest): Promise<Explanation>;
  /**
   * Marks the flow, waits for packets of it, and answers what the kernel did with each. The traffic is for others to
   * make. Resolves after `seconds`, or as soon as enough packets came and were through. The journal says who asked.
   * With `signal` it ends at once.
   */
  live(request: LiveExplainRequest, actor: Actor, signal?: AbortSignal): Promise<LiveExplanation>;
}
