import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { daemonOfSuite } from '../daemon/test-daemon.ts';
import { rejectsWith } from './answers.ts';
import { sendRequest } from './raw-request.ts';

describe('explain of a daemon that is a registry alone', { concurrency: false }, () => {
  const daemon = daemonOfSuite();

  test('there is no gateway that a packet could take a way through', async () => {
    const question = { from: 'web1', to: 'world:80' };
    await assert.rejects(daemon().client.explain.explain(question), rejectsWith('unsupported', /no gateway here/));
    await assert.rejects(daemon().client.explain.live(question), rejectsWith('unsupported', /no gateway here/));
  });

  test('malformed questions are refused before anything is looked at', async () => {
    const bad: [string, object][] = [
      ['/v1/explain', {}],
      ['/v1/explain', { from: 'web1' }],
      ['/v1/explain', { from: 'web1', to: 'x'.repeat(129) }],
      ['/v1/explain', { from: 'web1', to: 'world', protocol: 'sctp' }],
      ['/v1/explain', { from: 'web1', to: 'world', family: 5 }],
      ['/v1/explain', { from: 'web1', to: 'world', seconds: 5 }],
      ['/v1/explain/live', { from: 'web1', to: 'world', seconds: 0 }],
      ['/v1/explain/live', { from: 'web1', to: 'world', seconds: 301 }],
      ['/v1/explain/live', { from: 'web1', to: 'world', packets: 101 }],
    ];
    for (const [path, body] of bad) {
      const answer = await sendRequest(daemon().socket, 'POST', path, { body: JSON.stringify(body) });
      assert.equal(answer.status, 400, `${path} ${JSON.stringify(body)}: ${answer.text}`);
    }
  });
});
