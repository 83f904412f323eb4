/** What explain can be asked about; numbers as in IP's protocol field (IANA). */
export type FlowProtocol = 'tcp' | 'udp' | 'icmp';
/** All of them. */
export const flowProtocols: readonly FlowProtocol[] = ['tcp', 'udp', 'icmp'];

/** Part of the packet's way that a step is about, in the order of the way. */
export type ExplainPlace =
  | 'port'
  | 'segment'
  | 'uplink'
  | 'forward'
  | 'same address'
  | 'route'
  | 'policy'
  | 'host'
  | 'limits'
  | 'source'
  | 'answer'
  | 'end';

/** An object of the site that has a hand in a step. */
export interface ExplainObject {
  readonly kind: 'guest' | 'NIC' | 'segment' | 'forward' | 'policy' | 'port block' | 'limit' | 'host' | 'uplink';
  readonly name: string;
}

/** What happens to the packet in one place. */
export interface ExplainStep {
  readonly place: ExplainPlace;
  /** A sentence in the words of the site file. */
  readonly text: string;
  readonly object?: ExplainObject;
  /** The packet's fate is settled here. True of one step at most. */
  readonly decided: boolean;
}

/** An address, with a port where the protocol has such. */
export interface FlowEnd {
  readonly address: string;
  readonly port?: number;
}

/** A source after translation: the kernel takes a port (for ICMP: an identifier) out of `ports`, `1024-2023`. */
export interface TranslatedSource {
  readonly address: string;
  readonly ports?: string;
}

/** What becomes of the addresses; absent where nothing is translated. */
export interface Translation {
  readonly source?: { readonly from: FlowEnd; readonly to: TranslatedSource };
  readonly destination?: { readonly from: FlowEnd; readonly to: FlowEnd };
}

/** Who an end of the flow is. `name` is a NIC (`web1/0`), `host` or `world`. */
export interface FlowParty extends FlowEnd {
  readonly kind: 'NIC' | 'host' | 'world';
  readonly name: string;
  /** Just "the world" was asked for: `address` stands for any that no source list and no policy names. */
  readonly anyAddress?: true;
}

/**
 * `delivered`: it reaches who it is for. Whether something listens there is not known. `refused`: it ends on the way.
 * `stays`: it never leaves who sends it.
 */
export type ExplainVerdict = 'delivered' | 'refused' | 'stays';

/** The way of the first packet of a new flow, as the applied site means it. */
export interface Explanation {
  readonly protocol: FlowProtocol;
  readonly from: FlowParty;
  readonly to: FlowParty;
  readonly verdict: ExplainVerdict;
  /** The verdict as one sentence. */
  readonly text: string;
  readonly steps: readonly ExplainStep[];
  readonly translation?: Translation;
  /** Where a delivered packet arrives, and with which addresses. */
  readonly arrival?: {
    readonly kind: FlowParty['kind'];
    readonly name: string;
    readonly source: TranslatedSource;
    readonly destination: FlowEnd;
  };
  /** What to change in the site file so that a refused packet passes; absent when nothing would help. */
  readonly remedy?: string;
}

/** Where packets come in: by a NIC's port, by the uplink, or from the host itself. */
export type FlowEntry =
  | { readonly kind: 'NIC'; readonly port: string; readonly bridge: string }
  | { readonly kind: 'uplink'; readonly device: string }
  | { readonly kind: 'host' };

/** Packets by their headers and where they come in. What is absent may be anything. */
export interface FlowHeaders {
  readonly entry: FlowEntry;
  readonly family: 4 | 6;
  readonly protocol: FlowProtocol;
  readonly source?: string;
  /** First and last. */
  readonly sourcePorts?: readonly [number, number];
  readonly destination?: string;
  readonly destinationPorts?: readonly [number, number];
}

/** What the kernel did with a packet in one place. */
export interface TracedStep {
  /** Table and chain: `inet bridgekeeper published4`. */
  readonly chain: string;
  /** A sentence in the words of the site file. */
  readonly text: string;
  readonly object?: ExplainObject;
  /** `accept`, `drop`, `goto limit_outbound`, `continue`, … */
  readonly verdict: string;
  /** The lines of `nft monitor trace` that it stands for. */
  readonly raw: readonly string[];
}

/** One packet of a flow on its way through the kernel's hooks. */
export interface TracedPacket {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Sent by who began the flow, or an answer to it. */
  readonly direction: 'forth' | 'back';
  /** `10.77.10.2:41000 → 198.51.100.7:443, tcp, SYN`, as it came in. */
  readonly text: string;
  /** `dropped`: a rule ended it. */
  readonly verdict: 'passed' | 'dropped';
  /** Interface that it was on its way out of when it was last seen. */
  readonly out?: string;
  readonly steps: readonly TracedStep[];
}

/** What came of a flow that was followed. */
export interface TraceResult {
  readonly packets: readonly TracedPacket[];
  /** The most packets that were asked for came; there may be more. */
  readonly full: boolean;
}

/** Which packets to follow through the kernel. */
export interface TraceRequest {
  /** As the flow's first packet comes in. */
  readonly forth: FlowHeaders;
  /** As its answers come in; absent when none can. */
  readonly back?: FlowHeaders;
  /** At most. */
  readonly seconds: number;
  /** The first ones. */
  readonly packets: number;
}
