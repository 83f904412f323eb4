import type { DesiredNic, DesiredState } from '../model/desired-state.ts';
import type { TraceRequest, TraceResult } from '../model/explanation.ts';
import type { FrameMatch } from '../model/frame-match.ts';
import type { Ipv4Address, Ipv6Address } from '../model/ip-address.ts';
import type { MacAddress } from '../model/mac-address.ts';
import type { MirrorTarget } from '../model/mirror-target.ts';
import type { InterfaceName } from '../model/names.ts';
import type { Rate } from '../model/quantity.ts';
import type { SessionFilter, SessionRecords, SessionTable } from '../model/session-record.ts';
import type { Sighting } from '../model/sighting.ts';

export type { Sighting };

/** What a host can do. Differences between drivers and kernels are flags here, never `if (driver.name === …)`. */
export interface Capabilities {
  /** The driver enforces a gateway; false for the registry alone. */
  readonly gateway: boolean;
  /** Established flows can take the kernel's flowtable. */
  readonly flowtable: boolean;
  /** The bridge family knows a frame's bridge (NFT_BRIDGE_META), so unlisted ports are refused in the kernel. */
  readonly bridgeMeta: boolean;
  /** Flows can be given times of their own (NF_CONNTRACK_TIMEOUT); without it all UDP streams have the same. */
  readonly ctTimeout: boolean;
  /** A rule can ask whether the host has a socket for a packet (NFT_SOCKET), so that guests' ports can be silent and its own not. */
  readonly socketMatch: boolean;
  /** Dropped frames can be looked at (NETFILTER_NETLINK_LOG); without it they are only counted. */
  readonly frameSamples: boolean;
  /** The driver sees the wire: which MAC addresses show up where, and who answers in a segment. */
  readonly wire: boolean;
  /** The kernel's table of sessions can be read, and sessions in it can be ended. */
  readonly sessions: boolean;
  /** Each missing privilege, tool or kernel part as one sentence; empty when all is there. */
  readonly missing: readonly string[];
}

/** One line of a plan in the user's words. */
export interface PlanLine {
  readonly change: 'add' | 'remove' | 'change';
  /** `guest`, `NIC`, `forward`, `segment`, `policy`, `service`, … */
  readonly object: string;
  readonly text: string;
}

export interface DriverPlan {
  readonly lines: readonly PlanLine[];
  /** The transaction and every ordered step, as commands that can be read (`plan --raw`). */
  readonly raw: string;
  readonly empty: boolean;
}

/** Something on the host that is not as it should be. */
export interface Drift {
  /** A sentence: what was found and what was expected. */
  readonly text: string;
}

/** What the driver knows without looking: as of the last `apply` or `observe`. */
export interface DriverSnapshot {
  /** Ports of NICs whose device is not there yet; they are plugged in when it appears. */
  readonly waiting: readonly string[];
  readonly services: readonly { readonly name: string; readonly state: 'running' | 'stopped' | 'absent' }[];
  /** Sentences about the host that its user should know. */
  readonly notices: readonly string[];
}

/** One declared thing looked at: what should be and what was seen. */
export interface VerifyCheck {
  readonly name: string;
  readonly expected: string;
  readonly seen: string;
  readonly ok: boolean;
}

export interface ApplyReport {
  /** Milliseconds by stage: `nftables`, `links`, `services`; `sessions` when some had to be looked for that something was taken from. */
  readonly timings: Readonly<Record<string, number>>;
}

/** Addresses to ask for on one bridge; any of them. */
export interface WireQuestion {
  readonly bridge: string;
  readonly mac?: MacAddress;
  readonly ipv4?: Ipv4Address;
  readonly ipv6?: Ipv6Address;
  /** Who is thought to have the addresses: the question goes there alone, and nobody else hears it. */
  readonly to?: MacAddress;
}

/** Somebody uses an address that was asked for. */
export interface WireAnswer {
  readonly question: WireQuestion;
  /** Who answered: of kind `probe`, with the IP address if it is that one which is used. */
  readonly sighting: Sighting;
}

/** A network device of the host, which a NIC may be plugged into. */
export interface HostLink {
  readonly name: string;
  /** Another index is another device, although of the same name. */
  readonly index: number;
  /** Switched on, and somebody is at the other end. */
  readonly up: boolean;
  readonly carrier: boolean;
  /** Bridge or bond that it is plugged into. */
  readonly master?: string;
}

/** An address that DHCP gave. */
export interface DhcpLease {
  readonly segment: string;
  readonly mac: MacAddress;
  readonly ipv4: Ipv4Address;
  /** Ms since the epoch; 0 is never. */
  readonly until: number;
}

/** What DHCP has given, and who waits for it. */
export interface DhcpView {
  readonly leases: readonly DhcpLease[];
  /** NICs of the site that have asked for ten seconds and more, lately, and were given nothing. */
  readonly waiting: readonly {
    readonly mac: MacAddress;
    readonly segment: string;
    readonly count: number;
    /** Ms since the epoch. */
    readonly since: number;
    /** What the service said of it, where it said something. */
    readonly why?: string;
  }[];
  /** What keeps a segment's service from its work. One word and a sentence. */
  readonly troubles: readonly { readonly segment: string; readonly kind: string; readonly text: string }[];
}

/** New sessions that were refused because a limit was reached. */
export interface Refusal {
  /** New ones a second; those that one guest or all have open; what one NIC asks of the host itself. */
  readonly limit: 'new-sessions' | 'sessions' | 'all-sessions' | 'host';
  /** Of whom: an address, the mark of a same-address guest, the MAC address of a NIC. */
  readonly of:
    | { readonly address: Ipv4Address | Ipv6Address }
    | { readonly shareId: number }
    | { readonly mac: MacAddress };
  /** Packets since the first; begins at 0 again when nothing was refused for an hour, or the rules were made anew. */
  readonly count: number;
  /** Milliseconds since the last. */
  readonly ago: number;
}

/** Frames that the guard dropped of one port, of one kind. */
export interface Violation {
  /** Kind: `spoofed_ipv4`, `spoofed_arp`, `spoofed_ipv6`, `spoofed_dhcp`, `rogue_dhcp`, `rogue_dhcp6`, `rogue_router`, `rogue_router4`, `foreign_frame`, `foreign_port`, `storm`. */
  readonly offence: string;
  readonly port: string;
  /** Frames since the process began; begins at 0 again when there were none for an hour, or the rules were made anew. */
  readonly count: number;
}

/** One of the frames that the guard dropped, as an example of many. */
export interface DroppedFrame {
  readonly offence: string;
  readonly port: string;
  /** When it came (ms since the epoch, by the kernel). */
  readonly at: number;
  /** Its first bytes, from the Ethernet header on; some hundred of them. */
  readonly frame: Uint8Array;
}

/** A port that is cut off, or limited. */
export interface DesiredIsolation {
  readonly port: InterfaceName;
  /** Frames that may pass in each direction; absent: none. */
  readonly limit?: Rate;
  /** When the kernel ends it, whether a daemon runs or not (ms since the epoch). */
  readonly until: number;
}

/** A MAC address that a NIC under rotation used. */
export interface HeardMac {
  readonly port: string;
  readonly mac: MacAddress;
  /** Milliseconds since its last frame that the guard let pass. */
  readonly ago: number;
}

/** Frames of one NIC that are copied to somewhere else. */
export interface DesiredMirror {
  /** 1..9999, unique among the mirrors of this host. */
  readonly id: number;
  readonly port: InterfaceName;
  /** Addresses of the NIC; what else its port sends is not copied. */
  readonly macs: readonly MacAddress[];
  readonly match: FrameMatch;
  readonly target: MirrorTarget;
  /** Bytes per second that are copied at most; what is more is not copied, and counted. */
  readonly rate: number;
  /** When the kernel stops it, whether a daemon runs or not (ms since the epoch). */
  readonly until: number;
}

export interface MirrorCount {
  readonly packets: number;
  readonly bytes: number;
  /** Frames that were not copied because of the rate. */
  readonly skipped: number;
}

export interface CaptureRequest {
  readonly port: InterfaceName;
  readonly macs: readonly MacAddress[];
  readonly match: FrameMatch;
  /** Bytes of each frame that are kept; 0 is all of them. */
  readonly snap: number;
}

/** A capture that runs; the frames come as a pcap file (libpcap's format, link type Ethernet). */
export interface RunningCapture {
  readonly pcap: AsyncIterable<Uint8Array>;
  /** Ends it; `pcap` ends too. */
  stop(): void;
}

/**
 * Puts a desired state into the world. `desired` is always the whole of it; null means nothing at all.
 * `apply` is atomic and repeatable: on failure every step is undone and `apply-failed` (or `undo-failed`) is thrown.
 */
export interface Driver {
  readonly name: string;
  probe(): Promise<Capabilities>;
  /** Changes nothing on the host: compares `desired` with what the driver last applied or observed. */
  plan(desired: DesiredState | null): Promise<DriverPlan>;
  apply(plan: DriverPlan): Promise<ApplyReport>;
  /** Reads the host and lists what differs from the last applied state; the next `plan` starts from what was seen. */
  observe(): Promise<readonly Drift[]>;
  snapshot(): DriverSnapshot;
  /** Tries out on the host that what is declared is so. Disturbs nobody's traffic. */
  verify(desired: DesiredState | null): Promise<readonly VerifyCheck[]>;
  /** Calls back soon (under a second) after something of ours may have been changed by somebody else. */
  watch(onSuspicion: () => void): void;
  /**
   * What the host shows of the wire: at most about a second old, or, `unlessChanged`, as it was when the kernel last told
   * of a change, at most ten. The same list as before when nothing was read anew. Empty without the capability `wire`.
   */
  sightings(unlessChanged?: boolean): Promise<readonly Sighting[]>;
  /** Devices of the host by name, as old as `sightings`. Empty without the capability `wire`. */
  links(): Promise<ReadonlyMap<string, HostLink>>;
  /** Cheap enough to be asked every few seconds. Empty where nobody serves DHCP. */
  dhcp(): Promise<DhcpView>;
  /**
   * Asks in segments whether somebody uses addresses: ARP probes (RFC 5227), neighbour solicitations as in duplicate
   * address detection (RFC 4862), frames to a MAC address alone. Takes about half a second for up to 256 questions.
   * Silence proves nothing: who is switched off does not answer.
   */
  ask(questions: readonly WireQuestion[]): Promise<readonly WireAnswer[]>;
  /**
   * Which MAC address NICs with two of them have used, at most a day ago. What was heard before the driver started may
   * be missing. Empty where the driver cannot hear.
   */
  heard(): Promise<readonly HeardMac[]>;
  /**
   * Tells the others on their segments that these NICs are at their (new) MAC addresses: gratuitous ARP and unsolicited
   * neighbour advertisements. Never rejects: who was not told finds out by itself a little later.
   */
  announce(nics: readonly DesiredNic[]): Promise<void>;
  /** Makes services forget what they remember of MAC addresses that nobody has any more, such as old DHCP leases. */
  forget(macs: readonly MacAddress[]): Promise<void>;
  /**
   * Sessions that are open on this host, those that concern no guest included; entries that change meanwhile may show in
   * either state. 262,144 of them take about a second and do not hold up the event loop. Empty without the capability
   * `sessions`.
   */
  sessions(filter?: SessionFilter): Promise<SessionRecords>;
  /** How full the kernel's table is, others' sessions included. All 0 without the capability `sessions`. */
  sessionTable(): SessionTable;
  /**
   * Ends those of the sessions (that fit the filter) which `pick` chooses, at once: their next packets are judged like
   * those of a new flow. Answers how many there were.
   */
  endSessions(pick: (records: SessionRecords, index: number) => boolean, filter?: SessionFilter): Promise<number>;
  /** Calls back soon after a device or MAC address may have come, gone or moved; bursts are one call. Answers what ends it. */
  watchWire(onChange: () => void): () => void;
  /**
   * Copies frames as `mirrors` says, which is the whole of it: what else was copied ends. `not-found` when a target
   * interface is not there. An absent port is no mistake: its mirror waits.
   */
  mirror(mirrors: readonly DesiredMirror[]): Promise<void>;
  /** What each mirror has copied, by id; none for a mirror whose port is not there. */
  mirrored(): Promise<ReadonlyMap<number, MirrorCount>>;
  /** What the guard dropped, by port and kind. Cheap enough to be asked several times a second, with 1,000 NICs. */
  violations(): Promise<readonly Violation[]>;
  /**
   * Calls back, within about 100 ms, with the first frames that the guard drops of a port and kind, and then with one every few
   * seconds. Some may be left out; without the capability `frameSamples` all are.
   */
  watchViolations(onFrame: (dropped: DroppedFrame) => void): void;
  /**
   * Cuts ports off or limits them as `isolations` says, which is the whole of it: others are let go. Costs nothing while
   * there is none. An absent port is no mistake: it is cut off when it appears.
   */
  isolate(isolations: readonly DesiredIsolation[]): Promise<void>;
  /** Frames that were dropped of each port that is cut off or limited. */
  isolated(): Promise<ReadonlyMap<string, number>>;
  /** Reads the frames of a NIC as they pass its port, before the guard has seen those that the guest sends. */
  capture(request: CaptureRequest): Promise<RunningCapture>;
  /** New sessions that were refused, by limit and by guest. Cheap enough to be asked every second. */
  refusals(): Promise<readonly Refusal[]>;
  /**
   * Follows packets of one flow through the kernel's rules and puts what they did into words of the applied site. Ends
   * after `seconds`, when enough came, or with `signal`: then it answers what it has. `unsupported` while nothing is
   * applied, `conflict` when too many are followed.
   */
  trace(request: TraceRequest, signal?: AbortSignal): Promise<TraceResult>;
  /** Everything that applying `desired` to an empty host would write, for `render`: file or command → text. */
  render(desired: DesiredState): ReadonlyMap<string, string>;
  close(): Promise<void>;
}
