import type { OwnerView } from '../reconciler/tenancy/contract.ts';
import { requestList } from './request.ts';
import type { Transport } from './transport.ts';

export type * from '../reconciler/tenancy/contract.ts';

/** `client.owners`: owners and their quotas; a tenant's own alone. Every method rejects with an AppError. */
export interface OwnersClient {
  list(): Promise<OwnerView[]>;
}

export function ownersClient(transport: Transport): OwnersClient {
  return { list: () => requestList(transport, '/v1/owners') };
}
