/** One call of the API. */
export interface Call {
  readonly method: string;
  /** With its query, such as `/v1/guests?limit=10`. */
  readonly path: string;
  /** Media type of the answer. */
  readonly accept: string;
  /** What the body says as JSON, or text that is one already (`type` says of which kind). */
  readonly body?: object | { readonly text: string; readonly type: string };
  /** Further headers, names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** An answer whose body may still be on its way. */
export interface Answer {
  readonly status: number;
  /** Value of a header by its name in lower case. */
  header(name: string): string | undefined;
  /** The body, as it comes. To be read once. */
  readonly pieces: AsyncIterable<Uint8Array>;
  /** What is said behind the body, once it was read; empty where the transport does not tell. */
  trailers(): Readonly<Record<string, string | undefined>>;
}

/**
 * How calls reach the daemon: a unix socket or TLS from Node, fetch from a browser. Connects anew for each call, so a
 * restarted daemon is no trouble.
 */
export interface Transport {
  /** Where the daemon is, for messages: a path or a URL. */
  readonly place: string;
  /** Rejects with `daemon-unreachable` when nobody answers. Answers of every status come back. */
  send(call: Call): Promise<Answer>;
  /** The same failure as an AppError of the catalogue, also when it comes while the body is read. */
  explain(error: unknown): Error;
}
