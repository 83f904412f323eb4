import { randomBytes } from 'node:crypto';
import { AppError } from '../../errors/app-error.ts';
import type { ProofReader } from '../shown.ts';
import { sha256 } from './proof.ts';
import type { ProofBook } from './proof-book.ts';

/** Prefix, the id it is stored under, and 256 random bits: nothing that could be guessed, so a fast hash of it is kept. */
const pattern = /^bk_(t[a-z0-9]{12})_[A-Za-z0-9_-]{43}$/;

export function drawToken(id: string): string {
  return `bk_${id}_${randomBytes(32).toString('base64url')}`;
}

/** Tokens in the header `Authorization: Bearer …` (RFC 6750). */
export function tokenReader(book: ProofBook): ProofReader {
  return {
    read: ({ authorization, from }) => {
      if (authorization === undefined) return undefined;
      const token = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
      const id = token === undefined ? undefined : pattern.exec(token)?.[1];
      if (token === undefined || id === undefined)
        throw new AppError('unauthenticated', 'Header Authorization is not "Bearer" and a token of this installation.');
      return book.byToken(id, sha256(token), from);
    },
  };
}

/** Certificates of our own authority that a client shows when it connects. */
export function certificateReader(book: ProofBook): ProofReader {
  return {
    read: ({ certificate, from }) => {
      if (certificate === undefined) return undefined;
      if (certificate.trouble !== undefined)
        throw new AppError(
          'unauthenticated',
          `The client certificate is none of this installation that holds now: ${certificate.trouble}.`,
        );
      return book.byCertificate(certificate.fingerprint, from);
    },
  };
}
