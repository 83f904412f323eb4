import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createRecorder } from '../../src/observers/recorder/create-recorder.ts';
import { RecordingObserver } from '../../src/observers/recording.ts';
import { openKeeper, temporaryDirectory } from '../events/alerts/open-keeper.ts';
import { until, watched } from './watched.ts';

const minute = 60_000;

test('that sessions are not recorded is an alert for as long as it is so, also over a restart of the daemon', async (t) => {
  const directory = temporaryDirectory(t);
  // A file where the log's directory should be.
  const sessions = join(directory, 'sessions');
  writeFileSync(sessions, '');
  const recorder = createRecorder({ directory: sessions, onEvent: () => {} });
  t.after(() => recorder.close());
  const settings = { keepDays: 1, mostBytes: 1e9, site: { guests: ['10.0.0.0/16'], host: ['10.0.0.1'] } };
  await recorder.configure({ mode: 'full', ...settings });
  await until('the failure', async () => ((await recorder.status()).lastError === undefined ? undefined : true));

  const first = await openKeeper(t, { directory });
  const watch = ({ stream, clock }: typeof first) =>
    new RecordingObserver({ ...watched().parts, clock, events: stream }, recorder);
  const alertsOf = async ({ firing }: typeof first) =>
    (await firing()).map(({ rule, severity, text }) => `${rule} ${severity} ${text.split(':')[0]}`);
  const expected = ['session-log critical sessions are not recorded'];
  await watch(first).look();
  await first.pass(30 * minute);
  assert.deepEqual(await alertsOf(first), expected);
  await first.kill();

  const second = await openKeeper(t, { directory, clock: first.clock });
  const observer = watch(second);
  observer.start();
  t.after(() => observer.close());
  await observer.look();
  await second.pass(30 * minute);
  assert.deepEqual(await alertsOf(second), expected);
  await recorder.configure({ mode: 'off', ...settings });
  await observer.look();
  await second.pass(2 * minute);
  assert.deepEqual(await alertsOf(second), []);
});
