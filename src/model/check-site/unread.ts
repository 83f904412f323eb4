/**
 * What a file names but what could not be read because of its own mistakes. A reference to such an object is not
 * reported as a second mistake.
 */
export class Unread {
  private readonly names = new Set<string>();
  private readonly kinds = new Set<string>();
  private readonly touched = new Set<string>();
  private readonly gaps = new Map<object, ReadonlySet<string>>();

  /** Notes an object that could not be read; without a name, any object of its kind may be meant. */
  note(kind: string, name: string | undefined): void {
    this.touched.add(kind);
    if (name === undefined) this.kinds.add(kind);
    else this.names.add(`${kind}/${name}`);
  }

  /** Whether an object of this kind and name may have been meant by something unreadable. */
  mayHold(kind: string, name: string): boolean {
    return this.kinds.has(kind) || this.names.has(`${kind}/${name}`);
  }

  /** Names of objects of this kind that could not be read. */
  namesOf(kind: string): string[] {
    const prefix = `${kind}/`;
    return [...this.names].flatMap((name) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : []));
  }

  /** Whether anything of this kind could not be read. */
  holdsAny(kind: string): boolean {
    return this.touched.has(kind);
  }

  /** Notes keys of an object, such as `nics[0].mac`, that have a value which could not be read. */
  noteGaps(object: object, gaps: ReadonlySet<string>): void {
    if (gaps.size > 0) this.gaps.set(object, gaps);
  }

  /** Keys of an object that are not what they seem to be: that they are absent, or their default, means nothing. */
  gapsOf(object: object): ReadonlySet<string> | undefined {
    return this.gaps.size === 0 ? undefined : this.gaps.get(object);
  }
}
