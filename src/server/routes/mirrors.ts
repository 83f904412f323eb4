import { Readable } from 'node:stream';
import { z } from 'zod';
import { type App, actorOf, type ServicesOf } from '../app.ts';
import { addList } from '../lists/add-list.ts';
import { wholeList } from '../lists/list-source.ts';
import { refuseBehindAnother } from '../refuse-behind-another.ts';
import { captureOrderSchema, mirrorIdSchema, mirrorRequestSchema, mirrorSchema } from '../schemas/mirrors.ts';
import { problemSchema } from '../schemas.ts';

const tags = ['mirrors'];

export function addMirrorRoutes(app: App, services: ServicesOf): void {
  addList(app, {
    path: '/v1/mirrors',
    tags,
    operationId: 'listMirrors',
    summary: 'Mirrors that run, the oldest first',
    item: mirrorSchema,
    read: async (_, request) => wholeList(await services(request).engine.mirrors.list(), (mirror) => String(mirror.id)),
  });
  app.post(
    '/v1/mirrors',
    {
      schema: {
        tags,
        summary: 'Copies frames of a NIC to an interface of the host or to a collector',
        body: mirrorRequestSchema,
        response: { 200: mirrorSchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.mirrors.start(request.body, actorOf(request)),
  );
  app.delete(
    '/v1/mirrors/:id',
    {
      schema: {
        tags,
        summary: 'Ends a mirror and answers what it was',
        params: mirrorIdSchema,
        response: { 200: mirrorSchema, default: problemSchema },
      },
    },
    (request) => services(request).engine.mirrors.stop(request.params.id, actorOf(request)),
  );
  app.post(
    '/v1/captures',
    {
      schema: {
        tags,
        summary:
          'Frames of a NIC as a pcap file while they pass; ends with its bounds, or when the reader closes the connection',
        body: captureOrderSchema,
        response: {
          200: z.string().describe('pcap file; the trailer `Bridgekeeper-Capture` has the frames passed and skipped'),
          default: problemSchema,
        },
      },
    },
    async (request, reply) => {
      refuseBehindAnother(reply);
      const { pcap, end, stop } = await services(request).engine.mirrors.capture(request.body, actorOf(request));
      reply.trailer('bridgekeeper-capture', async () => {
        const { packets, skipped } = await end;
        return `packets=${packets}, skipped=${skipped}`;
      });
      // Who reads is gone, although no frame comes that would tell.
      reply.raw.once('close', stop);
      const body = Readable.from(pcap, { objectMode: false });
      return reply.type('application/vnd.tcpdump.pcap').send(body as never);
    },
  );
}
