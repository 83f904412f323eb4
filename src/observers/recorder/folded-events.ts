/** Milliseconds in which many of a kind come as one. */
const window = 600_000;

interface Folded {
  readonly timer: NodeJS.Timeout;
  held: number;
  text: string;
}

/**
 * Passes the first event about a thing on at once, and then at most one in ten minutes, which is the newest and says how
 * many it stands for. So texts are best about totals.
 */
export class FoldedEvents {
  readonly #pass: (about: string, text: string) => void;
  readonly #folded = new Map<string, Folded>();

  constructor(pass: (about: string, text: string) => void) {
    this.#pass = pass;
  }

  note(about: string, text: string): void {
    const folded = this.#folded.get(about);
    if (!folded) {
      this.#pass(about, text);
      this.#hold(about);
      return;
    }
    folded.held++;
    folded.text = text;
  }

  /** Passes on what is held. */
  close(): void {
    for (const [about, folded] of this.#folded) this.#tell(about, folded);
    this.#folded.clear();
  }

  #hold(about: string): void {
    const timer = setTimeout(() => {
      const folded = this.#folded.get(about);
      this.#folded.delete(about);
      if (!folded || folded.held === 0) return;
      this.#tell(about, folded);
      this.#hold(about);
    }, window);
    timer.unref();
    this.#folded.set(about, { timer, held: 0, text: '' });
  }

  #tell(about: string, { timer, held, text }: Folded): void {
    clearTimeout(timer);
    if (held > 0) this.#pass(about, held === 1 ? text : `${text} (the newest of ${held} since the last entry)`);
  }
}
