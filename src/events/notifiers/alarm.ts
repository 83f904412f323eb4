/** Waits for a time or for somebody who rings, whatever comes first. A ring while nobody waits is heard by the next one. */
export class Alarm {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Milliseconds; as long as it takes unless given. */
  async wait(time?: number): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        // setTimeout takes 2^31 ms at most.
        const timer = time === undefined ? undefined : setTimeout(resolve, Math.min(Math.max(time, 0), 2_000_000_000));
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = undefined;
    }
    this.#rung = false;
  }
}
