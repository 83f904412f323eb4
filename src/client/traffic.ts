import type { TrafficQuery, TrafficView } from '../reconciler/traffic/contract.ts';
import { queryOf, request } from './request.ts';
import type { Transport } from './transport.ts';

export type * from '../reconciler/traffic/contract.ts';

/** `client.traffic`: how much goes to and fro. Every method rejects with an AppError. */
export interface TrafficClient {
  show(query?: TrafficQuery): Promise<TrafficView>;
}

export function trafficClient(transport: Transport): TrafficClient {
  return { show: (query = {}) => request(transport, 'GET', `/v1/traffic${queryOf(query)}`) };
}
