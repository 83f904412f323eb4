import { AppError } from '../errors/app-error.ts';
import { writeFirstSite } from '../init/write-first-site.ts';
import { parseInterfaceName } from '../model/names.ts';
import type {
  ReadImportAnswer,
  ReadImportRequest,
  ReadReportsAnswer,
  ReadReportsRequest,
  Rendering,
  SimulationAnswer,
  SimulationOrder,
  SiteText,
  Stateless,
  Suggestion,
  Validation,
} from './contract.ts';
import { Thread } from './thread.ts';

/** What commands without a daemon answer, for whoever asks the daemon. */
export class StatelessDesk implements Stateless {
  readonly #state: string;
  readonly #thread = new Thread();
  /** For what may take its minute: nobody who edits a site file waits behind it. */
  readonly #longThread = new Thread();
  #looking: Promise<Suggestion> | undefined;

  /** `state`: directory that a rendering names. */
  constructor(state: string) {
    this.#state = state;
  }

  validate(request: SiteText): Promise<Validation> {
    return this.#thread.ask('validate', request);
  }

  render(request: SiteText): Promise<Rendering> {
    return this.#thread.ask('render', { ...request, state: this.#state });
  }

  readImport(request: ReadImportRequest): Promise<ReadImportAnswer> {
    return this.#thread.ask('readImport', request);
  }

  readReports(request: ReadReportsRequest): Promise<ReadReportsAnswer> {
    return this.#thread.ask('readReports', request);
  }

  simulate(order: SimulationOrder): Promise<SimulationAnswer> {
    return this.#longThread.ask('simulate', order);
  }

  async suggest(uplink?: string): Promise<Suggestion> {
    // It runs commands for seconds; once at a time is enough.
    if (this.#looking) throw new AppError('too-many-requests', 'The host is being looked at just now; ask again.');
    const where = uplink === undefined ? {} : { uplink: parseInterfaceName(uplink) };
    const looking = writeFirstSite({ output: '-', ...where }).then(({ text }) => ({ text }));
    this.#looking = looking;
    return looking.finally(() => {
      this.#looking = undefined;
    });
  }

  async close(): Promise<void> {
    await this.#thread.close();
    await this.#longThread.close();
  }
}
