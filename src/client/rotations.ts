import type { RotateAnswer, RotateRequest, RotationView } from '../reconciler/rotations/contract.ts';
import { request, requestList } from './request.ts';
import type { Transport } from './transport.ts';

export type { RotateAnswer, RotateRequest, RotationView };

/** `client.rotations`: new MAC addresses for NICs, through the API. Every method rejects with an AppError. */
export interface RotationsClient {
  rotate(body: RotateRequest): Promise<RotateAnswer>;
  list(): Promise<RotationView[]>;
  back(guest: string, nic: number): Promise<RotationView>;
  moved(guest: string, nic: number): Promise<RotationView>;
}

export function rotationsClient(transport: Transport): RotationsClient {
  const path = (guest: string, nic: number): string => `/v1/rotations/${encodeURIComponent(guest)}/${nic}`;
  return {
    rotate: (body) => request(transport, 'POST', '/v1/rotations', body),
    list: () => requestList(transport, '/v1/rotations'),
    back: (guest, nic) => request(transport, 'DELETE', path(guest, nic)),
    moved: (guest, nic) => request(transport, 'POST', `${path(guest, nic)}/moved`, {}),
  };
}
