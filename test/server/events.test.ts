import assert from 'node:assert/strict';
import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import type { Client } from '../../src/client/client.ts';
import { createClient } from '../../src/client/connect.ts';
import type { BridgekeeperEvent } from '../../src/client/events.ts';
import { createNoneDriver } from '../../src/drivers/none/none-driver.ts';
import { createEventStream, type StartedStream } from '../../src/events/event-stream.ts';
import type { Observation } from '../../src/model/event.ts';
import { createEngine } from '../../src/reconciler/engine.ts';
import { openSqliteRegistry } from '../../src/registry/sqlite/open.ts';
import { eventFrames } from '../../src/server/event-frames.ts';
import { listenOnSocket } from '../../src/server/listen-on-socket.ts';
import { eventSchema } from '../../src/server/schemas/events.ts';
import { createServer } from '../../src/server/server.ts';
import { systemClock } from '../../src/system/clock.ts';
import { observation, type Scope, scratch, until } from '../events/open-stream.ts';
import { answerOf, rejectsWith } from './answers.ts';
import { sendRequest } from './raw-request.ts';

interface OpenServer {
  readonly stream: StartedStream;
  readonly socket: string;
  readonly client: Client;
  readonly directory: string;
  close(): Promise<void>;
}

/** Registry, engine and API in this process, with the stream that they tell of. */
async function openServer(scope: Scope, directory = scratch(scope)): Promise<OpenServer> {
  const quiet = { info: () => {}, warn: () => {}, error: () => {} };
  const registry = await openSqliteRegistry({ directory, now: Date.now });
  const stream = createEventStream({ registry, clock: systemClock, log: quiet });
  const parts = { registry, driver: createNoneDriver(), clock: systemClock, log: quiet, events: stream };
  const engine = await createEngine(parts);
  const server = await createServer(engine, { objects: () => registry.objects() } as Parameters<
    typeof createServer
  >[1]);
  const socket = join(directory, 'socket');
  await listenOnSocket(server, socket);
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= server.close().then(() => engine.close());
    return closed;
  };
  scope.after(close);
  return { stream, socket, client: createClient({ socket }), directory, close };
}

/** Of a kind that no rule makes alerts of: these would be events, too. */
const plain = (detail: string, more: Partial<Observation> = {}): Observation =>
  observation({ kind: 'isolation', detail, ...more });

/** A reader of Server-Sent Events who keeps what came as text. */
function listen(socketPath: string, path: string, headers = {}) {
  let text = '';
  let ended = false;
  const call = get({ socketPath, path, headers, agent: false }, (response: IncomingMessage) => {
    response.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    response.on('close', () => {
      ended = true;
    });
  });
  call.on('error', () => {
    ended = true;
  });
  return {
    text: () => text,
    ended: () => ended,
    end: () => call.destroy(),
    ids: () => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id)),
    events: () =>
      [...text.matchAll(/^data: (.*)$/gm)].map(([, json]) => JSON.parse(json as string) as BridgekeeperEvent),
  };
}

const eventPageSchema = z.object({ events: z.array(eventSchema), next: z.string().exactOptional() });

test('events are listed in pages, as the OpenAPI document says', async (t) => {
  const { client, stream } = await openServer(t);
  assert.deepEqual(await answerOf(client.events.list(), eventPageSchema), { events: [] });
  for (let n = 0; n < 5; n++)
    stream.publish(
      observation({ detail: `${n}`, seen: '02:1a:3f:00:00:07', who: 'ada', from: 'here', at: Date.now() }),
    );
  stream.publish(observation({ kind: 'link', severity: 'info', subject: {}, at: Date.now(), lasts: 'begins' }));
  await stream.flush();
  const first = await answerOf(client.events.list({ kinds: ['violation', 'drift'] }, { limit: 3 }), eventPageSchema);
  const { next } = first;
  assert.ok(next);
  const second = await answerOf(
    client.events.list({ kinds: ['violation'] }, { limit: 3, after: next }),
    eventPageSchema,
  );
  assert.deepEqual(
    [...first.events, ...second.events].map(({ detail }) => detail),
    ['4', '3', '2', '1', '0'],
  );
  assert.deepEqual(
    [first.events[0]?.who, first.events[0]?.from, first.events[0]?.seen],
    ['ada', 'here', '02:1a:3f:00:00:07'],
  );
  const lasting = await client.events.list({ lasting: true, atLeast: 'info', kinds: ['link'] });
  assert.deepEqual(
    lasting.events.map(({ kind }) => kind),
    ['link'],
  );
  assert.deepEqual((await client.events.list({ owner: 'nobody' })).events, []);
});

test('what cannot be meant is refused', async (t) => {
  const { socket, client } = await openServer(t);
  for (const [query, pattern] of [
    ['?kind=nonsense', /kind/],
    ['?limit=1001', /limit/],
    ['?severity=bad', /severity/],
    ['?color=red', /color/],
    ['/stream?after=-1', /after/],
  ] as const) {
    const { status, text } = await sendRequest(socket, 'GET', `/v1/events${query}`);
    assert.equal(status, 400, query);
    assert.match(JSON.parse(text).detail, pattern);
  }
  const headers = { 'last-event-id': 'x' };
  const { status, text } = await sendRequest(socket, 'GET', '/v1/events/stream', { headers });
  assert.equal(status, 400);
  assert.match(JSON.parse(text).detail, /Last-Event-ID "x".*expected a whole number/);
  await assert.rejects(
    async () => {
      for await (const _ of createClient({ socket: `${socket}-none` }).events.follow());
    },
    rejectsWith('daemon-unreachable', /no such socket/),
  );
  assert.ok(client);
});

test('the stream tells what comes, and Last-Event-ID goes on where a connection was cut', async (t) => {
  const { stream, socket } = await openServer(t);
  const first = listen(socket, '/v1/events/stream?kind=isolation&severity=warning');
  await until('the stream answers', () => (first.text().startsWith('retry: ') ? true : undefined));
  stream.publish(plain('a'));
  stream.publish(plain('quiet', { severity: 'info' }));
  stream.publish(plain('b'));
  await until('two events', () => (first.events().length === 2 ? true : undefined));
  for (const event of first.events()) eventSchema.strict().parse(event);
  assert.match(first.text(), /\n\nid: 1\nevent: isolation\ndata: \{.*\}\n\nid: 3\n/);
  first.end();
  for (const detail of ['c', 'd']) stream.publish(plain(detail));
  await stream.flush();
  const headers = { 'last-event-id': String(first.ids().at(-1)) };
  const next = listen(socket, '/v1/events/stream?kind=isolation&severity=warning', headers);
  await until('what was missed', () => (next.events().length === 2 ? true : undefined));
  stream.publish(plain('e'));
  await until('what comes', () => (next.events().length === 3 ? true : undefined));
  assert.deepEqual(
    [...first.events(), ...next.events()].map(({ detail }) => detail),
    ['a', 'b', 'c', 'd', 'e'],
  );
  next.end();
});

test('a daemon that is ended ends its readers; a client goes on with the next daemon without a gap', async (t) => {
  const before = await openServer(t);
  const raw = listen(before.socket, '/v1/events/stream?kind=isolation');
  await until('the stream answers', () => (raw.text() === '' ? undefined : true));
  const ends = new AbortController();
  t.after(() => ends.abort());
  const got: (string | undefined)[] = [];
  const reading = (async () => {
    for await (const { detail } of before.client.events.follow({ kinds: ['isolation'] }, 0, ends.signal))
      got.push(detail);
  })();
  before.stream.publish(plain('a'));
  await until('the first event', () => (got.length === 1 && raw.events().length === 1 ? true : undefined));
  await before.close();
  await until('the reader is cut off', () => (raw.ended() ? true : undefined));
  const after = await openServer(t, before.directory);
  after.stream.publish(plain('b'));
  await until('the next event', () => (got.length >= 2 ? true : undefined));
  assert.deepEqual(got, ['a', 'b']);
  ends.abort();
  await reading;
});

test('a reader who takes nothing costs bounded memory and hinders nobody', async (t) => {
  const { stream, socket } = await openServer(t);
  const stuck = connect(socket);
  stuck.write('GET /v1/events/stream?kind=isolation HTTP/1.1\r\nHost: x\r\n\r\n');
  stuck.pause();
  const other = listen(socket, '/v1/events/stream?kind=isolation');
  await until('the other reader', () => (other.text() === '' ? undefined : true));
  const rest = 'x'.repeat(450);
  for (let n = 0; n < 20_000; n++) {
    stream.publish(plain(`${n}`, { seen: rest, expected: rest, done: rest }));
    if (n % 2_000 === 0) await stream.flush();
  }
  await stream.flush();
  await until('the other reader has all', () => (new Set(other.ids()).size === 20_000 ? true : undefined));
  stuck.destroy();
  other.end();
});

test('silence is broken by a comment, and an event is told in between', async () => {
  const first = Promise.withResolvers<void>();
  const event = { id: 7, position: 9, kind: 'link' } as never;
  const events = (async function* () {
    await first.promise;
    yield event;
  })();
  const got: string[] = [];
  for await (const frame of eventFrames(events, 20)) {
    got.push(String(frame));
    if (got.length === 3) first.resolve();
  }
  assert.deepEqual(got.slice(0, 3), ['retry: 1000\n\n', ': still here\n\n', ': still here\n\n']);
  assert.equal(got.at(-1), 'id: 9\nevent: link\ndata: {"id":7,"kind":"link"}\n\n');
});
