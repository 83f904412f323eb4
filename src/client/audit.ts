import type { AuditEntry, AuditFormat, AuditPage, AuditQuery, AuditVerdict } from '../reconciler/audit/contract.ts';
import { request, requestText } from './request.ts';
import type { Transport } from './transport.ts';

export type { AuditEntry, AuditFormat, AuditPage, AuditQuery, AuditVerdict };

/** `client.audit`: the journal through the API. Every method rejects with an AppError. */
export interface AuditClient {
  /** Newest first. */
  list(query?: AuditQuery, page?: { below?: number; limit?: number }): Promise<AuditPage>;
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
    list: (query = {}, page = {}) => request(transport, 'GET', `/v1/audit?${queryOf(query, page)}`),
    verify: (head) =>
      request(transport, 'GET', `/v1/audit/verify${head === undefined ? '' : `?head=${encodeURIComponent(head)}`}`),
    export: (query, { format, clear = false }) =>
      requestText(transport, `/v1/audit/export?${queryOf(query, { format, clear })}`),
  };
}
