import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../../errors/app-error.ts';
import type { DesiredState } from '../../../model/desired-state.ts';
import type { TraceRequest, TraceResult } from '../../../model/explanation.ts';
import { describeWith } from './describe-event.ts';
import { renderTraceRemoval, renderTraceTables, type TraceSlot, traceSlots, traceTable } from './render-trace-table.ts';
import { TraceMonitor } from './trace-monitor.ts';
import { TracedPackets } from './traced-packets.ts';

/** Milliseconds between two looks at whether enough came. */
const lookEvery = 50;
/** The last packet is given so long to get through. */
const settle = 250;

/** Follows packets of single flows through the kernel's rules. */
export class TracePart {
  readonly #run: (transaction: string) => Promise<unknown>;
  readonly #taken = new Set<TraceSlot>();
  #stop = new AbortController();
  readonly #running = new Set<Promise<TraceResult>>();

  /** `run` commits a transaction that touches no table of the gateway. */
  constructor(run: (transaction: string) => Promise<unknown>) {
    this.#run = run;
  }

  /** Takes away what a process that was killed has left. */
  async clear(): Promise<void> {
    const free = traceSlots.filter((slot) => !this.#taken.has(slot));
    await this.#run(renderTraceRemoval(free));
  }

  trace(desired: DesiredState, request: TraceRequest, signal?: AbortSignal): Promise<TraceResult> {
    const running = this.#trace(desired, request, AbortSignal.any([this.#stop.signal, ...(signal ? [signal] : [])]));
    this.#running.add(running);
    return running.finally(() => this.#running.delete(running));
  }

  /** Ends what is under way; each answers with what it has. */
  async end(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled(this.#running);
    this.#stop = new AbortController();
  }

  async #trace(desired: DesiredState, request: TraceRequest, signal: AbortSignal): Promise<TraceResult> {
    const slot = traceSlots.find((one) => !this.#taken.has(one));
    if (slot === undefined) {
      throw new AppError('conflict', `${traceSlots.length} flows are followed already, as many as can be at once`);
    }
    this.#taken.add(slot);
    try {
      return await this.#follow(slot, desired, request, signal);
    } finally {
      this.#taken.delete(slot);
    }
  }

  async #follow(
    slot: TraceSlot,
    desired: DesiredState,
    request: TraceRequest,
    signal: AbortSignal,
  ): Promise<TraceResult> {
    const found = new TracedPackets(traceTable(slot), describeWith(desired));
    const monitor = await TraceMonitor.start((line) => found.add(line, Date.now()));
    try {
      await this.#run(renderTraceTables(slot, request));
      await waitFor(found, monitor, request, signal);
    } finally {
      // First, so that nothing more is told of; what cannot be taken away now, `clear` takes away.
      await monitor.stop();
      await this.#run(renderTraceRemoval([slot]));
    }
    return { packets: found.packets(request.packets), full: found.count >= request.packets };
  }
}

/** Until enough packets came, the time is over, or nobody waits any more. */
async function waitFor(
  found: TracedPackets,
  monitor: TraceMonitor,
  { seconds, packets }: TraceRequest,
  signal: AbortSignal,
): Promise<void> {
  const until = performance.now() + seconds * 1000;
  const pause = (ms: number): Promise<undefined> => sleep(ms, undefined, { signal }).catch(() => undefined);
  while (found.count < packets && performance.now() < until && !signal.aborted) {
    const reason = await Promise.race([
      monitor.ended,
      pause(Math.max(0, Math.min(lookEvery, until - performance.now()))),
    ]);
    if (reason !== undefined) throw new AppError('command-failed', `command "nft monitor trace" ended: ${reason}`);
  }
  await pause(settle);
}
