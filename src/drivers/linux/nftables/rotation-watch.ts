import { parseMacAddress } from '../../../model/mac-address.ts';
import type { HeardMac } from '../../driver.ts';
import type { Fragment } from './fragment.ts';
import { parseExpiry } from './parse-expiry.ts';

/** Milliseconds after which a MAC address that was heard once is forgotten. */
const memory = 86_400_000;
const key = 'iifname . ether saddr';

/**
 * Notes which MAC address NICs under rotation use. There only while one rotates, behind the guard: what it drops was
 * never heard. The set's timeout is the clock: each frame sets it anew, so what is left of it tells when the last came.
 */
export function rotationWatch(): Fragment {
  return {
    declarations: [
      { family: 'bridge', kind: 'set', name: 'rotating', body: `typeof ${key};` },
      {
        family: 'bridge',
        kind: 'set',
        name: 'heard',
        body: `typeof ${key}; flags dynamic,timeout; timeout 1d; size 65536;`,
      },
    ],
    chains: [
      {
        family: 'bridge',
        name: 'rotation',
        hook: 'type filter hook prerouting priority dstnat + 1; policy accept;',
        rules: [`${key} @rotating update @heard { ${key} }`],
      },
    ],
    elements: [],
  };
}

/** Reads what nft lists of set `heard`. */
export function parseHeard(listing: string): HeardMac[] {
  const found = listing.matchAll(/"([^"]+)" \. ([0-9a-f:]{17})(?: timeout \S+)? expires (\w+)/g);
  return [...found].map(([, port = '', mac = '', left = '']) => ({
    port,
    mac: parseMacAddress(mac),
    ago: Math.max(0, memory - parseExpiry(left)),
  }));
}
