import type { Mistake } from '../errors/app-error.ts';
import type { ImportItem, ImportMistake } from '../model/imported-nic.ts';

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
  /** Looks at the host. `uplink-unsuitable`. */
  suggest(uplink?: string): Promise<Suggestion>;
  close(): Promise<void>;
}
