import { request } from './request.ts';
import type { Transport } from './transport.ts';

/** Sends an order; one that is only to be tried out (`dryRun`) is planned. */
export function sendOrder<T>(transport: Transport, path: string, order: object & { dryRun?: boolean }): Promise<T> {
  const { dryRun, ...body } = order;
  return request(transport, 'POST', `${path}${dryRun ? '?plan=true' : ''}`, body);
}
