import { join } from 'node:path';
import type { Logger } from 'pino';
import { Authority } from '../access/authority.ts';
import { Ended } from '../access/ended.ts';
import { ProofBook } from '../access/proofs/proof-book.ts';
import { GivenKeys, OwnKeys, serverNames } from '../access/server-keys.ts';
import { AppError } from '../errors/app-error.ts';
import { parseIpEndpoint } from '../model/ip-endpoint.ts';
import type { Kept } from '../registry/kept/kept.ts';
import type { App } from '../server/app.ts';
import { listenOnTls, type TlsListener, type TlsPlace } from '../server/listen-on-tls.ts';
import { systemClock } from '../system/clock.ts';

export interface AccessSettings {
  /** `192.0.2.1:8443`, `[::]:8443`; none: only the unix socket. */
  readonly listen: readonly string[];
  /** Certificate and key to use instead of our own authority's. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Further DNS names of this host for the certificate. */
  readonly names: readonly string[];
}

export interface OpenAccess {
  /** Where it is said which proofs count no more. */
  readonly ended: Ended;
  /** Tokens and certificates. */
  openProofs(kept: Kept): Promise<ProofBook>;
  /** Begins to listen on TLS where the settings say. Throws `value-invalid`. */
  listen(app: App): Promise<TlsListener>;
}

function readPlace(text: string): TlsPlace {
  const expected = 'expected ADDRESS:PORT such as "192.0.2.1:8443" or "[::]:8443"';
  try {
    const { address, port } = parseIpEndpoint(text);
    if (port !== undefined) return { address, port };
  } catch (cause) {
    throw new AppError(
      'value-invalid',
      `--listen ${JSON.stringify(text)} cannot be read: ${(cause as Error).message}; ${expected}`,
    );
  }
  throw new AppError('value-invalid', `--listen ${JSON.stringify(text)} has no port; ${expected}`);
}

/** Who may come in, and where the API listens besides the unix socket. Throws `value-invalid` for settings that cannot be followed. */
export function openAccess(settings: AccessSettings, stateDirectory: string, log: Logger): OpenAccess {
  const { listen, tls, names } = settings;
  const places = listen.map(readPlace);
  const directory = join(stateDirectory, 'access');
  const { now } = systemClock;
  const ended = new Ended();
  let opened: Promise<Authority> | undefined;
  const authority = (): Promise<Authority> => {
    opened ??= Authority.open(directory, now);
    return opened;
  };
  const addresses = places.map(({ address }) => address);
  return {
    ended,
    openProofs: (kept) => ProofBook.open({ kept, clock: systemClock, authority, onEnded: ended.tell }),
    listen: async (app) => {
      if (places.length === 0) return { places, close: async () => {} };
      const own = await authority();
      const keys =
        tls === undefined ? new OwnKeys(own, directory, () => serverNames(addresses, names), now) : new GivenKeys(tls);
      return listenOnTls(app, { places, keys, authority: own.certificate, log });
    },
  };
}
