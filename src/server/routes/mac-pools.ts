import { z } from 'zod';
import { type App, actorOf, type ServicesOf } from '../app.ts';
import { addList } from '../lists/add-list.ts';
import { wholeList } from '../lists/list-source.ts';
import {
  carveAnswerSchema,
  carveRequestSchema,
  giveBackAnswerSchema,
  poolCapacitySchema,
  poolMapQuerySchema,
  poolMapSchema,
  poolViewSchema,
} from '../schemas/macs.ts';
import { problemSchema } from '../schemas.ts';

const tags = ['macs'];
const params = z.object({ pool: z.string().min(1).max(255).describe('Name of a pool') });

/** How full pools are, and sub-pools. Pools themselves are objects of the site: /v1/pools. */
export function addMacPoolRoutes(app: App, services: ServicesOf): void {
  addList(app, {
    path: '/v1/macs/pools',
    tags,
    operationId: 'listPoolFills',
    summary: 'Pools and how full they are',
    item: poolViewSchema,
    read: async (_, request) => wholeList(await services(request).engine.macs.pools(), ({ name }) => name),
  });
  addList(app, {
    path: '/v1/macs/capacity',
    tags,
    operationId: 'listCapacity',
    summary: 'How full pools are, how they fill, and when they will be full',
    item: poolCapacitySchema,
    read: async (_, request) => wholeList(await services(request).engine.macs.capacity(), ({ pool }) => pool),
  });
  app.get(
    '/v1/macs/pools/:pool/map',
    {
      schema: {
        tags,
        operationId: 'mapPool',
        summary: 'Where in a pool, or a part of it, addresses are held, rest, are reserved and are free',
        params,
        querystring: poolMapQuerySchema,
        response: { 200: poolMapSchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.macs.map(request.params.pool, request.query),
  );
  app.post(
    '/v1/macs/pools/:pool/parts',
    {
      schema: {
        tags,
        summary: 'Carves a sub-pool out of a part that nobody else uses',
        params,
        body: carveRequestSchema,
        response: { 200: carveAnswerSchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.macs.carve(request.params.pool, request.body, actorOf(request)),
  );
  app.delete(
    '/v1/macs/pools/:pool',
    {
      schema: {
        tags,
        summary: 'Gives a pool back that the API made; refused while leases of it are held',
        params,
        response: { 200: giveBackAnswerSchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.macs.giveBack(request.params.pool, actorOf(request)),
  );
}
