import type { RotateAnswer, RotateRequest, RotationView } from '../reconciler/rotations/contract.ts';
import { type ClientOptions, request } from './request.ts';

export type { RotateAnswer, RotateRequest, RotationView };

/** `client.rotations`: new MAC addresses for NICs, through the API. Every method rejects with an AppError. */
export interface RotationsClient {
  rotate(body: RotateRequest): Promise<RotateAnswer>;
  list(): Promise<RotationView[]>;
  back(guest: string, nic: number): Promise<RotationView>;
  moved(guest: string, nic: number): Promise<RotationView>;
}

export function rotationsClient(options: ClientOptions): RotationsClient {
  const path = (guest: string, nic: number): string => `/v1/rotations/${encodeURIComponent(guest)}/${nic}`;
  return {
    rotate: (body) => request(options, 'POST', '/v1/rotations', body),
    list: () => request(options, 'GET', '/v1/rotations'),
    back: (guest, nic) => request(options, 'DELETE', path(guest, nic)),
    moved: (guest, nic) => request(options, 'POST', `${path(guest, nic)}/moved`, {}),
  };
}
