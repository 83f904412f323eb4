import { policyTable } from '../../access/policy-table.ts';
import type { Operation, Reference } from './document.ts';

/** Failures of every kind, by the status that they come with. */
const answers: Readonly<Record<number, { readonly name: string; readonly text: string; readonly code: string }>> = {
  400: {
    name: 'Mistaken',
    text: 'What was sent is not as the API expects; `mistakes` says where.',
    code: 'request-invalid',
  },
  401: { name: 'Unauthenticated', text: 'Who asks did not show who they are.', code: 'unauthenticated' },
  403: { name: 'Forbidden', text: 'Who asks may not do that.', code: 'forbidden' },
  404: { name: 'NotFound', text: 'There is no such object; the nearest name is said.', code: 'not-found' },
  409: {
    name: 'Conflict',
    text: 'Something else holds that already, or a change waits to be confirmed.',
    code: 'conflict',
  },
  412: { name: 'Changed', text: 'It is not as If-Match or If-None-Match says any more.', code: 'precondition-failed' },
  413: { name: 'TooLarge', text: 'The body is larger than is read here.', code: 'request-invalid' },
  415: { name: 'WrongType', text: 'The body is of a kind that is not read here.', code: 'request-invalid' },
  422: {
    name: 'SiteInvalid',
    text: 'The site has mistakes; `mistakes` has each with line and column.',
    code: 'site-invalid',
  },
  429: {
    name: 'TooMany',
    text: 'Too many requests; the header Retry-After says when to come again.',
    code: 'too-many-requests',
  },
};

/** Everything else that may fail: the host, the registry, this software. */
const otherwise = { name: 'Failure', text: 'The host or the registry failed, or the host cannot do that.' };

/** Parameters that name nothing. */
const ofEveryList: ReadonlySet<string> = new Set([
  'limit',
  'after',
  'fields',
  'sort',
  'plan',
  'idempotency-key',
  'if-match',
  'if-none-match',
]);

const refTo = (name: string): Reference => ({ $ref: `#/components/responses/${name}` });

function statusesOf(method: string, path: string, operation: Operation): number[] {
  const rule = policyTable[`${method.toUpperCase()} ${path}`];
  const changes = method !== 'get';
  const sends = operation.requestBody !== undefined;
  const parameters = operation.parameters ?? [];
  const takes = sends || parameters.length > 0;
  // What may not be there: what the path, the body or a filter names.
  const names = sends || parameters.some(({ name, in: place }) => place === 'path' || !ofEveryList.has(name));
  const conditional = parameters.some(({ name }) => name === 'if-match');
  return [
    ...(takes ? [400] : []),
    ...(rule?.role === 'anyone' ? [] : [401, 403]),
    ...(names ? [404] : []),
    ...(changes ? [409] : []),
    ...(conditional ? [412] : []),
    ...(sends ? [413, 415] : []),
    ...(changes ? [422] : []),
    429,
  ];
}

/** Answers of an operation with every failure that it may have, in place of one `default` for all. */
export function withErrorAnswers(method: string, path: string, operation: Operation): Operation['responses'] {
  const { default: _, ...given } = operation.responses ?? {};
  const statuses = statusesOf(method, path, operation).filter((status) => !(status in given));
  return {
    ...given,
    ...Object.fromEntries(statuses.map((status) => [status, refTo(answers[status]?.name ?? '')])),
    default: refTo(otherwise.name),
  };
}

/** `components.responses`: each failure once. */
export function errorComponents(problemOf: (code: string, status: number) => object): Record<string, unknown> {
  const content = (example?: object) => ({
    'application/problem+json': {
      schema: { $ref: '#/components/schemas/Problem' },
      ...(example === undefined ? {} : { example }),
    },
  });
  return Object.fromEntries([
    ...Object.entries(answers).map(([status, { name, text, code }]) => [
      name,
      { description: text, content: content(problemOf(code, Number(status))) },
    ]),
    [otherwise.name, { description: otherwise.text, content: content() }],
  ]);
}
