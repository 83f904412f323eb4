import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApplyResult, ChangeOptions, ChangeOrder, Engine, PlanResult } from '../../reconciler/engine-contract.ts';
import { authorOf, onlyPlans, originOf } from '../app.ts';
import { tagOfSite } from './tags.ts';

/** Makes a change of the site for a request, or only plans it as the request says. */
export async function changeSite(
  engine: Pick<Engine, 'change' | 'planChange'>,
  request: FastifyRequest,
  order: ChangeOrder,
  options: Omit<ChangeOptions, 'author' | 'from'> = {},
): Promise<ApplyResult | PlanResult> {
  const { check } = options;
  if (onlyPlans(request)) return engine.planChange(order, check === undefined ? {} : { check });
  return engine.change(order, { ...options, author: authorOf(request), from: originOf(request) });
}

/** Says in the header what the site is from now on. */
export function tagAnswer<T extends ApplyResult | PlanResult>(reply: FastifyReply, result: T): T {
  if ('revision' in result) void reply.header('etag', tagOfSite(result.revision));
  return result;
}
