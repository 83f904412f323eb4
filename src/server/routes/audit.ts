import type { z } from 'zod';
import type { AuditQuery } from '../../reconciler/audit/contract.ts';
import type { App, ServicesOf } from '../app.ts';
import { addList } from '../lists/add-list.ts';
import { numberedList } from '../lists/list-source.ts';
import {
  auditEntrySchema,
  auditExportSchema,
  auditFilters,
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
  addList(app, {
    path: '/v1/audit',
    tags,
    operationId: 'listAudit',
    summary: 'Journal entries, newest first',
    item: auditEntrySchema,
    filters: auditFilters,
    limit: { usual: 50 },
    read: (filters, request) => {
      const query = queryOf({ ...filters, format: 'jsonl', clear: 'false' });
      return numberedList(async (below, limit) => {
        const options = { ...query, limit, ...(below === undefined ? {} : { below }) };
        const { entries, next } = await services(request).engine.audit.list(options);
        return { items: entries, next };
      });
    },
  });
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
