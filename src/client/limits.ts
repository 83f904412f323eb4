import type { GuestLimitsView, LimitsFilter, LimitsView } from '../reconciler/limits/contract.ts';
import { queryOf, requestPage } from './request.ts';
import type { Transport } from './transport.ts';

export type * from '../reconciler/limits/contract.ts';

/** `client.limits`: what guests may, and who was refused more. Every method rejects with an AppError. */
export interface LimitsClient {
  list(filter?: LimitsFilter): Promise<LimitsView>;
}

export function limitsClient(transport: Transport): LimitsClient {
  return {
    list: async ({ all, guest } = {}) => {
      const guests: GuestLimitsView[] = [];
      for (let after: string | undefined; ; ) {
        const query = queryOf({ all: all || undefined, guest, limit: 10_000, after });
        const page = await requestPage<GuestLimitsView, Omit<LimitsView, 'guests'>>(transport, `/v1/limits${query}`);
        const { items, next, ...about } = page;
        guests.push(...items);
        if (next === undefined) return { ...about, guests };
        after = next;
      }
    },
  };
}
