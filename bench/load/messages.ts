/** Network namespace path, address and port that a server listens on. */
export interface ServeRequest {
  readonly kind: 'serve';
  readonly namespace: string;
  readonly address: string;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
  /**
   * `answer`: 64 bytes in, 64 bytes out, close. `drain`: read until the end. `hold`: listen and accept nothing; what
   * connects stays open until the process ends.
   */
  readonly mode: 'answer' | 'drain' | 'hold';
}

/** What one client run does until `milliseconds` have passed. */
export interface ClientRequest {
  /**
   * `hold` opens `count` connections and keeps them until the process ends. `sessions` sends one datagram to each of
   * ever new ports and addresses, beginning with `address`, from the `senders` in turn: each is a session of its own.
   */
  readonly kind: 'connect' | 'stream' | 'datagrams' | 'hold' | 'sessions';
  readonly namespace: string;
  /** Source addresses in turn; empty lets the kernel choose. */
  readonly sources: readonly string[];
  readonly address: string;
  readonly port: number;
  readonly milliseconds: number;
  readonly warmUp: number;
  /** Connections per second; 0 is as fast as it goes. */
  readonly rate: number;
  /** For `hold` only. */
  readonly count?: number;
  /** For `sessions` only: namespace and address of each. */
  readonly senders?: readonly { readonly namespace: string; readonly address: string }[];
  /** Processes whose CPU time belongs to the run: the server and ksoftirqd of the core. */
  readonly processes: readonly number[];
}

export interface ClientResult {
  readonly kind: 'result';
  /** Connections made, or datagrams, or bytes, by kind of run. */
  readonly done: number;
  readonly failed: number;
  /** The first failure's call and errno. */
  readonly failure: string;
  readonly wallNs: number;
  /** CPU of the client itself and of all `processes`, in nanoseconds. */
  readonly cpuNs: number;
}

export interface ServeResult {
  readonly kind: 'served';
  readonly done: number;
}

export type LoadAnswer =
  | { readonly kind: 'ready' }
  | ClientResult
  | ServeResult
  | { readonly kind: 'error'; readonly text: string };

/** What a flood sends until `stop`: datagrams from one source to an address. */
export interface FloodOrder {
  readonly kind: 'flood';
  readonly namespace: string;
  readonly source: string;
  readonly address: string;
  /** Each to another port, which makes it a session of its own; 1 is one session for all. */
  readonly ports: number;
  /** A second; 0 is as fast as it goes. */
  readonly rate: number;
}

export type FloodRequest = FloodOrder | { readonly kind: 'stop' };

export type FloodAnswer = { readonly kind: 'ready' } | { readonly kind: 'flooded'; readonly sent: number };

/** Frames from addresses that the sender does not have: one, or a second's worth of `rate` again and again. */
export type FrameRequest =
  | { readonly kind: 'one'; readonly namespace: string; readonly device: string; readonly number: number }
  | { readonly kind: 'flood'; readonly namespace: string; readonly device: string; readonly rate: number }
  | { readonly kind: 'stop' };

/** `at`: milliseconds since the epoch just before the frame was sent, with fractions. */
export type FrameAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'sent'; readonly count: number; readonly at: number };

/** First byte of the request that ends a server's loop. */
export const stopByte = 0x51;
/** Bytes of a request and of its answer. */
export const requestSize = 64;
/** Bytes of one send of a stream. */
export const streamChunk = 131072;
