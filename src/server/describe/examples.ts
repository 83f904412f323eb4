import type { Operation } from './document.ts';

/** Sentences of failures, as they are seen. */
export const exampleDetails: Readonly<Record<string, string>> = {
  'request-invalid': 'The querystring is not as the API expects: limit: Too small: expected number to be >=1.',
  unauthenticated: 'This needs a proof of who asks; expected a token, a client certificate or a log-in.',
  forbidden: '"ada" is viewer here, and this needs operator.',
  'not-found': 'There is no guest "wbe1"; did you mean "web1"?',
  conflict: 'MAC address "02:00:00:00:00:05" is already held by NIC "web-1/0" on segment "prod"',
  'precondition-failed': 'The site is at revision 18, and If-Match says "17": somebody changed it meanwhile.',
  'site-invalid': 'devlab.yaml has 1 mistake.',
  'too-many-requests': 'More than 100 requests in a second; come again in 1 s.',
};

/** Bodies to send and answers to expect, by operation. `npm run check` holds each against its schema. */
const examples: Readonly<Record<string, { readonly body?: unknown; readonly answer?: unknown }>> = {
  putGuest: { body: { owner: 'team-a', nics: [{ segment: 'dev' }] } },
  putForward: { body: { to: 'web1:80' } },
  putSegment: { body: { subnet: '10.77.10.0/24' } },
  putPool: { body: { range: '02:1a:3f:00:00:00/24', strategy: 'random' } },
  putPolicy: { body: { from: 'api1', to: 'db1', ports: ['tcp/5432'], action: 'allow' } },
  listGuests: {
    answer: {
      items: [
        {
          kind: 'guest',
          name: 'web1',
          origin: 'file',
          body: { name: 'web1', owner: 'team-a', nics: [{ segment: 'dev' }] },
        },
      ],
      next: 'WyJhYmNkZWYiLCJ3ZWIxIiwwXQ',
    },
  },
  listLeases: {
    answer: {
      items: [
        {
          guest: 'web1',
          nic: 0,
          segment: 'dev',
          mac: '02:1a:3f:00:10:07',
          ipv4: '10.77.10.11',
          port: 'web1-0',
          owner: 'team-a',
          share: 'nat',
          portBlock: '20000-20999',
          attached: true,
        },
      ],
    },
  },
  isolate: { body: { guest: 'web1', reason: 'it sends what is not its own', seconds: 3600 } },
  leaseMacs: { body: { items: [{ guest: 'vm-4711', segment: 'dev' }], requestKey: 'order-4712' } },
};

type WithExample = { readonly schema?: unknown; examples?: unknown };

function put<Content extends Readonly<Record<string, WithExample>>>(content: Content, value: unknown): Content {
  const json = content['application/json'];
  if (json === undefined) return content;
  return { ...content, 'application/json': { ...json, examples: { usual: { value } } } };
}

/** An operation with its examples. */
export function examplesOf(operationId: string, operation: Operation): Operation {
  const { body, answer } = examples[operationId] ?? {};
  const { requestBody, responses } = operation;
  const good = responses?.['200'];
  return {
    ...operation,
    ...(body !== undefined && requestBody
      ? { requestBody: { ...requestBody, content: put(requestBody.content, body) } }
      : {}),
    ...(answer !== undefined && good !== undefined && 'content' in good && good.content
      ? { responses: { ...responses, 200: { ...good, content: put(good.content, answer) } } }
      : {}),
  };
}
