import type {
  ExplainRequest,
  Explanation,
  LiveExplainRequest,
  LiveExplanation,
} from '../reconciler/explain/contract.ts';
import { request } from './request.ts';
import type { Transport } from './transport.ts';

export type * from '../reconciler/explain/contract.ts';

/** `client.explain`: the way of a packet. Every method rejects with an AppError. */
export interface ExplainClient {
  explain(body: ExplainRequest): Promise<Explanation>;
  /** Answers when enough packets came, or when the time is over. */
  live(body: LiveExplainRequest): Promise<LiveExplanation>;
}

export function explainClient(transport: Transport): ExplainClient {
  return {
    explain: (body) => request(transport, 'POST', '/v1/explain', body),
    live: (body) => request(transport, 'POST', '/v1/explain/live', body),
  };
}
