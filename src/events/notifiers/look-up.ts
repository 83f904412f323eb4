import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';

/**
 * Names that are looked up at the same time. getaddrinfo(3) holds one of the four threads that the daemon's files need as
 * well, for half a minute when no name server answers; and that is when everybody is told.
 */
const mostAtOnce = 2;

let underWay = 0;
const waiting: (() => void)[] = [];

/** As `dns.lookup`, a few at a time. */
export const lookUp: LookupFunction = (name, options, callback) => {
  const begin = (): void => {
    underWay++;
    lookup(name, options as LookupOptions, (error, found: string | LookupAddress[], family) => {
      underWay--;
      waiting.shift()?.();
      callback(error, found, family);
    });
  };
  if (underWay < mostAtOnce) begin();
  else waiting.push(begin);
};

/** The first address of a name. */
export async function addressOf(name: string): Promise<{ address: string; family: number }> {
  const known = isIP(name);
  if (known !== 0) return { address: name, family: known };
  return new Promise((resolve, reject) => {
    lookUp(name, {}, (error, found, family = 4) => {
      if (error) reject(error);
      else resolve({ address: String(found), family });
    });
  });
}
