import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { BridgekeeperEvent } from '../../src/model/event.ts';
import { noon, type OpenStream, observation, openStream, scratch, until } from './open-stream.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

async function everything({ stream }: OpenStream): Promise<BridgekeeperEvent[]> {
  const all: BridgekeeperEvent[] = [];
  for (let before: number | undefined; ; ) {
    const { events, next } = await stream.list({}, { limit: 1000, ...(before === undefined ? {} : { before }) });
    all.push(...events);
    if (next === undefined) return all.reverse();
    before = next;
  }
}

const counted = (events: readonly BridgekeeperEvent[]): number => events.reduce((sum, { count }) => sum + count, 0);

test('a million different things at once take bounded memory, and each is counted', async (t) => {
  const open = await openStream(t);
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let n = 0; n < 1_000_000; n++) {
    const subject = { port: `tap${n}`, segment: n % 2 ? 'dev' : 'prod' };
    open.stream.publish(observation({ subject, detail: `${n}`, ...(n % 3 === 0 ? { lasts: 'begins' } : {}) }));
  }
  collectGarbage();
  const grown = (process.memoryUsage().heapUsed - before) / 1e6;
  assert.ok(grown < 100, `${grown.toFixed()} MB more`);
  await open.stream.flush();
  const events = await everything(open);
  assert.ok(events.length < 20_000, `${events.length} events`);
  const folded = events.filter(({ detail }) => detail === 'folded');
  assert.deepEqual(folded.map(({ subject }) => subject.segment).sort(), ['dev', 'prod']);
  assert.equal(counted(events), 1_000_000);
  assert.match(
    folded[0]?.text ?? '',
    /more different events of kind "violation" in segment "\w+" come than can be told/,
  );
});

test('a million times the same is one event, and costs little', async (t) => {
  const { stream, registry } = await openStream(t);
  const before = process.cpuUsage();
  for (let n = 0; n < 1_000_000; n++) stream.publish(observation({ seen: `02:00:00:00:00:0${n % 10}` }));
  const { user } = process.cpuUsage(before);
  await stream.flush();
  assert.equal((await registry.journal(10)).length, 1);
  assert.equal((await stream.list({}, { limit: 1 })).events[0]?.count, 1_000_000);
  t.diagnostic(`${(user / 1e6).toFixed(2)} µs each`);
});

test('different events that come for good are told one by one as long as the allowance lasts, then together', async (t) => {
  const open = await openStream(t, { allowance: { burst: 100, perSecond: 10 } });
  const publish = (from: number, to: number): void => {
    for (let n = from; n < to; n++) open.stream.publish(observation({ kind: 'mac', detail: `${n}` }));
  };
  publish(0, 1000);
  await open.stream.flush();
  let events = await everything(open);
  assert.equal(events.length, 101);
  assert.equal(counted(events), 1000);
  open.clock.pass(2_000);
  publish(1000, 1050);
  await open.stream.flush();
  events = await everything(open);
  assert.equal(events.length, 121);
  assert.equal(counted(events), 1050);
});

/** Lets every entry fail as on a full disk, until it is called back. */
function fillDisk(directory: string): () => void {
  const run = (sql: string): void => {
    const database = new DatabaseSync(join(directory, 'registry.sqlite'), { timeout: 5000 });
    database.exec(sql);
    database.close();
  };
  run(`create trigger no_room before insert on journal begin select raise(abort, 'no room on the disk'); end`);
  return () => run('drop trigger no_room');
}

test('while the journal cannot be written, events wait in bounded memory, are told all the same, and come in their order', async (t) => {
  const open = await openStream(t, { mostWaiting: 50 });
  const { stream, log, clock } = open;
  const told: BridgekeeperEvent[] = [];
  stream.listen((event) => told.push(event));
  const makeRoom = fillDisk(open.directory);
  stream.publish(observation({ kind: 'drift', subject: {} }));
  await assert.rejects(stream.flush(), { code: 'registry-failed' });
  assert.deepEqual(log, ['the journal cannot be written: events wait']);
  for (let n = 0; n < 1000; n++) stream.publish(observation({ detail: `${n}`, lasts: 'begins' }));
  await assert.rejects(stream.flush(), { code: 'registry-failed' });
  assert.equal(log.length, 1, 'told once');
  assert.deepEqual(
    told.slice(0, 2).map(({ id, kind, text }) => [id, kind, /no room on the disk/.test(text)]),
    [
      [0, 'drift', false],
      [0, 'service', true],
    ],
  );
  assert.equal(told.filter(({ kind }) => kind === 'violation').length, 50 - 2 + 1);
  assert.deepEqual((await stream.list({}, { limit: 10 })).events, []);
  assert.ok(stream.lasting().some(({ subject }) => subject.service === 'journal'));
  makeRoom();
  await until('the journal is written', () =>
    stream.flush().then(
      () => true,
      () => undefined,
    ),
  );
  await stream.flush();
  const events = await everything(open);
  assert.deepEqual(
    events.slice(0, 3).map(({ kind, detail, state }) => `${kind} ${detail} ${state}`),
    ['drift spoofed_mac once', 'service undefined over', 'violation 0 lasting'],
  );
  assert.equal(counted(events), 1002, 'nothing is lost: what there was no room for is counted together');
  assert.ok(told.at(-1)?.id, 'with its place in the journal');
  clock.pass(1);
  assert.equal((await open.registry.audit.verify()).whole, true);
});

test('a stream that ends while the journal cannot be written says how many events are lost', async (t) => {
  const open = await openStream(t);
  fillDisk(open.directory);
  for (let n = 0; n < 10; n++) open.stream.publish(observation({ detail: `${n}` }));
  await open.close();
  assert.equal(open.log.at(-1), 'the journal cannot be written: events are lost');
});

test('what the journal held when the process was killed is there, in its order, once, and the chain is whole', async (t) => {
  const directory = scratch(t);
  for (let round = 0; round < 3; round++) {
    const script = fileURLToPath(new URL('publish-until-killed.ts', import.meta.url));
    const child = spawn(
      process.execPath,
      [...process.execArgv.filter((arg) => !arg.startsWith('--test')), script, directory],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      out += part;
    });
    await until('some are written', () => (out.split('\n').length > 3 + round ? true : undefined));
    child.kill('SIGKILL');
    await once(child, 'close');
    const sure = Number(out.trim().split('\n').at(-1));
    const open = await openStream(t, { directory });
    const events = (await everything(open)).filter(({ subject }) => subject.port !== undefined);
    const numbers = events.map(({ text }) => Number(text.slice('port '.length)));
    const last = numbers.lastIndexOf(0);
    const own = numbers.slice(last);
    assert.ok(own.length >= sure, `round ${round}: ${own.length} of ${sure}`);
    // Ports that lasted go on from the daemon before: these are no new events.
    assert.deepEqual(
      own,
      [...own].sort((a, b) => a - b),
    );
    assert.equal(new Set(own).size, own.length);
    assert.equal((await open.registry.audit.verify()).whole, true);
    for (const event of open.stream.lasting()) open.stream.publish({ ...event, lasts: 'over', at: noon });
    await open.close();
  }
});
