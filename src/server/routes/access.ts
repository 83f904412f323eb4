import { z } from 'zod';
import type { ProofBook } from '../../access/proofs/proof-book.ts';
import { type App, actorOf, onlyPlans } from '../app.ts';
import { addList } from '../lists/add-list.ts';
import { wholeList } from '../lists/list-source.ts';
import {
  authoritySchema,
  certificateOrderSchema,
  newCertificateSchema,
  newTokenSchema,
  proofIdSchema,
  proofSchema,
  tokenOrderSchema,
} from '../schemas/access.ts';
import { problemSchema } from '../schemas.ts';

const tags = ['access'];

/** Tokens and certificates: who may come in besides those who log in. */
export function addAccessRoutes(app: App, proofs: () => ProofBook): void {
  addList(app, {
    path: '/v1/access',
    tags,
    operationId: 'listProofs',
    summary: 'Tokens and certificates that let somebody in, newest first',
    item: proofSchema,
    filters: {
      kind: z.enum(['token', 'certificate']).describe('Only these').exactOptional(),
      name: z.string().min(1).max(64).describe('Only of this name').exactOptional(),
      owner: z.string().min(1).max(63).describe('Only of this owner').exactOptional(),
    },
    read: ({ kind, name, owner }) => {
      const fits = (value: string | undefined, wanted: string | undefined) => wanted === undefined || value === wanted;
      const all = proofs().list();
      const found = all.filter((one) => fits(one.kind, kind) && fits(one.name, name) && fits(one.owner, owner));
      return wholeList(found, ({ id }) => id);
    },
  });
  app.post(
    '/v1/access/tokens',
    {
      bodyLimit: 64 * 1024,
      schema: {
        tags,
        operationId: 'issueToken',
        summary: 'Issues a token, which is told once',
        body: tokenOrderSchema,
        response: { 200: newTokenSchema, default: problemSchema },
      },
    },
    async (request, reply) => {
      void reply.header('cache-control', 'no-store');
      return proofs().issueToken(request.body, actorOf(request), onlyPlans(request));
    },
  );
  app.post(
    '/v1/access/certificates',
    {
      bodyLimit: 64 * 1024,
      schema: {
        tags,
        operationId: 'issueCertificate',
        summary: 'Issues a certificate for a client who keeps his private key',
        body: certificateOrderSchema,
        response: { 200: newCertificateSchema, default: problemSchema },
      },
    },
    (request) => proofs().issueCertificate(request.body, actorOf(request), onlyPlans(request)),
  );
  app.delete(
    '/v1/access/:id',
    {
      schema: {
        tags,
        operationId: 'revokeProof',
        summary: 'Revokes a token or certificate at once; what is open for it is cut',
        params: proofIdSchema,
        response: { 200: proofSchema, default: problemSchema },
      },
    },
    (request) => proofs().revoke(request.params.id, actorOf(request), onlyPlans(request)),
  );
  app.get(
    '/v1/access/authority',
    {
      schema: {
        tags,
        operationId: 'showAuthority',
        summary: 'The certificate of our own authority: with it a client knows the daemon',
        response: { 200: authoritySchema, default: problemSchema },
      },
    },
    () => proofs().authority(),
  );
}
