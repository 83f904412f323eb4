import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../errors/app-error.ts';
import { readText, writeFileAtomic } from '../system/files.ts';
import { type Authority, belongTogether, splitPem, validityOf } from './authority.ts';
import type { KeyPair } from './certificate-pem.ts';

/** Browsers take no certificate of more than 398 days; one that is renewed by itself may be shorter. */
const serverDays = 90;
const day = 86_400_000;
/** Renewed when so much of its time is left. */
const renewBefore = 30 * day;
/** A certificate that names more is no certificate that anybody looks at. */
const mostNames = 64;

/** Where the server's key and certificate come from. `look` answers the newer pair, or the one that was there. */
export interface ServerKeys {
  look(): Promise<KeyPair>;
}

const dnsName = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;

const isWildcard = (address: string): boolean => address === '0.0.0.0' || address === '::';

/** What a client may call this server: its names, where it listens; behind a wildcard, every address of this host. */
export function serverNames(addresses: readonly string[], extra: readonly string[] = []): string[] {
  const own = addresses.some(isWildcard) ? Object.values(networkInterfaces()).flatMap((all) => all ?? []) : [];
  const found = own
    // fe80::1%eth0 means something on one link only.
    .filter(({ address, family }) => family === 'IPv4' || !address.startsWith('fe80'))
    .map(({ address }) => address);
  const dns = ['localhost', hostname().toLowerCase(), ...extra].filter((name) => dnsName.test(name));
  const ips = ['127.0.0.1', '::1', ...addresses.filter((address) => !isWildcard(address)), ...found];
  return [...new Set([...dns, ...ips])].slice(0, mostNames);
}

/** Whether a certificate is for all of these DNS names and IP addresses. */
function isFor(certificate: string, names: readonly string[]): boolean {
  const leaf = new X509Certificate(certificate);
  return names.every((name) => (isIP(name) === 0 ? leaf.checkHost(name) : leaf.checkIP(name)) !== undefined);
}

/** A certificate of our own authority, in one file with its key; renewed before it ends, and when names are added. */
export class OwnKeys implements ServerKeys {
  readonly #authority: Authority;
  readonly #path: string;
  readonly #names: () => readonly string[];
  readonly #now: () => number;
  #pair: KeyPair | undefined;

  constructor(authority: Authority, directory: string, names: () => readonly string[], now: () => number) {
    this.#authority = authority;
    this.#path = join(directory, 'server.pem');
    this.#names = names;
    this.#now = now;
  }

  async look(): Promise<KeyPair> {
    this.#pair ??= await this.#stored();
    if (this.#pair === undefined || !this.#stillGood(this.#pair)) {
      const pair = await this.#authority.issueForServer(this.#names(), serverDays);
      await writeFileAtomic(this.#path, pair.key + pair.certificate);
      this.#pair = pair;
    }
    return this.#pair;
  }

  async #stored(): Promise<KeyPair | undefined> {
    try {
      const pair = splitPem((await readText(this.#path)) ?? '');
      return pair !== undefined && belongTogether(pair) && this.#authority.signed(pair.certificate) ? pair : undefined;
    } catch {
      // Nothing that a new one would not mend.
      return undefined;
    }
  }

  #stillGood({ certificate }: KeyPair): boolean {
    const { from, until } = validityOf(certificate);
    const now = this.#now();
    return from <= now && until - renewBefore > now && isFor(certificate, this.#names());
  }
}

/** Given files, read again whenever they change (certbot and its like replace them). */
export class GivenKeys implements ServerKeys {
  readonly #files: { readonly certificate: string; readonly key: string };
  #pair: KeyPair | undefined;

  constructor(files: { readonly certificate: string; readonly key: string }) {
    this.#files = files;
  }

  /** Throws `value-invalid` when the files cannot be used; what was read before stays good. */
  async look(): Promise<KeyPair> {
    const [certificate, key] = await Promise.all([
      readPemFile(this.#files.certificate, 'certificate'),
      readPemFile(this.#files.key, 'key'),
    ]);
    if (this.#pair?.certificate === certificate && this.#pair.key === key) return this.#pair;
    const pair = { certificate, key };
    let together: boolean;
    try {
      together = belongTogether(pair);
    } catch (cause) {
      throw new AppError(
        'value-invalid',
        `Certificate ${JSON.stringify(this.#files.certificate)} and key ${JSON.stringify(this.#files.key)} cannot be read as PEM without a passphrase: ${(cause as Error).message}.`,
      );
    }
    if (!together)
      throw new AppError(
        'value-invalid',
        `Key ${JSON.stringify(this.#files.key)} is not the one of certificate ${JSON.stringify(this.#files.certificate)}; expected the certificate first in its file, and the key that it was made for.`,
      );
    this.#pair = pair;
    return pair;
  }
}

async function readPemFile(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new AppError(
      'value-invalid',
      `TLS ${what} ${JSON.stringify(path)} cannot be read: ${(cause as Error).message}.`,
      {
        cause,
      },
    );
  }
}
