import type { LimitsFilter, LimitsView } from '../reconciler/limits/contract.ts';
import { request } from './request.ts';
import type { Transport } from './transport.ts';

export type * from '../reconciler/limits/contract.ts';

/** `client.limits`: what guests may, and who was refused more. Every method rejects with an AppError. */
export interface LimitsClient {
  list(filter?: LimitsFilter): Promise<LimitsView>;
}

export function limitsClient(transport: Transport): LimitsClient {
  return {
    list: ({ all, guest } = {}) => {
      const query = new URLSearchParams();
      if (all) query.set('all', 'true');
      if (guest !== undefined) query.set('guest', guest);
      return request(transport, 'GET', `/v1/limits${query.size === 0 ? '' : `?${query}`}`);
    },
  };
}
