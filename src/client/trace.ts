import type { TraceAnswer, TraceQuestion, TraceResult } from '../reconciler/trace/contract.ts';
import type { ReadReportsAnswer, ReadReportsRequest } from '../stateless/contract.ts';
import { queryOf, request } from './request.ts';
import type { Transport } from './transport.ts';

export type * from '../reconciler/trace/contract.ts';

/** `client.trace`: who was behind an address and port at a time. Every method rejects with an AppError. */
export interface TraceClient {
  ask(question: TraceQuestion): Promise<TraceAnswer>;
  /** At most 10,000, answered in their order; fastest in the order of time. */
  askMany(questions: readonly TraceQuestion[]): Promise<TraceResult[]>;
  /** Reads a table of abuse reports as questions. */
  readReports(body: ReadReportsRequest): Promise<ReadReportsAnswer>;
}

export function traceClient(transport: Transport): TraceClient {
  return {
    ask: (question) => request(transport, 'GET', `/v1/trace${queryOf(question)}`),
    askMany: async (questions) => {
      const { results } = await request<{ results: TraceResult[] }>(transport, 'POST', '/v1/trace', { questions });
      return results;
    },
    readReports: (body) => request(transport, 'POST', '/v1/trace/reports', body),
  };
}
