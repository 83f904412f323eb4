import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { AppError } from '../../errors/app-error.ts';
import { renderYaml } from '../../model/render-yaml.ts';
import { siteJsonSchema } from '../../model/site-json-schema.ts';
import type { SiteObject } from '../../model/site-objects.ts';
import { siteOfObjects } from '../../model/site-of-objects.ts';
import type { SiteAt } from '../../reconciler/engine-contract.ts';
import type { Stateless } from '../../stateless/contract.ts';
import type { App, Services, ServicesOf } from '../app.ts';
import { tagOfSite } from '../changes/tags.ts';
import { siteTextSchema } from '../schemas/changes.ts';
import {
  readImportAnswerSchema,
  readImportSchema,
  readReportsAnswerSchema,
  readReportsSchema,
  renderingSchema,
  simulationAnswerSchema,
  simulationOrderSchema,
  siteQuerySchema,
  suggestionQuerySchema,
  suggestionSchema,
  validationSchema,
} from '../schemas/site.ts';
import { problemSchema } from '../schemas.ts';

const tags = ['site'];
const yamlType = 'application/yaml';

function statelessOf({ stateless }: Services): Stateless {
  if (stateless === undefined) throw new AppError('unsupported', 'This server reads no texts without a site.');
  return stateless;
}

const objectsOf = ({ objects }: SiteAt, origin: 'file' | 'all'): SiteObject[] =>
  objects.filter(
    (object): object is SiteObject & typeof object =>
      object.kind !== 'attachment' && (origin === 'all' || object.origin === 'file'),
  );

/** YAML unless JSON is asked for by name. */
const wantsJson = (accept = '*/*'): boolean => accept.includes('application/json') && !accept.includes(yamlType);

const sendYaml = (reply: FastifyReply, text: string): unknown =>
  reply
    .type(`${yamlType}; charset=utf-8`)
    .serializer((yaml: unknown) => yaml as string)
    .send(text);

function addSiteRoute(app: App, services: ServicesOf): void {
  /** What was answered last, by what it was of: writing out a large site again and again would hold others up. */
  let latest = { key: '', text: '' };
  app.get(
    '/v1/site',
    {
      schema: {
        tags,
        summary: 'The site as a file would say it, now or as of a revision',
        description:
          'YAML, or the same as JSON with `Accept: application/json`. Comments of the file that was applied are not kept. The header `Bridgekeeper-Revision` has the number of the revision; the ETag is for `If-Match` of changes of the site.',
        querystring: siteQuerySchema,
        response: {
          200: {
            description: 'The site file',
            content: {
              [yamlType]: { schema: z.string().describe('YAML text') },
              'application/json': { schema: z.record(z.string(), z.unknown()).describe('The same as a value') },
            },
          },
          default: problemSchema,
        },
      },
    },
    async (request, reply) => {
      const { revision, origin } = request.query;
      const found = await services(request).engine.siteAt(revision);
      void reply
        .header('etag', tagOfSite(found.revision))
        .header('bridgekeeper-revision', String(found.revision?.number ?? 0));
      void reply.header('vary', 'accept');
      const file = (): Record<string, unknown> => siteOfObjects(objectsOf(found, origin));
      if (wantsJson(request.headers.accept)) return file() as never;
      const key = `${tagOfSite(found.revision)} ${origin}`;
      if (latest.key !== key) latest = { key, text: renderYaml(file()) };
      return sendYaml(reply, latest.text) as never;
    },
  );
  app.get(
    '/v1/site/schema',
    {
      schema: {
        tags,
        summary: 'JSON Schema (2020-12) of the site file, for editors',
        response: { 200: z.record(z.string(), z.unknown()), default: problemSchema },
      },
    },
    () => ({ ...siteJsonSchema() }),
  );
  app.get(
    '/v1/site/suggestion',
    {
      schema: {
        tags,
        summary: 'Looks at the host and suggests a first site file for it; changes nothing',
        querystring: suggestionQuerySchema,
        response: { 200: suggestionSchema, default: problemSchema },
      },
    },
    (request) => statelessOf(services(request)).suggest(request.query.uplink),
  );
}

export function addSiteRoutes(app: App, services: ServicesOf): void {
  addSiteRoute(app, services);
  app.post(
    '/v1/validate',
    {
      schema: {
        tags,
        summary: 'Every mistake of a site file, with line and column',
        description:
          'That a file has mistakes is no failure: `valid` says it. Nothing is compared with the applied site.',
        body: siteTextSchema,
        response: { 200: validationSchema, default: problemSchema },
      },
    },
    (request) => statelessOf(services(request)).validate(request.body),
  );
  app.post(
    '/v1/render',
    {
      schema: {
        tags,
        summary: 'Everything that applying a site file to an empty host would write',
        description:
          'Addresses that the registry would lease are made up, the same ones each time; the kernel is taken to be an old one.',
        body: siteTextSchema,
        response: { 200: renderingSchema, default: problemSchema },
      },
    },
    (request) => statelessOf(services(request)).render(request.body),
  );
  app.post(
    '/v1/trace/reports',
    {
      schema: {
        tags: ['trace'],
        operationId: 'readReports',
        summary: 'Reads a table of abuse reports as questions for `POST /v1/trace`; a line that is none says why',
        body: readReportsSchema,
        response: { 200: readReportsAnswerSchema, default: problemSchema },
      },
    },
    (request) => statelessOf(services(request)).readReports(request.body),
  );
  app.post(
    '/v1/macs/simulation',
    {
      bodyLimit: 64 * 1024,
      schema: {
        tags: ['macs'],
        operationId: 'simulateCloud',
        summary: 'Plays a cloud over years: does the pool last, how soon is an address used again, what would luck do',
        description: 'What takes longer than a minute is refused; `bridgekeeper mac simulate` takes its time.',
        body: simulationOrderSchema,
        response: { 200: simulationAnswerSchema, default: problemSchema },
      },
    },
    (request) => statelessOf(services(request)).simulate(request.body),
  );
  app.post(
    '/v1/imports',
    {
      schema: {
        tags: ['macs'],
        summary: 'Reads what another tool prints about its guests, for `POST /v1/macs/import`; takes nothing over',
        body: readImportSchema,
        response: { 200: readImportAnswerSchema, default: problemSchema },
      },
    },
    (request) => statelessOf(services(request)).readImport(request.body),
  );
}
