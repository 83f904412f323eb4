import type {
  ConflictView,
  Resolution,
  ResolveAnswer,
  ResolveRequest,
  SeenFilter,
  SeenList,
  SeenReport,
  SeenView,
} from '../reconciler/wire/contract.ts';
import { sendOrder } from './order.ts';
import { queryOf, request, requestList, requestPage } from './request.ts';
import type { Transport } from './transport.ts';

export type { ConflictView, Resolution, ResolveAnswer, ResolveRequest, SeenFilter, SeenList, SeenReport, SeenView };

/** `client.wire`: what shows up on the wire. Every method rejects with an AppError. */
export interface WireClient {
  /** Newest first; 1,000 of them unless the filter says otherwise. */
  seen(filter?: Partial<SeenFilter>): Promise<SeenList>;
  report(body: SeenReport): Promise<{ noted: number; conflicts: ConflictView[] }>;
  conflicts(filter?: { all?: boolean; mac?: string }): Promise<ConflictView[]>;
  resolve(body: ResolveRequest): Promise<ResolveAnswer>;
}

export function wireClient(transport: Transport): WireClient {
  return {
    seen: async (filter = {}) => {
      const path = `/v1/seen${queryOf(filter)}`;
      const { items, total, omitted } = await requestPage<SeenView, Omit<SeenList, 'seen'>>(transport, path);
      return { seen: items, total, omitted };
    },
    report: (body) => request(transport, 'POST', '/v1/seen', body),
    conflicts: (filter = {}) => requestList(transport, `/v1/conflicts${queryOf(filter)}`),
    resolve: (body) => sendOrder(transport, '/v1/resolve', body),
  };
}
