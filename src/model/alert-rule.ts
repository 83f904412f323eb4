import type { Severity } from './event.ts';
import type { Label } from './names.ts';
import type { Rate } from './quantity.ts';
import type { Condition } from './reading.ts';

/** What an alert does besides telling. Times are seconds. */
export type AlertAction =
  | { readonly kind: 'isolate'; readonly seconds: number }
  | { readonly kind: 'limit'; readonly rate: Rate; readonly seconds: number };

/** When somebody must know. One alert for each rule and subject. Times are seconds. */
export interface AlertRule {
  readonly name: Label;
  readonly when: Condition;
  /** Share of 1; absent for conditions that are true or not. */
  readonly above?: number;
  /** Seconds; only for `certificate`. */
  readonly below?: number;
  /** How far back changes count; only for `mac-changes`. */
  readonly within?: number;
  /** How long it must be true before it is an alert, and false before the alert is over. */
  readonly for: number;
  readonly clear: number;
  readonly severity: Severity;
  /** Only these details of an event, such as `spoofed_arp`; empty: all. */
  readonly only: readonly string[];
  /** Only in this segment, of this owner or guest. */
  readonly segment?: Label;
  readonly ofOwner?: Label;
  readonly guest?: Label;
  /** Who looks after it; said in every notification. */
  readonly owner?: string;
  /** Names of notifiers; absent: all that do not ask to be named. */
  readonly notify?: readonly Label[];
  readonly action?: AlertAction;
  /** Its place in the site file, for mistakes; absent for a default rule that the site leaves as it is. */
  readonly place?: number;
}

/** Where alerts go. Secrets are never in the site file: it names files that hold them. */
export type Notifier = NotifierCommon &
  (
    | {
        readonly kind: 'webhook';
        readonly url: string;
        /** Signs the body; without it nothing is signed. */
        readonly secretFile?: string;
        /** PEM; instead of the CAs of the system, here and below. */
        readonly caFile?: string;
      }
    | {
        readonly kind: 'chat';
        readonly form: 'slack' | 'matrix';
        /** Slack: the incoming webhook. Matrix: the home server, `https://matrix.example.org`. */
        readonly url?: string;
        /** File with the URL, for whom it is a secret (Slack's are); one of `url` and `urlFile` is there. */
        readonly urlFile?: string;
        /** Only Matrix: `!id:server`, and the file with the access token. Both are there. */
        readonly room?: string;
        readonly tokenFile?: string;
        readonly caFile?: string;
      }
    | {
        readonly kind: 'email';
        readonly server: string;
        readonly port: number;
        readonly security: 'tls' | 'starttls' | 'none';
        readonly from: string;
        readonly to: readonly string[];
        readonly user?: string;
        readonly passwordFile?: string;
        readonly caFile?: string;
      }
    | {
        readonly kind: 'syslog';
        /** Host name or address; the path of the socket for `unix`, whose port means nothing. */
        readonly server: string;
        readonly port: number;
        readonly transport: 'udp' | 'tcp' | 'tls' | 'unix';
        readonly caFile?: string;
        /** The journal goes there too, entry by entry. */
        readonly audit: boolean;
        /** The journal goes there with MAC addresses in clear instead of pseudonyms. */
        readonly clear: boolean;
      }
    | { readonly kind: 'command'; readonly program: string }
  );

interface NotifierCommon {
  readonly name: Label;
  /** Less severe alerts do not go there. */
  readonly atLeast: Severity;
  /** It gets only alerts of rules that name it. */
  readonly onlyNamed: boolean;
}

/** `alerts` of a site. */
export interface AlertSettings {
  /** The site's own, and the default ones that it did not replace or switch off by name. */
  readonly rules: readonly AlertRule[];
  readonly notifiers: readonly Notifier[];
  /** Seconds after which an alert that nobody acknowledged is told again. */
  readonly repeat: number;
  /** Share of all NICs that rules may have isolated or limited at once; one NIC at least. */
  readonly isolateAtMost: number;
}
