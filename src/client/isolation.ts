import type { IsolationOrder, IsolationView } from '../reconciler/isolation/contract.ts';
import { request, requestList } from './request.ts';
import type { Transport } from './transport.ts';

export type * from '../reconciler/isolation/contract.ts';

/** `client.isolation`: NICs that are cut off or limited. Every method rejects with an AppError. */
export interface IsolationClient {
  isolate(order: IsolationOrder): Promise<IsolationView[]>;
  list(): Promise<IsolationView[]>;
  undo(choice: { readonly guest: string; readonly nic?: number }): Promise<IsolationView[]>;
}

export function isolationClient(transport: Transport): IsolationClient {
  return {
    isolate: (order) => request(transport, 'POST', '/v1/isolations', order),
    list: () => requestList(transport, '/v1/isolations'),
    undo: ({ guest, nic }) =>
      request(
        transport,
        'DELETE',
        `/v1/isolations/${encodeURIComponent(guest)}${nic === undefined ? '' : `?nic=${nic}`}`,
      ),
  };
}
