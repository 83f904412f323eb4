/** What the client of one flow saw. */
export interface Flow {
  readonly protocol: 'tcp' | 'udp';
  /** Source port of its own. */
  readonly port: number;
  /** Address and port that the other side saw it as. */
  readonly seenAs: readonly [address: string, port: number];
  /** Milliseconds since the epoch: before its first packet and after its last. */
  readonly begin: number;
  readonly end: number;
  /** Bytes of payload that it sent. */
  readonly sent: number;
}

/** What the sender is asked for. */
export interface FlowOrder {
  readonly protocol: 'tcp' | 'udp';
  readonly address: string;
  readonly port: number;
  readonly count: number;
  /** Bytes of payload of flow i: this and i mod 100 more. */
  readonly bytes: number;
  /** At once. */
  readonly width: number;
  /** Flows are left open until the sender ends. */
  readonly hold?: boolean;
}
