/**
 * What a file names but what could not be read because of its own mistakes. A reference to such an object is not
 * reported as a second mistake.
 */
export class Unread {
  private readonly names = new Set<string>();
  private readonly kinds = new Set<string>();

  /** Notes an object that could not be read; without a name, any object of its kind may be meant. */
  note(kind: string, name: string | undefined): void {
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
    if (this.kinds.has(kind)) return true;
    for (const name of this.names) if (name.startsWith(`${kind}/`)) return true;
    return false;
  }
}
