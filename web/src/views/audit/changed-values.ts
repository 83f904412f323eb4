/** One value that an entry changed. */
export interface ChangedValue {
  /** Its way: `nics[0].mac`; empty for a value without parts. */
  readonly path: string;
  /** As JSON; absent where there was, or is, none. */
  readonly before?: string;
  readonly after?: string;
}

function leavesOf(value: unknown, path: string, into: Map<string, string>): void {
  if (Array.isArray(value) && value.length > 0) {
    value.forEach((part, index) => {
      leavesOf(part, `${path}[${index}]`, into);
    });
  } else if (typeof value === 'object' && value !== null && Object.keys(value).length > 0) {
    for (const [key, part] of Object.entries(value)) leavesOf(part, path === '' ? key : `${path}.${key}`, into);
  } else if (value !== undefined) into.set(path, typeof value === 'string' ? value : JSON.stringify(value));
}

/** Values that are not what they were, in the order in which they stand. */
export function changedValues(before: unknown, after: unknown): ChangedValue[] {
  const [old, fresh] = [new Map<string, string>(), new Map<string, string>()];
  leavesOf(before, '', old);
  leavesOf(after, '', fresh);
  return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((path) => {
    const [was, is] = [old.get(path), fresh.get(path)];
    if (was === is) return [];
    return [{ path, ...(was === undefined ? {} : { before: was }), ...(is === undefined ? {} : { after: is }) }];
  });
}
