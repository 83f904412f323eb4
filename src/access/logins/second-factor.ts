import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';

/** Seconds of one code, and its digits: what every app takes (RFC 6238). */
const period = 30;
const digits = 6;
/** Codes before and after the present one that count: clocks of telephones differ. */
const window = 1;

const recoveryCodeCount = 10;

/** A secret that an app makes codes of. Both parties have to know it, so it is stored as it is. */
export interface StoredTotp {
  /** Base32. */
  readonly secret: string;
  /** Step of the last code that was taken: neither it nor an earlier one is taken again (RFC 6238, 5.2). */
  readonly usedStep: number;
}

const totpOf = (secret: string, label: string): TOTP =>
  new TOTP({ issuer: 'Bridgekeeper', label, secret: Secret.fromBase32(secret), period, digits, algorithm: 'SHA1' });

/** A new secret, 160 bits (RFC 4226, 4: recommended). */
export function makeTotp(): StoredTotp {
  return { secret: new Secret({ size: 20 }).base32, usedStep: 0 };
}

/** What apps read from a QR code. */
export function totpUri(totp: StoredTotp, account: string, site: string): string {
  return totpOf(totp.secret, `${account}@${site}`).toString();
}

/** The secret as it is after this code; undefined when the code is not right, or was used. `now`: ms since the epoch. */
export function acceptCode(totp: StoredTotp, code: string, now: number): StoredTotp | undefined {
  const token = code.replace(/\s/g, '');
  if (!/^\d{6}$/.test(token)) return undefined;
  const delta = totpOf(totp.secret, '').validate({ token, timestamp: now, window });
  if (delta === null) return undefined;
  const step = Math.floor(now / 1000 / period) + delta;
  return step > totp.usedStep ? { ...totp, usedStep: step } : undefined;
}

/** As people may type it: upper or lower case, with or without hyphens. */
const plainCode = (code: string): string => code.toLowerCase().replace(/[\s-]/g, '');

/** Codes have 80 random bits, so a fast hash is enough. */
const hashOf = (code: string): string => createHash('sha256').update(plainCode(code)).digest('hex');

/** Codes for whoever has lost the app, each good for once, with what is stored of them. */
export function makeRecoveryCodes(): { codes: string[]; hashes: string[] } {
  const codes = Array.from({ length: recoveryCodeCount }, () =>
    (randomBytes(10).toString('hex').match(/.{5}/g) ?? []).join('-'),
  );
  return { codes, hashes: codes.map(hashOf) };
}

/** Hashes that remain after this code was used; undefined when it is none of them. */
export function acceptRecoveryCode(hashes: readonly string[], code: string): string[] | undefined {
  if (!/^[0-9a-f]{20}$/.test(plainCode(code))) return undefined;
  const seen = Buffer.from(hashOf(code));
  const found = hashes.findIndex((hash) => hash.length === seen.length && timingSafeEqual(Buffer.from(hash), seen));
  return found < 0 ? undefined : hashes.toSpliced(found, 1);
}
