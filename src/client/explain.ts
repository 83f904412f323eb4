import type {
  ExplainRequest,
  Explanation,
  LiveExplainRequest,
  LiveExplanation,
} from '../reconciler/explain/contract.ts';
import { type ClientOptions, request } from './request.ts';

export type * from '../reconciler/explain/contract.ts';

/** `client.explain`: the way of a packet. Every method rejects with an AppError. */
export interface ExplainClient {
  explain(body: ExplainRequest): Promise<Explanation>;
  /** Answers when enough packets came, or when the time is over. */
  live(body: LiveExplainRequest): Promise<LiveExplanation>;
}

export function explainClient(options: ClientOptions): ExplainClient {
  return {
    explain: (body) => request(options, 'POST', '/v1/explain', body),
    live: (body) => request(options, 'POST', '/v1/explain/live', body),
  };
}
