import type {
  KillAnswer,
  KillRequest,
  SessionList,
  SessionQuery,
  SessionSummary,
  SummaryQuery,
} from '../reconciler/sessions/contract.ts';
import { queryOf, request } from './request.ts';
import type { Transport } from './transport.ts';

export type * from '../reconciler/sessions/contract.ts';

/** `client.sessions`: open sessions of the site's guests. Every method rejects with an AppError. */
export interface SessionsClient {
  /** 100 of them unless the query says otherwise. */
  list(query?: Partial<SessionQuery>): Promise<SessionList>;
  summary(query?: Partial<SummaryQuery>): Promise<SessionSummary>;
  kill(body: KillRequest): Promise<KillAnswer>;
}

export function sessionsClient(transport: Transport): SessionsClient {
  return {
    list: (query = {}) => request(transport, 'GET', `/v1/sessions${queryOf(query)}`),
    summary: (query = {}) => request(transport, 'GET', `/v1/sessions/summary${queryOf(query)}`),
    kill: (body) => request(transport, 'POST', '/v1/sessions/kill', body),
  };
}
