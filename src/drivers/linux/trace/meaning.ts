import type { DesiredNic, DesiredState } from '../../../model/desired-state.ts';
import type { TracedStep } from '../../../model/explanation.ts';
import type { TracedHeaders, TraceEvent } from './parse-trace.ts';

/** What a step says. */
export type Words = Pick<TracedStep, 'text' | 'object'>;

/** A rule of ours: what it means for the packet. */
export interface Meaning {
  /** Chains by name. */
  readonly chain: RegExp;
  /** Part of the rule; absent: every rule of the chain. */
  readonly rule?: RegExp;
  readonly words: (headers: TracedHeaders, desired: DesiredState, event: TraceEvent) => Words | undefined;
}

/** NIC that is plugged into a device. */
export function nicBehind(desired: DesiredState, device: string | undefined): DesiredNic | undefined {
  for (const nic of desired.nics.values()) if (nic.port === device) return nic;
  return undefined;
}

/** The same words whatever the packet is. */
export const says = (text: string) => (): Words => ({ text });
