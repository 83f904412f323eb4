import type { ApplyResult } from '../reconciler/engine-contract.ts';
import type {
  CarveAnswer,
  CarveRequest,
  ImportAnswer,
  ImportRequest,
  LeaseAnswer,
  LeaseRequest,
  MacDetails,
  MacFilter,
  MacHolder,
  MacLease,
  PoolCapacity,
  PoolMap,
  PoolMapQuery,
  PoolView,
  ReleaseAnswer,
  ReleaseRequest,
} from '../reconciler/macs/contract.ts';
import { sendOrder } from './order.ts';
import { type PageOptions, request, requestLines, requestList, requestPage, queryOf as searchOf } from './request.ts';
import type { Transport } from './transport.ts';

export type * from '../reconciler/macs/contract.ts';

/** `client.macs`: MAC addresses through the API. Every method rejects with an AppError. */
export interface MacsClient {
  lease(body: LeaseRequest): Promise<LeaseAnswer>;
  release(body: ReleaseRequest): Promise<ReleaseAnswer>;
  /** In the order in which they were made; 1,000 unless the page says otherwise. */
  list(filter?: MacFilter, page?: PageOptions): Promise<{ leases: readonly MacLease[]; next?: string }>;
  /** All of them, as they come: memory holds few at a time. */
  each(filter?: MacFilter): AsyncGenerator<MacLease>;
  show(mac: string): Promise<MacDetails>;
  who(mac: string, at?: number): Promise<MacHolder>;
  pools(): Promise<PoolView[]>;
  /** Where in a pool addresses are held, rest, and are free. */
  poolMap(pool: string, query?: Partial<PoolMapQuery>): Promise<PoolMap>;
  capacity(): Promise<PoolCapacity[]>;
  import(body: ImportRequest): Promise<ImportAnswer>;
  carve(pool: string, body: CarveRequest): Promise<CarveAnswer>;
  giveBack(pool: string): Promise<ApplyResult>;
}

function queryOf({ states, before, after, ...filter }: MacFilter, page: PageOptions = {}): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries({ ...filter, until: before, since: after, ...page })) {
    if (value !== undefined) query.append(key, String(value));
  }
  for (const state of states ?? []) query.append('state', state);
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

export function macsClient(transport: Transport): MacsClient {
  const get = <T>(path: string) => request<T>(transport, 'GET', path);
  const post = <T>(path: string, body: object) => request<T>(transport, 'POST', path, body);
  const macPath = (mac: string): string => `/v1/macs/${encodeURIComponent(mac)}`;
  const poolPath = (pool: string): string => `/v1/macs/pools/${encodeURIComponent(pool)}`;
  return {
    lease: (body) => post('/v1/macs/leases', body),
    release: (body) => sendOrder(transport, '/v1/macs/release', body),
    list: async (filter = {}, page = {}) => {
      const { items, ...rest } = await requestPage<MacLease>(transport, `/v1/macs${queryOf(filter, page)}`);
      return { leases: items, ...rest };
    },
    each: (filter = {}) => requestLines<MacLease>(transport, `/v1/macs${queryOf(filter)}`),
    show: (mac) => get(macPath(mac)),
    who: (mac, at) => get(`${macPath(mac)}/holder${at === undefined ? '' : `?at=${at}`}`),
    pools: () => requestList(transport, '/v1/macs/pools'),
    poolMap: (pool, query = {}) => get(`${poolPath(pool)}/map${searchOf(query)}`),
    capacity: () => requestList(transport, '/v1/macs/capacity'),
    import: (body) => sendOrder(transport, '/v1/macs/import', body),
    carve: (pool, body) => post(`${poolPath(pool)}/parts`, body),
    giveBack: (pool) => request(transport, 'DELETE', poolPath(pool)),
  };
}
