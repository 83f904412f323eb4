import { policyTable } from '../../access/policy-table.ts';
import { AppError } from '../../errors/app-error.ts';
import type { ErrorCode } from '../../errors/catalogue.ts';
import { problemOf } from '../../errors/problem.ts';
import type { ApiDocument, Components, Operation } from './document.ts';
import { errorComponents, withErrorAnswers } from './error-answers.ts';
import { exampleDetails, examplesOf } from './examples.ts';
import { bodyComponentOf, objectComponents } from './object-bodies.ts';
import { operationIdOf } from './operation-id.ts';
import { tagTexts } from './tags.ts';

/** Ways to show who one is. Over the unix socket nothing is needed: the kernel says who it is. */
const securitySchemes = {
  token: {
    type: 'http',
    scheme: 'bearer',
    description: 'A token of `bridgekeeper access token`, as `Authorization: Bearer …`.',
  },
  certificate: {
    type: 'mutualTLS',
    description: 'A client certificate of `bridgekeeper access issue`.',
  },
  login: {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-bridgekeeper',
    description: 'The cookie of a log-in. Changes need the header `bridgekeeper-csrf` of `GET /v1/me` as well.',
  },
};

const anyProof = Object.keys(securitySchemes).map((name) => ({ [name]: [] }));

function roleText(method: string, path: string): string {
  const rule = policyTable[`${method.toUpperCase()} ${path}`];
  if (rule === undefined) return '';
  if (rule.role === 'anyone') return 'Needs no proof of who asks.';
  const tenant = rule.tenant === 'own' ? 'a tenant sees and changes only what is its own' : 'not for tenants';
  return `Least role: \`${rule.role}\`; ${tenant}.`;
}

/** An object of the site is described by the schema of the site file. */
function withBody(operationId: string, operation: Operation): Operation {
  const component = bodyComponentOf(operationId);
  if (component === undefined) return operation;
  const schema = { $ref: `#/components/schemas/${component}` };
  return { ...operation, requestBody: { ...operation.requestBody, content: { 'application/json': { schema } } } };
}

function complete(method: string, path: string, operation: Operation): Operation {
  const open = policyTable[`${method.toUpperCase()} ${path}`]?.role === 'anyone';
  const operationId = operation.operationId ?? operationIdOf(method, path);
  const description = [operation.description, roleText(method, path)].filter(Boolean).join('\n\n');
  const shown = examplesOf(operationId, withBody(operationId, operation));
  return {
    ...shown,
    operationId,
    ...(description === '' ? {} : { description }),
    security: open ? [] : anyProof,
    responses: withErrorAnswers(method, path, shown) ?? {},
  };
}

/** Names of the components that something of a document refers to, directly or through others. */
function referredTo(parts: unknown, schemas: Readonly<Record<string, unknown>>): Set<string> {
  const found = new Set<string>();
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { $ref } = value as { $ref?: unknown };
    const name = typeof $ref === 'string' ? $ref.replace('#/components/schemas/', '') : undefined;
    if (name !== undefined && !found.has(name) && Object.hasOwn(schemas, name)) {
      found.add(name);
      look(schemas[name]);
    }
    for (const inner of Object.values(value)) look(inner);
  };
  look(parts);
  return found;
}

function exampleProblem(code: string, status: number): object {
  return problemOf(new AppError(code as ErrorCode, exampleDetails[code] ?? 'What was wrong, as a sentence.'), status);
}

/** What the routes say of themselves, and everything that holds for all of them: failures, proofs, groups, examples. */
export function completeDocument(document: ApiDocument): ApiDocument {
  const paths = Object.fromEntries(
    Object.entries(document.paths).map(([path, methods]) => [
      path,
      Object.fromEntries(
        Object.entries(methods).map(([method, operation]) => [method, complete(method, path, operation)]),
      ),
    ]),
  );
  const used = new Set(
    Object.values(paths).flatMap((methods) => Object.values(methods).flatMap(({ tags }) => tags ?? [])),
  );
  const known = Object.keys(tagTexts).filter((tag) => used.has(tag));
  const others = [...used].filter((tag) => !known.includes(tag));
  const responses = errorComponents(exampleProblem);
  const schemas = { ...document.components?.schemas, ...objectComponents() };
  const needed = referredTo({ paths, responses }, schemas);
  const components: Components = {
    ...document.components,
    schemas: Object.fromEntries(Object.entries(schemas).filter(([name]) => needed.has(name))),
    responses,
    securitySchemes,
  };
  return {
    ...document,
    servers: [{ url: '/', description: 'The daemon that serves this document' }],
    tags: [...known, ...others].map((name) => ({ name, description: tagTexts[name] ?? '' })),
    paths,
    components,
  };
}
