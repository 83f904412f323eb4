/** How much somebody has to care: nothing to do; look at it soon; look at it now. */
export const severities = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof severities)[number];

/** What events are about, with what each kind says. The journal has one kind of entry for each. */
export const eventKinds = {
  violation: 'frames of a port that the guard dropped',
  storm: 'a port that sent more broadcasts than its segment allows',
  conflict: 'a leased MAC address at two places',
  mac: 'MAC addresses that came, went or moved',
  link: 'ports that were plugged in, went down or are gone',
  dhcp: 'DHCP leases that were given or ended, and requests that got none',
  limit: 'guests that were refused new sessions',
  pool: 'how full MAC pools are',
  drift: 'what somebody else changed on the host',
  repair: 'what was put back',
  service: 'parts such as dnsmasq that stopped or came back',
  resource: 'CPU, memory, uplink and the table of sessions',
  clock: 'jumps of the clock',
  unreachable: 'guests that do not answer any more',
  'forward-down': 'published ports whose guest does not answer',
  certificate: 'certificates that are about to expire',
  ids: 'alerts of an intrusion detection system',
  'session-log': 'gaps and losses of the log of sessions',
  isolation: 'ports that were isolated, limited or let go',
  alert: 'alerts that began, were acknowledged, silenced or are over',
} as const;
export type EventKind = keyof typeof eventKinds;

/** What an event is about; the more is known, the better. Names are those of the site. */
export interface EventSubject {
  readonly guest?: string;
  /** NIC id, `web1/0`. */
  readonly nic?: string;
  /** Host-side device. */
  readonly port?: string;
  readonly owner?: string;
  readonly segment?: string;
  readonly pool?: string;
  /** Forward id, `tcp/8080`. */
  readonly forward?: string;
  /** `dnsmasq bk-dev`, `recorder`. */
  readonly service?: string;
  /** Certificate file, or whatever else has a name of its own. */
  readonly object?: string;
}

/**
 * What an observer noticed. Things of one kind, subject and `detail` that follow each other closely are one event that
 * goes on, with a count: see `EventStream`.
 */
export interface Observation {
  readonly kind: EventKind;
  readonly severity: Severity;
  readonly subject: EventSubject;
  /** Tells apart what may go on side by side at one subject, such as `spoofed_arp`. One word. */
  readonly detail?: string;
  /** What happened, as one sentence that names its objects. */
  readonly text: string;
  /** What was seen (a frame, a value, an address), what should have been, and what was done about it. */
  readonly seen?: string;
  readonly expected?: string;
  readonly done?: string;
  /** When it happened first and last (ms since the epoch). `last` is `at` unless given. */
  readonly at: number;
  readonly last?: number;
  /** How many times; 1 unless given. */
  readonly count?: number;
  /**
   * `once`: it happened, and that is all. `begins`: it lasts until an observation with `over` follows; more of the same
   * meanwhile are counted. `quiet`: it lasts until nothing of it was seen for `quietAfter` (ms).
   */
  readonly lasts?: 'once' | 'begins' | 'over' | { readonly quietAfter: number };
  /** Who did it, where it was somebody. */
  readonly who?: string;
  /** From where: `unix socket`, `this host`, an address. */
  readonly from?: string;
}

/** An event as it stands in the stream, the API and the journal. Times are milliseconds since the epoch. */
export interface BridgekeeperEvent extends Omit<Observation, 'last' | 'count' | 'lasts'> {
  /** Id of its first entry in the journal; ascending, never used twice. */
  readonly id: number;
  readonly count: number;
  readonly last: number;
  /** `once`: a single moment. `lasting`: it goes on. `over`: it went on until `last`. */
  readonly state: 'once' | 'lasting' | 'over';
}

/** What makes two observations the same event. */
export function eventKey({ kind, subject, detail }: Pick<Observation, 'kind' | 'subject' | 'detail'>): string {
  const { guest, nic, port, segment, pool, forward, service, object } = subject;
  return JSON.stringify([kind, detail, nic ?? guest, port, segment, pool, forward, service, object]);
}
