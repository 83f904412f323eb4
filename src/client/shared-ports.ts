import type { SharedPortHistory, SharedPortMap } from '../reconciler/shared-ports/contract.ts';
import { request } from './request.ts';
import type { Transport } from './transport.ts';

export type * from '../reconciler/shared-ports/contract.ts';

/** `client.sharedPorts`: whose the ports of the shared address are. Every method rejects with an AppError. */
export interface SharedPortsClient {
  map(): Promise<SharedPortMap>;
  /** One port: whose it is and was. */
  show(port: number): Promise<SharedPortHistory>;
}

export function sharedPortsClient(transport: Transport): SharedPortsClient {
  return {
    map: () => request(transport, 'GET', '/v1/shared-ports'),
    show: (port) => request(transport, 'GET', `/v1/shared-ports/${port}`),
  };
}
