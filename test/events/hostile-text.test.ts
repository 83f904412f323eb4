import assert from 'node:assert/strict';
import { test } from 'node:test';
import { observation, openStream } from './open-stream.ts';

test('whatever text guests make observers say, the journal is whole and an event is one line', async (t) => {
  const { stream, registry } = await openStream(t);
  const evil = 'a\r\nInjected: yes\0\u001b[2J<script>\ud800';
  const subject = { guest: evil, port: evil, owner: evil, object: evil };
  stream.publish(observation({ text: evil, seen: evil, expected: evil, done: evil, detail: evil, subject }));
  // A character of two halves, right where the text is cut.
  stream.publish(
    observation({ text: `${'x'.repeat(1_998)}😀😀`, seen: 'y'.repeat(10_000_000), subject: { guest: 'g2' } }),
  );
  await stream.flush();
  const { events } = await stream.list({}, { limit: 10 });
  assert.equal(events.length, 2);
  for (const event of events) {
    assert.doesNotMatch(JSON.stringify(event), /\\[rnu]/);
    assert.ok(JSON.stringify(event).length < 6_000);
  }
  await registry.note('apply', evil, Date.now(), { who: 'o\0p\ud800', from: 'x\0' });
  assert.deepEqual(await registry.audit.verify().then(({ whole, faults }) => ({ whole, faults })), {
    whole: true,
    faults: [],
  });
});
