import type { AuditEntry, AuditFormat, AuditQuery, AuditVerdict } from '../reconciler/audit/contract.ts';
import { type PageOptions, request, requestPage, requestText } from './request.ts';
import type { Transport } from './transport.ts';

export type { AuditEntry, AuditFormat, AuditQuery, AuditVerdict };

export interface AuditPage {
  /** Newest first. */
  readonly entries: readonly AuditEntry[];
  /** `after` of the page that follows; absent on the last one. */
  readonly next?: string;
}

/** `client.audit`: the journal through the API. Every method rejects with an AppError. */
export interface AuditClient {
  /** Newest first. */
  list(query?: AuditQuery, page?: PageOptions): Promise<AuditPage>;
  verify(head?: string): Promise<AuditVerdict>;
  /** Text, piece by piece. */
  export(query: AuditQuery, transport: { format: AuditFormat; clear?: boolean }): AsyncGenerator<string>;
}

function queryOf({ kinds = [], ...rest }: AuditQuery, more: object): string {
  const query = new URLSearchParams(kinds.map((kind): [string, string] => ['kind', kind]));
  for (const [name, value] of Object.entries({ ...rest, ...more }))
    if (value !== undefined) query.append(name, String(value));
  return query.toString();
}

export function auditClient(transport: Transport): AuditClient {
  return {
    list: async (query = {}, page = {}) => {
      const { items, ...rest } = await requestPage<AuditEntry>(transport, `/v1/audit?${queryOf(query, page)}`);
      return { entries: items, ...rest };
    },
    verify: (head) =>
      request(transport, 'GET', `/v1/audit/verify${head === undefined ? '' : `?head=${encodeURIComponent(head)}`}`),
    export: (query, { format, clear = false }) =>
      requestText(transport, `/v1/audit/export?${queryOf(query, { format, clear })}`),
  };
}
