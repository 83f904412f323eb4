import type {
  AlertFilter,
  AlertRule,
  AlertView,
  NotifierView,
  SilenceOrder,
  SilenceView,
} from '../reconciler/alerts/contract.ts';
import { queryOf, request, requestList } from './request.ts';
import type { Transport } from './transport.ts';

export type * from '../reconciler/alerts/contract.ts';

/** `client.alerts`: what somebody must know. Every method rejects with an AppError. */
export interface AlertsClient {
  /** The newest first. */
  list(filter?: AlertFilter): Promise<AlertView[]>;
  acknowledge(id: number, reason: string): Promise<AlertView>;
  silence(order: SilenceOrder): Promise<SilenceView>;
  silences(): Promise<SilenceView[]>;
  unsilence(id: number): Promise<SilenceView>;
  rules(): Promise<AlertRule[]>;
  notifiers(): Promise<NotifierView[]>;
  /** Sends a test message and answers how it went. */
  test(notifier: string): Promise<{ ok: boolean; text: string }>;
}

export function alertsClient(transport: Transport): AlertsClient {
  return {
    list: (filter = {}) => requestList(transport, `/v1/alerts${queryOf(filter)}`),
    acknowledge: (id, reason) => request(transport, 'POST', `/v1/alerts/${id}/acknowledge`, { reason }),
    silence: (order) => request(transport, 'POST', '/v1/silences', order),
    silences: () => requestList(transport, '/v1/silences'),
    unsilence: (id) => request(transport, 'DELETE', `/v1/silences/${id}`),
    rules: () => requestList(transport, '/v1/alert-rules'),
    notifiers: () => requestList(transport, '/v1/notifiers'),
    test: (notifier) => request(transport, 'POST', `/v1/notifiers/${encodeURIComponent(notifier)}/test`),
  };
}
