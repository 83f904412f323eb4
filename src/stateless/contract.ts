import type { Mistake } from '../errors/app-error.ts';
import type { ReportLine } from '../importers/reports.ts';
import type { ImportItem, ImportMistake } from '../model/imported-nic.ts';
import type { CloudReport } from '../simulate/simulate-cloud.ts';

/** How much a site has. */
export interface SiteCounts {
  readonly segments: number;
  readonly guests: number;
  readonly nics: number;
  readonly forwards: number;
  readonly policies: number;
}

export interface SiteText {
  readonly site: string;
  /** Its name, for messages; `site.yaml` unless given. */
  readonly file?: string;
}

/** Whether a text is a site file. */
export interface Validation {
  readonly valid: boolean;
  /** Name of the site and what it has; absent unless it is valid. */
  readonly site?: string;
  readonly counts?: SiteCounts;
  /** In the order of the file, with line and column: mistakes, or what is doubtful in a valid one. */
  readonly mistakes: readonly Mistake[];
}

/** Everything that a site would write on an empty host. */
export interface Rendering {
  readonly site: string;
  /** File or command, and its text; none for a site without an uplink. */
  readonly parts: readonly { readonly name: string; readonly text: string }[];
  readonly warnings: readonly Mistake[];
}

export interface ReadImportRequest {
  /** What a tool printed. */
  readonly text: string;
  /** Its format; recognised by what stands in it unless it is given. */
  readonly format?: string;
  /** Guest of the NICs for which the text names none. */
  readonly guest?: string;
  /** Owner of all of them, whatever the text says. */
  readonly owner?: string;
  /** Segment of all of them: their IP addresses are taken over, too. */
  readonly segment?: string;
}

export interface ReadImportAnswer {
  readonly format: string;
  /** What can be imported, as `macs.import` takes it. */
  readonly items: readonly ImportItem[];
  /** Parts that could not be read. */
  readonly mistakes: readonly ImportMistake[];
  /** NICs whose IP addresses are left out for want of a segment. */
  readonly withoutSegment: number;
}

/** A first site file for this host. */
export interface Suggestion {
  readonly text: string;
}

export interface ReadReportsRequest {
  /** A table of abuse reports with a heading, as abuse desks and their tools write them: CSV. */
  readonly text: string;
  /** Zone of times that name none: `UTC`, `Europe/Berlin`, `+02:00`. */
  readonly zone?: string;
}

/** What became of each line: a question for `trace.askMany`, or why it is none. */
export interface ReadReportsAnswer {
  readonly lines: readonly Pick<ReportLine, 'line' | 'question' | 'mistake'>[];
}

/** A cloud to play; what is not said is as in `bridgekeeper mac simulate`. */
export interface SimulationOrder {
  /** NICs on the first day. */
  readonly nics?: number;
  /** Range of the pool, `02:1a:3f:00:00:00/24`. */
  readonly pool?: string;
  readonly strategy?: 'random' | 'sequential' | 'hashed' | 'cycle';
  /** NICs that end and are replaced, `2%/day`; and those that come on top, `20%/year`. */
  readonly churn?: string;
  readonly growth?: string;
  /** How long an address rests, `30m`; how long a guest that is gone may use it, `1d`; `0s` for not. */
  readonly quarantine?: string;
  readonly dhcpLease?: string;
  readonly years?: number;
  /** The same seed plays the same cloud. */
  readonly seed?: number;
}

export type SimulationAnswer = { readonly plan: SimulationOrder } & CloudReport;

/**
 * What can be answered without the state of a daemon: the same as the commands that need none. Every method rejects with
 * an AppError; `too-many-requests` when others wait already.
 */
export interface Stateless {
  /** `site-unreadable` for what is no text; mistakes are an answer. */
  validate(request: SiteText): Promise<Validation>;
  /** `site-invalid` as well. */
  render(request: SiteText): Promise<Rendering>;
  /** `import-unreadable`. */
  readImport(request: ReadImportRequest): Promise<ReadImportAnswer>;
  /** `import-unreadable`, `value-invalid` for a zone that there is not. */
  readReports(request: ReadReportsRequest): Promise<ReadReportsAnswer>;
  /** Plays a cloud: does a pool last, how soon is an address used again. `value-invalid`. */
  simulate(order: SimulationOrder): Promise<SimulationAnswer>;
  /** Looks at the host. `uplink-unsuitable`. */
  suggest(uplink?: string): Promise<Suggestion>;
  close(): Promise<void>;
}
