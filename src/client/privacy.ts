import type { Erasure, ErasureReport, KeptLease, OwnerRecord, PeriodState } from '../reconciler/privacy/contract.ts';
import { request, requestLines, requestList } from './request.ts';
import type { Transport } from './transport.ts';

export type { Erasure, ErasureReport, KeptLease, OwnerRecord, PeriodState };

/** `client.privacy`: what is stored about owners, through the API. Every method rejects with an AppError. */
export interface PrivacyClient {
  /** Everything that is stored about an owner, as it comes. */
  show(owner: string): AsyncGenerator<OwnerRecord>;
  /** What `erase` would take out. */
  plan(owner: string): Promise<Erasure>;
  erase(owner: string): Promise<ErasureReport>;
  periods(): Promise<PeriodState[]>;
  forgetPeriod(id: string): Promise<PeriodState>;
}

export function privacyClient(transport: Transport): PrivacyClient {
  const owners = (owner: string) => `/v1/privacy/owners/${encodeURIComponent(owner)}`;
  return {
    show: (owner) => requestLines(transport, owners(owner)),
    plan: (owner) => request(transport, 'GET', `${owners(owner)}/erasure`),
    erase: (owner) => request(transport, 'POST', `${owners(owner)}/erasure`, {}),
    periods: () => requestList(transport, '/v1/privacy/periods'),
    forgetPeriod: (id) => request(transport, 'POST', `/v1/privacy/periods/${encodeURIComponent(id)}/forget`, {}),
  };
}
