import type { TraceAnswer, TraceQuestion, TraceResult } from '../reconciler/trace/contract.ts';
import { type ClientOptions, queryOf, request } from './request.ts';

export type * from '../reconciler/trace/contract.ts';

/** `client.trace`: who was behind an address and port at a time. Every method rejects with an AppError. */
export interface TraceClient {
  ask(question: TraceQuestion): Promise<TraceAnswer>;
  /** At most 10,000, answered in their order; fastest in the order of time. */
  askMany(questions: readonly TraceQuestion[]): Promise<TraceResult[]>;
}

export function traceClient(options: ClientOptions): TraceClient {
  return {
    ask: (question) => request(options, 'GET', `/v1/trace${queryOf(question)}`),
    askMany: async (questions) => {
      const { results } = await request<{ results: TraceResult[] }>(options, 'POST', '/v1/trace', { questions });
      return results;
    },
  };
}
