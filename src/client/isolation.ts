import type { IsolationOrder, IsolationView } from '../reconciler/isolation/contract.ts';
import { type ClientOptions, request } from './request.ts';

export type * from '../reconciler/isolation/contract.ts';

/** `client.isolation`: NICs that are cut off or limited. Every method rejects with an AppError. */
export interface IsolationClient {
  isolate(order: IsolationOrder): Promise<IsolationView[]>;
  list(): Promise<IsolationView[]>;
  undo(choice: { readonly guest: string; readonly nic?: number }): Promise<IsolationView[]>;
}

export function isolationClient(options: ClientOptions): IsolationClient {
  return {
    isolate: (order) => request(options, 'POST', '/v1/isolations', order),
    list: () => request(options, 'GET', '/v1/isolations'),
    undo: ({ guest, nic }) =>
      request(
        options,
        'DELETE',
        `/v1/isolations/${encodeURIComponent(guest)}${nic === undefined ? '' : `?nic=${nic}`}`,
      ),
  };
}
