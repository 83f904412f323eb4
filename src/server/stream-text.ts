import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

/**
 * Answers with text that comes piece by piece; memory holds one of them. What goes wrong before the first piece is
 * still answered as a problem; what goes wrong later ends the connection.
 */
export async function streamText(reply: FastifyReply, type: string, pieces: AsyncIterable<string>): Promise<never> {
  const rest = pieces[Symbol.asyncIterator]();
  const first = await rest.next();
  const all = async function* (): AsyncGenerator<string> {
    if (!first.done) yield first.value;
    yield* { [Symbol.asyncIterator]: () => rest };
  };
  return reply
    .type(type)
    .serializer((value: unknown) => value as string)
    .send(Readable.from(all(), { objectMode: false })) as never;
}
