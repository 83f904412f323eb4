import { createPublicKey, type KeyObject } from 'node:crypto';
import { AppError } from '../../errors/app-error.ts';

/** Bits of RSA; shorter ones are not for new keys (NIST SP 800-131A). */
const leastRsa = 2048;
const mostRsa = 8192;
const curves = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

/** A public key that a client may prove with TLS 1.3 that he holds its other half. Throws `value-invalid`. */
export function readPublicKey(pem: string): KeyObject {
  const expected = 'expected the PEM of one of P-256, P-384, P-521, Ed25519 or RSA of 2048 bits and more';
  // A private key would be read as well, and should never have been sent.
  if (!/^\s*-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----\s*$/.test(pem))
    throw new AppError('value-invalid', `The public key is no "BEGIN PUBLIC KEY"; ${expected}.`);
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch (cause) {
    throw new AppError('value-invalid', `The public key cannot be read: ${(cause as Error).message}; ${expected}.`);
  }
  const { asymmetricKeyType: type, asymmetricKeyDetails: { namedCurve = '', modulusLength = 0 } = {} } = key;
  const good =
    type === 'ed25519' ||
    (type === 'ec' && curves.has(namedCurve)) ||
    (type === 'rsa' && modulusLength >= leastRsa && modulusLength <= mostRsa);
  if (!good) {
    const seen = [type, namedCurve || (modulusLength > 0 ? `${modulusLength} bits` : '')].filter(Boolean).join(' ');
    throw new AppError('value-invalid', `The public key is ${seen}; ${expected}.`);
  }
  return key;
}
