import type { CheckResult } from './scene.ts';

/** What is to be done inside the lab. */
export interface InsideOrder {
  /** `built`: namespaces only. `ready`: daemon, site and guests too. `checked`: and every check run. */
  readonly until: 'built' | 'ready' | 'checked';
  /** Leave everything running. */
  readonly stay: boolean;
  /** Port on the host's loopback where the daemon serves its page. */
  readonly page?: number;
  /** Also the checks for which a real machine is booted. */
  readonly vm: boolean;
}

/** One line of what comes back; one of the members is there. */
export interface InsideMessage {
  readonly step?: string;
  readonly result?: CheckResult;
  /** End of the daemon's log. */
  readonly logTail?: string;
  /** Path of a link that lets in to the page, once. */
  readonly link?: string;
  readonly failure?: string;
  readonly done?: true;
}
