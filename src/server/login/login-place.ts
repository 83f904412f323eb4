import { hostname } from 'node:os';
import type { Provider } from '../../access/provider/provider.ts';

/** Where the page is opened, for each place that the daemon listens at: `https://192.0.2.1:8443`. */
export function pageOrigins(places: readonly { readonly address: string; readonly port: number }[]): string[] {
  return places.map(({ address, port }) => {
    // Every address of the host is meant; its name is what others find it by.
    const everywhere = address === '0.0.0.0' || address === '::';
    const host = everywhere ? hostname().toLowerCase() : address.includes(':') ? `[${address}]` : address;
    return `https://${host}${port === 443 ? '' : `:${port}`}`;
  });
}

/** Where people log in. */
export interface LoginPlace {
  /** Where the page is opened by now. */
  origins(): readonly string[];
  /** Who else lets people in; absent: nobody. */
  readonly provider?: Provider;
}

export const nowhere: LoginPlace = { origins: () => [] };
