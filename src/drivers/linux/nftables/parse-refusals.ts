import { parseIp } from '../../../model/ip-address.ts';
import { parseMacAddress } from '../../../model/mac-address.ts';
import { shareIdOf } from '../../../model/same-address.ts';
import type { Refusal } from '../../driver.ts';
import { parseExpiry } from './parse-expiry.ts';

/** Milliseconds after which a refusal is forgotten: the timeout of the sets. */
const memory = 3_600_000;

const limitOf: Readonly<Record<string, Refusal['limit']>> = {
  rate: 'new-sessions',
  sessions: 'sessions',
  total: 'all-sessions',
  host: 'host',
};

/** Undefined for the mark of somebody else. */
function holderOf(suffix: string, key: string): Refusal['of'] | undefined {
  if (suffix === '_shared') {
    const shareId = shareIdOf(Number(key));
    return shareId === undefined ? undefined : { shareId };
  }
  return suffix === '' ? { mac: parseMacAddress(key) } : { address: parseIp(key) };
}

/** Reads what nft lists of the sets `over_…`. */
export function parseRefusals(listing: string): Refusal[] {
  return [...listing.matchAll(/^\tset over_(rate|sessions|total|host)(4|6|_shared|) \{\n([\s\S]*?)^\t\}/gm)].flatMap(
    ([, kind = '', suffix = '', body = '']) =>
      [...body.matchAll(/([0-9a-fx:.]+) counter packets (\d+) bytes \d+(?: timeout \S+)? expires (\w+)/g)].flatMap(
        ([, key = '', count, left = '']): Refusal[] => {
          const of = holderOf(suffix, key);
          const limit = limitOf[kind];
          if (of === undefined || limit === undefined) return [];
          return [{ limit, of, count: Number(count), ago: Math.max(0, memory - parseExpiry(left)) }];
        },
      ),
  );
}
