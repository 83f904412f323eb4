import { createPrivateKey, type KeyObject, randomBytes, X509Certificate } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../errors/app-error.ts';
import { readText, writeFileAtomic } from '../system/files.ts';
import type { KeyPair, Validity } from './certificate-pem.ts';

const hour = 3_600_000;
const year = 365 * 24 * hour;
/** When this was written. A clock that was never set says less, one that is broken much more. */
const written = Date.UTC(2026, 0, 1);

/** Whether certificate and key belong together. */
export function belongTogether({ key, certificate }: KeyPair): boolean {
  return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
}

/** SHA-256 of a certificate: hexadecimal digits in lower case. */
export function fingerprintOf(certificate: string): string {
  return new X509Certificate(certificate).fingerprint256.replaceAll(':', '').toLowerCase();
}

/** When a certificate holds. */
export function validityOf(certificate: string): Validity {
  const { validFromDate, validToDate } = new X509Certificate(certificate);
  return { from: validFromDate.getTime(), until: validToDate.getTime() };
}

/** Key and certificates of one PEM text, which is never half new: it is one file. Undefined when something is missing. */
export function splitPem(text: string): KeyPair | undefined {
  const key = /-----BEGIN (?:EC |RSA )?PRIVATE KEY-----[^-]+-----END (?:EC |RSA )?PRIVATE KEY-----\n?/.exec(text)?.[0];
  const certificates = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g);
  return key === undefined || certificates === null ? undefined : { key, certificate: certificates.join('') };
}

/**
 * Our own certification authority: it signs the server's certificate and those of clients, and nobody else's. Key and
 * certificate are in `authority.pem`, which only the daemon's user may read.
 */
export class Authority {
  readonly #pair: KeyPair;
  readonly #now: () => number;

  private constructor(pair: KeyPair, now: () => number) {
    this.#pair = pair;
    this.#now = now;
  }

  /**
   * Reads the authority of a directory; makes one when there is none. Throws `value-invalid` for a file that is damaged:
   * a new authority would silently lock every client out.
   */
  static async open(directory: string, now: () => number): Promise<Authority> {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const path = join(directory, 'authority.pem');
    const text = await readText(path);
    if (text !== undefined) return new Authority(readPair(path, text), now);
    const { makeAuthority } = await import('./certificate-pem.ts');
    // Whatever the clock says at the first start, the authority holds when it is right again.
    const from = Math.min(now() - hour, written);
    const until = Math.max(now(), written) + 20 * year;
    const pair = await makeAuthority(`Bridgekeeper ${hostname().slice(0, 40)} ${randomBytes(3).toString('hex')}`, {
      from,
      until,
    });
    await writeFileAtomic(path, pair.key + pair.certificate);
    return new Authority(pair, now);
  }

  /** PEM. */
  get certificate(): string {
    return this.#pair.certificate;
  }

  /** Whether a certificate was signed by this authority; says nothing of its time. */
  signed(certificate: string): boolean {
    const issuer = new X509Certificate(this.#pair.certificate);
    const leaf = new X509Certificate(certificate);
    return leaf.checkIssued(issuer) && leaf.verify(issuer.publicKey);
  }

  /** From an hour ago, since clocks differ. */
  #validity(days: number): Validity {
    const { until } = validityOf(this.#pair.certificate);
    return { from: this.#now() - hour, until: Math.min(this.#now() + days * 24 * hour, until) };
  }

  /** For this daemon, with a key of its own. `names`: DNS names and IP addresses. */
  async issueForServer(names: readonly string[], days: number): Promise<KeyPair> {
    const { makeServerCertificate } = await import('./certificate-pem.ts');
    return makeServerCertificate(this.#pair, names, this.#validity(days));
  }

  /** For a client who keeps the private key to himself. */
  async issueForClient(name: string, publicKey: KeyObject, days: number): Promise<string> {
    const { makeClientCertificate } = await import('./certificate-pem.ts');
    return makeClientCertificate(this.#pair, { name, publicKey, validity: this.#validity(days) });
  }
}

function readPair(path: string, text: string): KeyPair {
  try {
    const pair = splitPem(text);
    if (pair !== undefined && belongTogether(pair)) return pair;
  } catch {
    // The same as one that does not fit.
  }
  throw new AppError(
    'value-invalid',
    `Authority ${JSON.stringify(path)} does not hold a private key and its certificate as PEM; put back a copy of it, or remove it: then a new one is made at the next start, and client certificates have to be issued again.`,
  );
}
