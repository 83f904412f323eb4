import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Site } from '../../src/model/site.ts';
import { defaultWatch } from '../../src/model/watch-schema.ts';
import { CertificateObserver } from '../../src/observers/certificates.ts';
import { watched } from './watched.ts';

const day = 86_400;
let directory = '';
before(() => {
  directory = mkdtempSync(join(tmpdir(), 'bk-certificates-'));
});
after(() => rmSync(directory, { recursive: true, force: true }));

/** A certificate that holds for so many days from now, made by openssl. */
function certificate(name: string, days: number, ...more: string[]): string {
  const path = join(directory, name);
  const key = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    '/dev/null',
  ];
  execFileSync('openssl', [...key, '-subj', `/CN=${name}`, '-days', String(days), '-out', path, ...more], {
    stdio: 'ignore',
  });
  return path;
}

function watching(...certificates: string[]) {
  const world = watched();
  world.time.now = Date.now();
  const watch = (paths: readonly string[]): void => {
    world.site = { watch: { ...defaultWatch, certificates: paths } } as Site;
  };
  watch(certificates);
  return { ...world, world, watch, observer: new CertificateObserver(world.parts) };
}

test('the time until a certificate expires is read, of several in a file the first to expire', async () => {
  const long = certificate('long.pem', 400);
  const short = certificate('short.pem', 20);
  const both = join(directory, 'both.pem');
  writeFileSync(both, readFileSync(long, 'utf8') + readFileSync(short, 'utf8'));
  const der = certificate('der', 60, '-outform', 'DER');
  const { observer, readings, world } = watching(long, both, der);
  await observer.look();
  assert.deepEqual(
    readings.map(({ subject, value }) => [subject.object, Math.round(value / day)]),
    [
      [long, 400],
      [both, 20],
      [der, 60],
    ],
  );
  assert.match(readings[1]?.seen ?? '', /^CN=short\.pem: valid until 20/);
  assert.deepEqual(world.take(), []);
});

test('a certificate that was replaced is read again, one that expired is an event until then', async () => {
  const path = certificate('web.pem', 1);
  const { observer, readings, world } = watching(path);
  await observer.look();
  world.time.now += 2 * day * 1000;
  await observer.look();
  assert.ok((readings.at(-1)?.value ?? 0) < 0);
  assert.match(world.take().join(), /^certificate ".*web\.pem" has expired at /);
  await observer.look();
  assert.deepEqual(world.take(), [], 'said once');
  certificate('web.pem', 90);
  await observer.look();
  assert.match(world.take().join(), /^over: certificate ".*web\.pem" is well again$/);
});

test('a file that is not there, is no certificate or is none to be waited for is an event that says why', async () => {
  const missing = join(directory, 'missing.pem');
  const text = join(directory, 'text.pem');
  writeFileSync(text, 'hello\n');
  const pipe = join(directory, 'pipe.pem');
  execFileSync('mkfifo', [pipe]);
  const { observer, readings, world, watch } = watching(missing, text, pipe, directory);
  await observer.look();
  // As good as expired, so that rules see it.
  assert.deepEqual(
    readings.map(({ subject, value }) => [subject.object, value]),
    [missing, text, pipe, directory].map((path) => [path, 0]),
  );
  const [first, second, third, fourth] = world.take();
  assert.match(first ?? '', /missing\.pem" cannot be read: there is no such file$/);
  assert.match(second ?? '', /text\.pem" cannot be read: it holds no certificate/);
  assert.match(third ?? '', /pipe\.pem" cannot be read: it is no file/);
  assert.match(fourth ?? '', /it is no file/);
  chmodSync(text, 0o600);
  watch([text]);
  await observer.look();
  assert.deepEqual(
    world.take().map((one) => one.slice(0, 18)),
    ['over: certificate ', 'over: certificate ', 'over: certificate '],
  );
});

test('what an earlier process told is over when it is', async () => {
  const path = certificate('adopted.pem', 30);
  const { observer, world } = watching(path);
  const told = { kind: 'certificate', severity: 'critical', subject: { object: path }, detail: 'certificate' } as const;
  world.lasting = [{ ...told, id: 7, text: 'unreadable', at: 1, last: 1, count: 1, state: 'lasting' }];
  observer.start();
  await observer.close();
  await observer.look();
  assert.match(world.take().join(), /^unreadable,over: .*well again$/);
});
