import { existsSync } from 'node:fs';
import { isAppError } from '../errors/app-error.ts';
import { escapeControls } from '../model/quote-value.ts';
import { runCommand } from '../system/run-command.ts';

/** Milliseconds that a tool of somebody else may take; a daemon that hangs must not hold `init` up. */
const patience = 5000;
/** Commands of one tool that run at once. */
const atOnce = 4;

/** Asks optional tools. Every failure becomes a note, never an error: what is not known is said in the site file. */
export class ToolAsker {
  readonly notes: string[] = [];

  /** What the command printed; undefined when it is not installed, or failed (then there is a note about `what`). */
  async ask(what: string, argv: readonly string[]): Promise<string | undefined> {
    try {
      return (await runCommand(argv, { timeoutMs: patience })).stdout;
    } catch (error) {
      if (!isAppError(error)) throw error;
      const cause = error.cause as NodeJS.ErrnoException | undefined;
      if (cause?.code === 'ENOENT') return undefined;
      this.note(`${what} could not be looked into: ${error.message.replace(/\s+/g, ' ')}`);
      return undefined;
    }
  }

  /** The same for a tool whose answer is read by `parse`; an answer that it cannot read is a note, too. */
  async askFor<T>(what: string, argv: readonly string[], parse: (text: string) => T): Promise<T | undefined> {
    const text = await this.ask(what, argv);
    if (text === undefined) return undefined;
    try {
      return parse(text);
    } catch (error) {
      this.note(`${what}: the answer of ${argv[0]} could not be read: ${(error as Error).message}`);
      return undefined;
    }
  }

  /** Whether a service that a tool would talk to, or wake up, is there at all. */
  present(...paths: readonly string[]): boolean {
    return paths.some((path) => existsSync(path));
  }

  note(text: string): void {
    const line = escapeControls(text);
    if (!this.notes.includes(line)) this.notes.push(line.length > 300 ? `${line.slice(0, 299)}…` : line);
  }
}

/** Maps a list with at most a few at work at a time, in order. */
export async function mapFew<T, R>(list: readonly T[], map: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array(list.length);
  let next = 0;
  const work = async (): Promise<void> => {
    for (let i = next++; i < list.length; i = next++) results[i] = await map(list[i] as T);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return results;
}
