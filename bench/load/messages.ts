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
  /** `hold` opens `count` connections and keeps them until the process ends. */
  readonly kind: 'connect' | 'stream' | 'datagrams' | 'hold';
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

/** First byte of the request that ends a server's loop. */
export const stopByte = 0x51;
/** Bytes of a request and of its answer. */
export const requestSize = 64;
/** Bytes of one send of a stream. */
export const streamChunk = 131072;
