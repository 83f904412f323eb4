import type { Client } from '../../client/client.ts';
import type { SessionFilter } from '../../client/sessions.ts';
import { type AppError, isAppError } from '../../errors/app-error.ts';
import type { GuestOrder, SessionOrder } from '../../model/session-words.ts';
import { paint } from '../output.ts';
import { parseFilterLine, renderFilterLine } from './filter-options.ts';
import { renderScreen, roomFor, type ScreenState } from './render-screen.ts';
import { type Key, Terminal } from './terminal.ts';
import { Looker, sortsOf, type Watched } from './watched.ts';

/** Milliseconds between two looks. */
const lookEvery = 2000;

/** Shows sessions on the terminal until the user has seen enough. Rejects when the first look is refused. */
export async function watchSessions(
  client: Client,
  first: { readonly filter: SessionFilter; readonly byGuest: boolean; readonly sort?: SessionOrder | GuestOrder },
): Promise<void> {
  const watched: Watched = { sort: 'bytes', ...first };
  const looker = new Looker(client);
  const shown = await looker.look(watched);
  return new Promise((resolve, reject) => {
    new SessionWatch(looker, { watched, shown, top: 0 }, resolve, reject).start();
  });
}

class SessionWatch {
  readonly #looker: Looker;
  readonly #terminal: Terminal;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  #state: ScreenState;
  /** Whether the message says that the daemon cannot be asked. */
  #away = false;
  /** The last filter that was not refused. */
  #goodFilter: SessionFilter;
  #timer: NodeJS.Timeout | undefined;
  /** Changes whenever something else is to be looked at: what was asked for before is of no use then. */
  #turn = 0;

  constructor(looker: Looker, state: ScreenState, resolve: () => void, reject: (error: unknown) => void) {
    this.#looker = looker;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#state = state;
    this.#goodFilter = state.watched.filter;
    this.#terminal = new Terminal(
      (key) => this.#press(key),
      () => this.#draw(),
      () => this.#end(),
    );
  }

  start(): void {
    this.#draw();
    this.#lookLater();
  }

  async #look(): Promise<void> {
    clearTimeout(this.#timer);
    this.#turn++;
    const turn = this.#turn;
    const { watched } = this.#state;
    try {
      const shown = await this.#looker.look(watched);
      if (turn !== this.#turn) return;
      this.#goodFilter = watched.filter;
      this.#state = { ...this.#state, shown };
      if (this.#away) this.#say(undefined);
    } catch (error) {
      if (turn !== this.#turn) return;
      if (!isAppError(error)) {
        this.#terminal.close();
        this.#reject(error);
        return;
      }
      this.#refused(error);
    }
    this.#scroll(0);
    this.#lookLater();
  }

  #lookLater(): void {
    this.#timer = setTimeout(() => void this.#look(), lookEvery);
  }

  /** A filter that cannot be is given up; a daemon that is away may come back. */
  #refused({ message, exitStatus }: AppError): void {
    const { watched } = this.#state;
    if (exitStatus === 2) this.#state = { ...this.#state, watched: { ...watched, filter: this.#goodFilter } };
    this.#say(message);
    this.#away = exitStatus !== 2;
  }

  #say(message: string | undefined): void {
    const { message: _, ...rest } = this.#state;
    this.#state = message === undefined ? rest : { ...rest, message };
    this.#away = false;
  }

  #press(key: Key): void {
    const { typed } = this.#state;
    if (!this.#away) this.#say(undefined);
    if (key.ctrl && key.name === 'c') this.#end();
    else if (typed !== undefined) this.#type(key, typed);
    else this.#command(key);
  }

  #command({ name = '', character }: Key): void {
    const { watched } = this.#state;
    const room = roomFor(this.#terminal.size.rows);
    const far = Number.MAX_SAFE_INTEGER;
    const steps: Record<string, number> = { up: -1, down: 1, pageup: -room, pagedown: room, home: -far, end: far };
    const commands: Record<string, () => void> = {
      q: () => this.#end(),
      s: () => this.#watch({ ...watched, sort: next(sortsOf(watched.byGuest), watched.sort) }),
      g: () => this.#watch({ ...watched, byGuest: !watched.byGuest, sort: 'bytes' }),
      '/': () => this.#edit(renderFilterLine(watched.filter)),
    };
    if (Object.hasOwn(commands, character)) commands[character]?.();
    else if (Object.hasOwn(steps, name)) this.#scroll(steps[name] as number);
  }

  #type(key: Key, typed: string): void {
    if (key.name === 'return' || key.name === 'enter') {
      this.#edit(undefined);
      this.#filter(typed);
    } else if (key.name === 'escape') this.#edit(undefined);
    else if (key.name === 'backspace') this.#edit(typed.slice(0, -1));
    else if (key.ctrl && key.name === 'u') this.#edit('');
    else if (!key.ctrl) this.#edit(typed + key.character);
  }

  #edit(line: string | undefined): void {
    const { typed: _, ...rest } = this.#state;
    this.#state = line === undefined ? rest : { ...rest, typed: line };
    this.#draw();
  }

  #filter(line: string): void {
    try {
      this.#watch({ ...this.#state.watched, filter: parseFilterLine(line) });
    } catch (error) {
      if (!isAppError(error)) throw error;
      this.#say(error.message);
      this.#draw();
    }
  }

  #watch(watched: Watched): void {
    this.#state = { ...this.#state, watched, top: 0 };
    this.#draw();
    void this.#look();
  }

  #scroll(by: number): void {
    const last = this.#state.shown.rows.list.length - roomFor(this.#terminal.size.rows);
    this.#state = { ...this.#state, top: Math.max(0, Math.min(this.#state.top + by, last)) };
    this.#draw();
  }

  #draw(): void {
    const { lines, cursor } = renderScreen(this.#state, this.#terminal.size, (colour, text) =>
      paint(colour, text, process.stdout),
    );
    this.#terminal.show(lines, cursor);
  }

  #end(): void {
    this.#turn++;
    clearTimeout(this.#timer);
    this.#terminal.close();
    this.#resolve();
  }
}

/** The one after `current`, around. */
function next<T>(all: readonly T[], current: T): T {
  return all[(all.indexOf(current) + 1) % all.length] as T;
}
