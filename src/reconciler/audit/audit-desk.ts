import { readFileSync } from 'node:fs';
import type { AuditTrail } from '../../registry/journal/audit-trail.ts';
import type { Audit, AuditFormat, AuditPage, AuditQuery, AuditVerdict } from './contract.ts';
import { renderCef } from './render-cef.ts';
import { csvHeading, renderCsv, renderJsonLine } from './render-records.ts';

function readVersion(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

export class AuditDesk implements Audit {
  readonly #trail: AuditTrail;
  readonly #version = readVersion();

  constructor(trail: AuditTrail) {
    this.#trail = trail;
  }

  list(query: AuditQuery & { readonly below?: number; readonly limit: number }): Promise<AuditPage> {
    return this.#trail.list(query);
  }

  verify(hash?: string): Promise<AuditVerdict> {
    return this.#trail.verify(hash);
  }

  async *export(
    query: AuditQuery,
    { format, clear }: { readonly format: AuditFormat; readonly clear: boolean },
  ): AsyncGenerator<string> {
    if (format === 'csv') yield csvHeading;
    const version = this.#version;
    const render = { jsonl: renderJsonLine, csv: renderCsv, cef: renderCef(version) }[format];
    for await (const records of this.#trail.records(query, { clear })) yield records.map(render).join('');
  }
}
