/** Pools with their names, sub-pools indented under their parents, in the order that siblings have. */
export function poolsInOrder<T extends { readonly parent?: string | undefined }>(
  pools: readonly T[],
  nameOf: (pool: T) => string,
  parent?: string,
  depth = 0,
): { readonly pool: T; readonly title: string }[] {
  return pools
    .filter((pool) => pool.parent === parent)
    .flatMap((pool) => [
      { pool, title: `${'  '.repeat(depth)}${nameOf(pool)}` },
      ...poolsInOrder(pools, nameOf, nameOf(pool), depth + 1),
    ]);
}
