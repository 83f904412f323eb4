import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { isAtLeast } from '../../access/principal.ts';
import { AppError } from '../../errors/app-error.ts';
import type { ChangeOptions, ChangeOrder } from '../../reconciler/engine-contract.ts';
import type { App, ServicesOf } from '../app.ts';
import { changeLineSchema, changeQuerySchema, changeSchema } from '../schemas/changes.ts';
import { problemSchema, siteChangeSchema } from '../schemas.ts';
import { changeSite, tagAnswer } from './change-site.ts';
import { linesType, takeLines } from './lines-of-body.ts';
import { siteCondition } from './preconditions.ts';
import { toldInLines, wantsLines } from './told-in-lines.ts';

type Body = z.output<typeof changeSchema>;

/** What a request orders. Throws `request-invalid` unless that is one thing. */
function orderOf({ file, objects, revision, destroy }: Body): ChangeOrder {
  const given = [
    ...(file === undefined ? [] : [{ file }]),
    ...(objects === undefined ? [] : [{ objects }]),
    ...(revision === undefined ? [] : [{ revision }]),
    ...(destroy === undefined ? [] : [{ destroy }]),
  ];
  const [order] = given;
  if (order !== undefined && given.length === 1) return order;
  const seen = given.length === 0 ? 'none' : given.flatMap((one) => Object.keys(one)).join(', ');
  throw new AppError(
    'request-invalid',
    `A change is one of file, objects, revision and destroy; seen ${seen}, expected one of them.`,
  );
}

/** Operators change objects; who changes the whole site is an admin. */
function refuseUnlessAllowed({ principal }: FastifyRequest, order: ChangeOrder, { confirmSeconds }: Body): void {
  if (!('objects' in order) && !isAtLeast(principal.role, 'admin'))
    throw new AppError(
      'forbidden',
      `A change of the whole site is for admins, and ${JSON.stringify(principal.name)} is ${principal.role}; expected a change of objects.`,
    );
  // Nobody else could change anything until a tenant confirms, and confirming is not for tenants.
  if (confirmSeconds !== undefined && principal.owner !== undefined)
    throw new AppError('forbidden', 'A tenant cannot have a change wait to be confirmed: it would hold up everybody.');
}

function readChange(request: FastifyRequest<{ Body: Body; Querystring: z.output<typeof changeQuerySchema> }>): {
  order: ChangeOrder;
  options: Omit<ChangeOptions, 'author' | 'from'>;
} {
  const { plan: _, ...query } = request.query as { plan?: boolean } & z.output<typeof changeQuerySchema>;
  const body = { ...query, ...request.body };
  const order = orderOf(body);
  refuseUnlessAllowed(request, order, body);
  const { confirmSeconds, comment } = body;
  return {
    order,
    options: {
      ...siteCondition(request),
      ...(confirmSeconds === undefined ? {} : { confirmSeconds }),
      ...(comment === undefined ? {} : { comment }),
    },
  };
}

/** `POST /v1/changes`: every change of the site, in one piece, in lines, and told while it goes on. */
export function addChangeOrderRoute(app: App, services: ServicesOf): void {
  takeLines(app, 'objects', (scope) => {
    scope.post(
      '/v1/changes',
      {
        schema: {
          tags: ['changes'],
          summary: 'Changes the site, all of it or nothing: by a file, by objects, back to a revision, or down',
          description: [
            `A body of \`${linesType}\` has one of \`objects\` a line; \`confirmSeconds\` and \`comment\` stand in the query then.`,
            `With \`Accept: ${linesType}\` the answer comes while the change goes on: a line for each stage, and the result or the problem as the last one. The change goes on when the connection is cut.`,
            'Objects are for operators, everything else for admins.',
          ].join('\n\n'),
          querystring: changeQuerySchema,
          body: changeSchema,
          response: {
            200: {
              description: 'What was done, or while it is done',
              content: { 'application/json': { schema: siteChangeSchema }, [linesType]: { schema: changeLineSchema } },
            },
            default: problemSchema,
          },
        },
      },
      async (request, reply) => {
        const { engine } = services(request);
        const { order, options } = readChange(request as never);
        if (!wantsLines(request.headers.accept))
          return tagAnswer(reply, await changeSite(engine, request, order, options)) as never;
        return toldInLines(reply, (onStage) => changeSite(engine, request, order, { ...options, onStage })) as never;
      },
    );
  });
}
