import type {
  GuestSessions,
  KillAnswer,
  KillRequest,
  SessionList,
  SessionQuery,
  SessionSummary,
  SessionView,
  SummaryQuery,
} from '../reconciler/sessions/contract.ts';
import { sendOrder } from './order.ts';
import { type PageOptions, queryOf, requestPage } from './request.ts';
import type { Transport } from './transport.ts';

export type * from '../reconciler/sessions/contract.ts';

/** `client.sessions`: open sessions of the site's guests. Every method rejects with an AppError. */
export interface SessionsClient {
  /** 100 of them unless the query says otherwise; `next` is the `after` of the page that follows. */
  list(query?: Partial<Omit<SessionQuery, 'offset'>> & PageOptions): Promise<SessionList & { next?: string }>;
  summary(query?: Partial<SummaryQuery> & PageOptions): Promise<SessionSummary & { next?: string }>;
  kill(body: KillRequest): Promise<KillAnswer>;
}

export function sessionsClient(transport: Transport): SessionsClient {
  return {
    list: async (query = {}) => {
      const path = `/v1/sessions${queryOf(query)}`;
      const { items, ...rest } = await requestPage<SessionView, Omit<SessionList, 'sessions'>>(transport, path);
      return { sessions: items, ...rest };
    },
    summary: async (query = {}) => {
      const path = `/v1/sessions/summary${queryOf(query)}`;
      const { items, ...rest } = await requestPage<GuestSessions, Omit<SessionSummary, 'guests'>>(transport, path);
      return { guests: items, ...rest };
    },
    kill: (body) => sendOrder(transport, '/v1/sessions/kill', body),
  };
}
