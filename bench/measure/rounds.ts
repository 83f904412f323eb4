import type { LoadPair, RunOrder } from '../load/generator.ts';
import type { ServeRequest } from '../load/messages.ts';
import type { BenchOptions } from '../part.ts';
import { median, medianRatio, shuffled } from '../statistics.ts';

/** One thing to measure again and again. */
export interface Candidate {
  readonly id: string;
  readonly kind: Parameters<LoadPair['run']>[0];
  readonly serve: Pick<ServeRequest, 'namespace' | 'address' | 'port'>;
  readonly from: string;
  readonly to: { readonly address: string; readonly port: number };
  /** Connections per second; as fast as it goes unless given. */
  readonly rate?: number;
  /** Run after each run: brings the candidate back to where it began. */
  readonly reset?: () => void;
}

export interface RunLength {
  readonly milliseconds: number;
  readonly warmUp: number;
}

/** What each round saw, by candidate. Index i of every list is round i. */
export class Measurements {
  readonly #cpu = new Map<string, number[]>();
  readonly #wall = new Map<string, number[]>();
  readonly failures: string[] = [];

  add(id: string, cpu: number, wall: number): void {
    for (const [lists, value] of [
      [this.#cpu, cpu],
      [this.#wall, wall],
    ] as const) {
      const list = lists.get(id);
      if (list) list.push(value);
      else lists.set(id, [value]);
    }
  }

  #cpuOf(id: string): number[] {
    const list = this.#cpu.get(id);
    if (!list) throw new Error(`nothing was measured for "${id}"`);
    return list;
  }

  /** CPU microseconds per connection or datagram; nanoseconds per kilobyte for a stream. Median of the rounds. */
  cpu(id: string): number {
    return median(this.#cpuOf(id));
  }

  /** Connections, datagrams or bytes per second of wall time. */
  rate(id: string): number {
    return median(this.#wall.get(id) ?? []);
  }

  /** How much of the reference's work this candidate does in the same CPU time. Median over the rounds' own ratios. */
  share(id: string, reference: string): number {
    return medianRatio(this.#cpuOf(reference), this.#cpuOf(id));
  }

  /** Its rate of wall time as a share of the reference's. Median over the rounds' own ratios. */
  rateShare(id: string, reference: string): number {
    return medianRatio(this.#wall.get(id) ?? [], this.#wall.get(reference) ?? []);
  }

  toJSON(): unknown {
    return { cpu: Object.fromEntries(this.#cpu), wall: Object.fromEntries(this.#wall), failures: this.failures };
  }
}

/** Runs every candidate once per round, each round in another random order. The first round warms up and is not kept. */
export async function measureRounds(
  candidates: readonly Candidate[],
  length: RunLength,
  options: BenchOptions,
  load: LoadPair,
): Promise<Measurements> {
  const seen = new Measurements();
  for (let round = 0; round <= options.rounds; round++) {
    options.progress(round === 0 ? 'warm-up round' : `round ${round} of ${options.rounds}`);
    for (const candidate of shuffled(candidates)) {
      const order: RunOrder = {
        namespace: candidate.from,
        sources: [],
        ...candidate.to,
        ...length,
        rate: candidate.rate ?? 0,
      };
      const result = await load.run(candidate.kind, candidate.serve, order);
      candidate.reset?.();
      if (result.failed > 0) seen.failures.push(`${candidate.id}: ${result.failed} failed (${result.failure})`);
      if (result.done === 0) throw new Error(`${candidate.id}: nothing got through (${result.failure})`);
      if (round === 0) continue;
      seen.add(candidate.id, result.cpuNs / result.done / 1000, (result.done / result.wallNs) * 1e9);
    }
  }
  return seen;
}
