import { createHash, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

/** 256 random bits as base64url, 43 characters: cannot be guessed, so a fast hash of it may be stored. */
export const makeSecret = (): string => randomBytes(32).toString('base64url');

export const hashSecret = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

/** Compares texts without telling by the time it takes how far they are alike. */
export function sameText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** A text that only whoever knows `key` can make of `about`. */
export const signText = (key: string | Buffer, about: string): string =>
  createHmac('sha256', key).update(about).digest('base64url');

/** A key for one purpose, made of the registry's secret (RFC 5869). */
export const keyFor = (siteKey: string, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', siteKey, '', `bridgekeeper ${purpose}`, 32));
