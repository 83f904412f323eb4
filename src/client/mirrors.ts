import type { CaptureEnd, CaptureOrder, MirrorRequest, MirrorView } from '../reconciler/mirrors/contract.ts';
import { request, requestBytes, requestList } from './request.ts';
import type { Transport } from './transport.ts';

export type * from '../reconciler/mirrors/contract.ts';

/** `client.mirrors`: copies of what a NIC sends and is sent. Every method rejects with an AppError. */
export interface MirrorsClient {
  start(body: MirrorRequest): Promise<MirrorView>;
  list(): Promise<MirrorView[]>;
  stop(id: number): Promise<MirrorView>;
  /** A pcap file, piece by piece; `ended` is told how it ended, unless the reader stopped first. */
  capture(body: CaptureOrder, ended?: (end: CaptureEnd) => void): AsyncIterable<Uint8Array>;
}

function readEnd(trailers: NodeJS.Dict<string>): CaptureEnd | undefined {
  const match = /^packets=(\d+), skipped=(\d+)$/.exec(trailers['bridgekeeper-capture'] ?? '');
  return match ? { packets: Number(match[1]), skipped: Number(match[2]) } : undefined;
}

export function mirrorsClient(transport: Transport): MirrorsClient {
  return {
    start: (body) => request(transport, 'POST', '/v1/mirrors', body),
    list: () => requestList(transport, '/v1/mirrors'),
    stop: (id) => request(transport, 'DELETE', `/v1/mirrors/${id}`),
    capture: (body, ended) =>
      requestBytes(transport, 'POST', '/v1/captures', body, (trailers) => {
        const end = readEnd(trailers);
        if (end) ended?.(end);
      }),
  };
}
