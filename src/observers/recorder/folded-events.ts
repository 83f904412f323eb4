/** Milliseconds in which many of a kind come as one. */
const window = 600_000;

interface Folded {
  readonly timer: NodeJS.Timeout;
  held: number;
  text: string;
}

/**
 * Passes the first event of a kind on at once, and then at most one in ten minutes, which is the newest and says how
 * many it stands for. So texts are best about totals.
 */
export class FoldedEvents {
  readonly #pass: (kind: string, text: string) => void;
  readonly #folded = new Map<string, Folded>();

  constructor(pass: (kind: string, text: string) => void) {
    this.#pass = pass;
  }

  note(kind: string, text: string): void {
    const folded = this.#folded.get(kind);
    if (!folded) {
      this.#pass(kind, text);
      this.#hold(kind);
      return;
    }
    folded.held++;
    folded.text = text;
  }

  /** Passes on what is held. */
  close(): void {
    for (const [kind, folded] of this.#folded) this.#tell(kind, folded);
    this.#folded.clear();
  }

  #hold(kind: string): void {
    const timer = setTimeout(() => {
      const folded = this.#folded.get(kind);
      this.#folded.delete(kind);
      if (!folded || folded.held === 0) return;
      this.#tell(kind, folded);
      this.#hold(kind);
    }, window);
    timer.unref();
    this.#folded.set(kind, { timer, held: 0, text: '' });
  }

  #tell(kind: string, { timer, held, text }: Folded): void {
    clearTimeout(timer);
    if (held > 0) this.#pass(kind, held === 1 ? text : `${text} (the newest of ${held} since the last entry)`);
  }
}
