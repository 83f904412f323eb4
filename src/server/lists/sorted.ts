import { z } from 'zod';

/** How items compare by one of their keys: texts by their characters, numbers by size; what is absent comes last. */
type KeyOf<Item> = (item: Item) => string | number | undefined;

/** `sort` of a list: one of these keys, ascending, or with `-` before it descending. */
export function sortSchema<Name extends string>(names: readonly [Name, ...Name[]], otherwise: string) {
  const orders = names.flatMap((name): (Name | `-${Name}`)[] => [name, `-${name}`]);
  return z
    .enum(orders as [Name | `-${Name}`, ...(Name | `-${Name}`)[]])
    .describe(`Order, with \`-\` before it from the end; ${otherwise} unless given`)
    .exactOptional();
}

/** A list is sorted once as long as it is the same list. */
const known = new WeakMap<object, Map<string, unknown[]>>();

function compare(one: string | number | undefined, other: string | number | undefined): number {
  if (one === other) return 0;
  if (one === undefined) return 1;
  if (other === undefined) return -1;
  return one < other ? -1 : 1;
}

/** The items in an order of `sortSchema`; the same list without one. Do not change what you get. */
export function sorted<Item>(
  items: readonly Item[],
  sort: string | undefined,
  keys: Readonly<Record<string, KeyOf<Item>>>,
): readonly Item[] {
  const keyOf = keys[sort?.replace(/^-/, '') ?? ''];
  if (sort === undefined || keyOf === undefined) return items;
  const orders = known.get(items) ?? new Map<string, unknown[]>();
  known.set(items, orders);
  const held = orders.get(sort) as Item[] | undefined;
  if (held !== undefined) return held;
  const pairs = items.map((item) => ({ item, key: keyOf(item) })).sort((a, b) => compare(a.key, b.key));
  const list = pairs.map(({ item }) => item);
  if (sort.startsWith('-')) list.reverse();
  orders.set(sort, list);
  return list;
}

/** An IPv4 address as a number, so that .9 comes before .10; 0 for what is none. */
export const numberOfIpv4 = (text: string): number =>
  text.split('.').reduce((sum, octet) => sum * 256 + (Number.parseInt(octet, 10) || 0), 0);
