import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alertMessage, notifier, openNotifiers, secretFile, temporaryDirectory, until } from './open-notifiers.ts';
import { startReceiver } from './receiver.ts';

test('a Slack-compatible webhook gets the text, whose names mention nobody, and its URL is never shown', async (t) => {
  const directory = temporaryDirectory(t);
  const receiver = await startReceiver(t, {
    answer: ({ path }, response, count) => response.writeHead(count === 1 ? 200 : 404).end(`no_service at ${path}`),
  });
  const urlFile = secretFile(directory, 'url', `http://127.0.0.1:${receiver.port}/services/T00/B00/XXXXXXXX\n`);
  const { notifiers, log } = await openNotifiers(t, directory, [
    notifier('chat', { kind: 'chat', form: 'slack', urlFile }),
  ]);
  await notifiers.deliver(alertMessage(1, { text: 'guest "<!channel>" & @here is loud\nnew line' }));
  const { body, path } = await until('the text', () => receiver.received[0]);
  assert.equal(path, '/services/T00/B00/XXXXXXXX');
  const { text } = JSON.parse(body) as { text: string };
  assert.match(text, /^CRITICAL: guest "&lt;!channel&gt;" &amp; @\u200bhere is loud new line\n/);
  assert.match(text, /Rule: {5}violation/);
  await notifiers.deliver(alertMessage(2));
  await until('the refusal', () => notifiers.views()[0]?.trouble);
  assert.doesNotMatch(JSON.stringify([log, notifiers.views()]), /XXXXXXXX/);
});

/** What a home server does with a message: the same transaction of the same token again is the same event. */
function createRoom(token: string) {
  const events = new Map<string, string>();
  let limited = 0;
  return {
    events,
    get limited() {
      return limited;
    },
    answer: (
      {
        method,
        path,
        headers,
        body,
      }: { method: string; path: string; headers: { authorization?: string | undefined }; body: string },
      response: import('node:http').ServerResponse,
      count: number,
    ): void => {
      const json = (status: number, value: object) =>
        response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
      const [, room, transaction] =
        /^\/_matrix\/client\/v3\/rooms\/([^/]+)\/send\/m\.room\.message\/([^/]+)$/.exec(path) ?? [];
      if (headers.authorization !== `Bearer ${token}`) {
        json(401, { errcode: 'M_UNKNOWN_TOKEN', error: `Invalid access token passed: ${headers.authorization}` });
      } else if (
        method !== 'PUT' ||
        decodeURIComponent(room ?? '') !== '!ops:example.org' ||
        transaction === undefined
      ) {
        json(404, { errcode: 'M_UNRECOGNIZED' });
      } else if (count === 1) {
        limited++;
        json(429, { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 300 });
      } else {
        const known = events.has(transaction);
        if (!known) events.set(transaction, body);
        // Taken, but the answer is lost: who sends has to try again.
        if (events.size === 1 && !known) response.destroy();
        else json(200, { event_id: `$${transaction}` });
      }
    },
  };
}

test('a Matrix room gets each message once, also when it was limited and when an answer was lost', async (t) => {
  const directory = temporaryDirectory(t);
  const room = createRoom('syt_secret_token');
  const receiver = await startReceiver(t, { answer: room.answer });
  const tokenFile = secretFile(directory, 'token', 'syt_secret_token\n');
  const chat = {
    kind: 'chat',
    form: 'matrix',
    url: `http://127.0.0.1:${receiver.port}/`,
    room: '!ops:example.org',
    tokenFile,
  } as const;
  const { notifiers, log } = await openNotifiers(t, directory, [notifier('room', chat)]);
  await notifiers.deliver(alertMessage(1));
  await notifiers.deliver(alertMessage(1, {}, 'over'));
  await until('both', () => notifiers.views()[0]?.sent === 2);
  assert.equal(room.limited, 1);
  assert.equal(receiver.received.length, 4);
  const texts = [...room.events.values()].map((body) => JSON.parse(body) as { msgtype: string; body: string });
  assert.deepEqual(
    texts.map(({ body }) => body.split(':')[0]),
    ['CRITICAL', 'Over'],
  );
  assert.ok(texts.every(({ msgtype }) => msgtype === 'm.text'));
  secretFile(directory, 'token', 'syt_other_token\n');
  const { ok, text } = await notifiers.test('room');
  assert.equal(ok, false);
  assert.match(text, /answered 401: .*Invalid access token passed: Bearer …/);
  assert.doesNotMatch(JSON.stringify([log, notifiers.views()]), /syt_/);
});

test('an access token does not leave the host in clear', async (t) => {
  const directory = temporaryDirectory(t);
  const tokenFile = secretFile(directory, 'token', 'syt_secret_token\n');
  const chat = { kind: 'chat', form: 'matrix', url: 'http://192.0.2.1', room: '!ops:example.org', tokenFile } as const;
  const { notifiers } = await openNotifiers(t, directory, [notifier('room', chat)]);
  assert.match((await notifiers.test('room')).text, /the access token would go to "192\.0\.2\.1" in clear/);
});

test('people are told of a flood in one message, the worst first, and of single alerts one by one', async (t) => {
  const directory = temporaryDirectory(t);
  const receiver = await startReceiver(t);
  const url = `http://127.0.0.1:${receiver.port}/`;
  const chat = notifier('chat', { kind: 'chat', form: 'slack', url });
  const hook = notifier('hook', { kind: 'webhook', url: `${url}hook` });
  const { notifiers } = await openNotifiers(t, directory, [chat, hook], { minute: 5_000, perMinute: 5 });
  await notifiers.deliver(alertMessage(1));
  await until('the single one', () => notifiers.views()[0]?.sent === 1);
  const flood = Array.from({ length: 400 }, (_, n) =>
    alertMessage(n + 2, { severity: n === 300 ? 'critical' : 'warning' }),
  );
  await Promise.all(flood.map((message) => notifiers.deliver(message)));
  await until('all of it', () => notifiers.views().every(({ sent }) => sent === 401));
  const texts = receiver.received.filter(({ path }) => path === '/').map(({ body }) => JSON.parse(body).text as string);
  assert.ok(texts.length <= 10, `${texts.length} messages`);
  const digest = texts.find((text) => text.includes('alerts: 1 critical')) ?? '';
  assert.match(
    digest,
    /^\d+ alerts: 1 critical, \d+ warning from devlab on .*\nBy rule: violation \d+\n\n- CRITICAL: port "vnet302"/,
  );
  assert.match(digest, /- and \d+ more: bridgekeeper alerts$/);
  assert.equal(receiver.received.filter(({ path }) => path === '/hook').length, 401);
});
