/** Our tables: every object of ours lives in a table of this name, and nothing else does. */
export const tableName = 'bridgekeeper';
/** `inet`: translation and policies. `bridge`: the guard of the ports. `netdev`: the guard of the uplink. */
export type Family = 'inet' | 'bridge' | 'netdev';
export const families: readonly Family[] = ['bridge', 'inet', 'netdev'];

/** A set, map, limit, counter, flowtable or conntrack timeout: everything that is declared once and referred to by name. */
export interface Declaration {
  readonly family: Family;
  readonly kind: 'set' | 'map' | 'limit' | 'counter' | 'flowtable' | 'ct timeout';
  readonly name: string;
  /** What stands between the braces, without elements. */
  readonly body: string;
}

export interface Chain {
  readonly family: Family;
  readonly name: string;
  /** `type filter hook …; policy accept;` for a base chain. */
  readonly hook?: string;
  readonly rules: readonly string[];
}

export interface Element {
  readonly family: Family;
  readonly set: string;
  readonly key: string;
  /** Present for maps. */
  readonly value?: string;
}

/** A part of the ruleset that comes from one source: the frame, a NIC, a forward, … */
export interface Fragment {
  readonly declarations: readonly Declaration[];
  readonly chains: readonly Chain[];
  readonly elements: readonly Element[];
}

/** Interface names are quoted; their type allows no character that would end the quotes. */
export function quoted(name: string): string {
  return `"${name}"`;
}
