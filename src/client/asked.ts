import type { Transport } from './transport.ts';

/** How changes are asked for. */
export interface ChangeTerms {
  /** Only answer what would be done. */
  readonly plan?: boolean;
  /** ETag that what is changed must still have. */
  readonly ifMatch?: string;
  /** ETag that it must not have; `*`: it must not be there. */
  readonly ifNoneMatch?: string;
  /** Makes a call safe to repeat; one key for one call. */
  readonly key?: string;
}

/** The same daemon, of which every change is asked for on these terms. */
export function askedOn(transport: Transport, { plan, ifMatch, ifNoneMatch, key }: ChangeTerms): Transport {
  const more = {
    ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
    ...(ifNoneMatch === undefined ? {} : { 'if-none-match': ifNoneMatch }),
    ...(key === undefined ? {} : { 'idempotency-key': key }),
  };
  return {
    place: transport.place,
    explain: (error) => transport.explain(error),
    send: (call) => {
      if (call.method === 'GET') return transport.send(call);
      const planned = plan ? `${call.path}${call.path.includes('?') ? '&' : '?'}plan=true` : call.path;
      return transport.send({ ...call, path: planned, headers: { ...call.headers, ...more } });
    },
  };
}
