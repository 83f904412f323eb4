import assert from 'node:assert/strict';
import { get, type IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { until } from '../../events/open-stream.ts';
import { startTwoTenants } from './two-tenants.ts';

interface Stream {
  readonly status: number | undefined;
  text(): string;
  end(): void;
}

function follow(socketPath: string, token: string): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    const call = get(
      { socketPath, path: '/v1/events/stream?after=0', headers, agent: false },
      (answer: IncomingMessage) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        // One that the test ends itself.
        answer.on('error', () => undefined);
        resolve({ status: answer.statusCode, text: () => text, end: () => call.destroy() });
      },
    );
    call.on('error', reject);
  });
}

test('one tenant cannot take all places of those who follow the events', async (t) => {
  const { daemon, aster, birch } = await startTwoTenants(t);
  const own = await follow(daemon.socket, aster.token);
  assert.equal(own.status, 200);
  const others: Stream[] = [];
  for (let reader = 1; reader < 200; reader++) others.push(await follow(daemon.socket, aster.token));
  assert.deepEqual([...new Set(others.map(({ status }) => status))], [200]);
  const refused = await follow(daemon.socket, aster.token);
  await until('the refusal has come', () => refused.text().endsWith('}'));
  assert.equal(refused.status, 429);
  assert.match(refused.text(), /200 readers of yours follow the events already/);
  const neighbour = await follow(daemon.socket, birch.token);
  assert.equal(neighbour.status, 200);
  for (const stream of [own, neighbour, ...others]) stream.end();
});
