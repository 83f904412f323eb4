import { stat } from 'node:fs/promises';
import { createSecureContext, type SecureContext } from 'node:tls';
import { readCas } from './secret-file.ts';

/** Where Debian has the CAs of the system, its own and those of the administrator (update-ca-certificates). */
const systemFile = '/etc/ssl/certs/ca-certificates.crt';

const minVersion = 'TLSv1.2';

let system: { readonly stamp: string; readonly context: SecureContext } | undefined;

/**
 * Whom TLS trusts: the CAs of a file, which is read at each use, or those of the system (SSL_CERT_FILE as in OpenSSL),
 * which are read anew when they change. Node's own list stands in where the system has none. Rejects with NotTold.
 */
export async function trustOf(caFile: string | undefined): Promise<SecureContext> {
  if (caFile !== undefined) return createSecureContext({ ca: await readCas(caFile), minVersion });
  const path = process.env.SSL_CERT_FILE ?? systemFile;
  const found = await stat(path).catch(() => undefined);
  const stamp = `${path} ${found?.ino} ${found?.size} ${found?.mtimeMs}`;
  if (system?.stamp !== stamp) {
    // A hundred and forty certificates take a while to read: not for every message.
    const cas = found === undefined ? {} : { ca: await readCas(path) };
    system = { stamp, context: createSecureContext({ ...cas, minVersion }) };
  }
  return system.context;
}
