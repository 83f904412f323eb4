import type { ProofOrder, ProofView } from '../access/proofs/proof.ts';
import { queryOf, request, requestList } from './request.ts';
import type { Transport } from './transport.ts';

export type { ProofOrder, ProofView };

/** Tokens and certificates. Every method rejects with an AppError. */
export interface AccessClient {
  /** Newest first. */
  list(filter?: { kind?: string; name?: string; owner?: string }): Promise<ProofView[]>;
  issueToken(order: ProofOrder): Promise<ProofView & { readonly token: string }>;
  issueCertificate(
    order: ProofOrder & { readonly publicKey: string },
  ): Promise<ProofView & { readonly certificate: string; readonly authority: string }>;
  /** It lets nobody in from now on. */
  revoke(id: string): Promise<ProofView>;
  authority(): Promise<{ readonly certificate: string; readonly fingerprint: string; readonly until: number }>;
}

export function accessClient(transport: Transport): AccessClient {
  return {
    list: (filter = {}) => requestList(transport, `/v1/access${queryOf(filter)}`),
    issueToken: (order) => request(transport, 'POST', '/v1/access/tokens', order),
    issueCertificate: (order) => request(transport, 'POST', '/v1/access/certificates', order),
    revoke: (id) => request(transport, 'DELETE', `/v1/access/${encodeURIComponent(id)}`),
    authority: () => request(transport, 'GET', '/v1/access/authority'),
  };
}
