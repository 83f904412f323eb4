import type { PeerCredentials } from '../system/peer-credentials.ts';
import type { Principal } from './principal.ts';

/** A client's certificate on a TLS connection. */
export interface ShownCertificate {
  /** SHA-256 of it, hexadecimal digits in lower case without colons. */
  readonly fingerprint: string;
  /** Whether it is one of our own authority's and its time has come and not gone; else why not. */
  readonly trouble?: string;
}

/** What a request shows of who sends it, before anybody believes it. */
export interface Shown {
  /** `unix socket` or an IP address. */
  readonly from: string;
  /** Who opened the unix socket; absent on TLS. */
  readonly peer?: PeerCredentials;
  readonly certificate?: ShownCertificate;
  /** Header Authorization. */
  readonly authorization?: string;
  /** Header Cookie. */
  readonly cookie?: string;
  /** Header Bridgekeeper-Author. */
  readonly author?: string;
}

/**
 * One way to show who one is: by socket, certificate, token or login. `read` answers undefined when a request shows
 * nothing of this way, and throws `unauthenticated` or `forbidden` for what does not count: expired, revoked, unknown.
 * It is called for every request, so it takes microseconds and does no I/O.
 */
export interface ProofReader {
  read(shown: Shown): Principal | undefined;
}

/** Told the id of a proof that counts no more, at once. */
export type OnEnded = (id: string) => void;
