import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Every row of every table of a registry, as text by table. What only says when a pool was last counted is left out. */
export function dumpRegistry(state: string): ReadonlyMap<string, string> {
  const db = new DatabaseSync(join(state, 'registry.sqlite'), { readOnly: true });
  try {
    const tables = db.prepare("select name from sqlite_master where type = 'table' order by name").all();
    return new Map(
      tables
        .map(({ name }) => String(name))
        .filter((name) => !['fills', 'sqlite_stat1', 'sqlite_sequence'].includes(name))
        .map((name) => [name, JSON.stringify(db.prepare(`select * from "${name}"`).all(), asText)]),
    );
  } finally {
    db.close();
  }
}

function asText(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  return value instanceof Uint8Array ? createHash('sha256').update(value).digest('hex') : value;
}
