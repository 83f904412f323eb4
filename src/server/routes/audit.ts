import type { z } from 'zod';
import type { AuditQuery } from '../../reconciler/audit/contract.ts';
import type { App, ServicesOf } from '../app.ts';
import {
  auditExportSchema,
  auditPageSchema,
  auditQuerySchema,
  auditVerdictSchema,
  auditVerifySchema,
} from '../schemas/audit.ts';
import { problemSchema } from '../schemas.ts';
import { streamText } from '../stream-text.ts';

const tags = ['audit'];

const types = {
  jsonl: 'application/x-ndjson',
  csv: 'text/csv; charset=utf-8; header=present',
  cef: 'text/plain; charset=utf-8',
} as const;

function queryOf({ kind, who, owner, since, until, text }: z.output<typeof auditExportSchema>): AuditQuery {
  const kinds = typeof kind === 'string' ? [kind] : kind;
  const given = { kinds, who, owner, since, until, text };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

export function addAuditRoutes(app: App, services: ServicesOf): void {
  app.get(
    '/v1/audit',
    {
      schema: {
        tags,
        summary: 'Journal entries, newest first, in pages',
        querystring: auditQuerySchema,
        response: { 200: auditPageSchema, default: problemSchema },
      },
    },
    (request) => {
      const { below, limit, ...rest } = request.query;
      const query = queryOf({ ...rest, format: 'jsonl', clear: 'false' });
      return services(request).engine.audit.list({ ...query, limit, ...(below === undefined ? {} : { below }) });
    },
  );
  app.get(
    '/v1/audit/verify',
    {
      schema: {
        tags,
        summary: 'Whether every journal entry is what was written, and none is missing or was put in',
        querystring: auditVerifySchema,
        response: { 200: auditVerdictSchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.audit.verify(request.query.head),
  );
  app.get(
    '/v1/audit/export',
    {
      schema: {
        tags,
        summary: 'Journal entries as JSON Lines, CSV or CEF, oldest first, as a stream',
        description: 'MAC addresses are pseudonyms unless `clear=true`.',
        querystring: auditExportSchema,
        response: { default: problemSchema },
      },
    },
    (request, reply) => {
      const { format, clear } = request.query;
      const pieces = services(request).engine.audit.export(queryOf(request.query), { format, clear: clear === 'true' });
      return streamText(reply, types[format], pieces);
    },
  );
}
