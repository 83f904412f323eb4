import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Registry } from 'prom-client';
import { policyTable } from '../src/access/policy-table.ts';
import { createProgram } from '../src/cli/program.ts';
import { errorCatalogue } from '../src/errors/catalogue.ts';
import { applyDuration, metricParts } from '../src/server/metrics/definitions.ts';
import { addProcessMetrics } from '../src/server/metrics/process-metrics.ts';
import { describeApi } from '../src/server/server.ts';
import { generateSiteDocs } from './generate-site-docs.ts';
import { renderAccessDocs } from './render-access-docs.ts';
import { renderApiDocs } from './render-api-docs.ts';
import { renderApiOutline } from './render-api-outline.ts';
import { renderCliDocs } from './render-cli-docs.ts';
import { renderErrorDocs } from './render-error-docs.ts';
import { renderGrafana } from './render-grafana.ts';
import { renderMetricDocs } from './render-metric-docs.ts';

const root = join(import.meta.dirname, '..');

/** What prom-client tells of the process. */
function processMetrics(): { name: string; help: string; type: string }[] {
  const registry = new Registry();
  addProcessMetrics(registry);
  return registry.getMetricsAsArray().map(({ name, help, type }) => ({ name, help, type: String(type) }));
}

/** Path from the root of the repository → text, of every file that is generated from the source. */
export async function generateFiles(): Promise<Map<string, string>> {
  const api = await describeApi();
  return new Map([
    ['docs/reference/errors.md', renderErrorDocs(errorCatalogue)],
    ['docs/reference/cli.md', renderCliDocs(await createProgram())],
    ['docs/reference/access.md', renderAccessDocs(policyTable, api)],
    ['docs/reference/openapi.json', `${JSON.stringify(api, null, 2)}\n`],
    ...renderApiDocs(api),
    ['test/golden/api/outline.txt', renderApiOutline(api)],
    ['docs/reference/metrics.md', renderMetricDocs(metricParts, applyDuration, processMetrics())],
    ['packaging/grafana/bridgekeeper.json', renderGrafana()],
    ...(await generateSiteDocs()),
  ]);
}

if (import.meta.main) {
  const check = process.argv.includes('--check');
  for (const [path, text] of await generateFiles()) {
    const file = join(root, path);
    if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
    if (check) {
      process.stderr.write(`${path} is not what the source says; run npm run generate\n`);
      process.exitCode = 1;
      continue;
    }
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    process.stdout.write(`wrote ${path}\n`);
  }
}
