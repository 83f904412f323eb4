import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { alertMessage, notifier, openNotifiers, temporaryDirectory, until } from './open-notifiers.ts';

function program(directory: string, name: string, text: string, mode = 0o755): string {
  const path = join(directory, name);
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, mode);
  return path;
}

test('a command gets the alert as JSON on its input and in its environment, and is run again when it fails', async (t) => {
  const directory = temporaryDirectory(t);
  const out = join(directory, 'out');
  const text = `[ -e ${out}.tried ] || { touch ${out}.tried; echo "gateway of short messages is away" >&2; exit 75; }
cat > ${out}.json
env | grep ^BRIDGEKEEPER_ | sort > ${out}.env`;
  const pager = notifier('pager', { kind: 'command', program: program(directory, 'pager', text) });
  const { notifiers, log } = await openNotifiers(t, directory, [pager]);
  await notifiers.deliver(alertMessage(3, { text: 'two\nlines; $(touch /tmp/never) `id`' }));
  await until('the second run', () => notifiers.views()[0]?.sent === 1);
  assert.ok(existsSync(`${out}.tried`));
  assert.match(log.join('\n'), /failed with exit status 75: gateway of short messages is away/);
  const body = JSON.parse(readFileSync(`${out}.json`, 'utf8'));
  assert.equal(body.data.alert.text, 'two lines; $(touch /tmp/never) `id`');
  const environment = readFileSync(`${out}.env`, 'utf8');
  for (const line of [
    'TYPE=alert.fires',
    'SEVERITY=critical',
    'GUEST=web3',
    'OWNER=team-a',
    'ALERT=3',
    `ID=${body.data.id}`,
  ])
    assert.match(environment, new RegExp(`^BRIDGEKEEPER_${line}$`, 'm'));
});

test('a program that others may change, that is not there, or that prints without end is refused', async (t) => {
  const directory = temporaryDirectory(t);
  const all = [
    notifier('writable', { kind: 'command', program: program(directory, 'writable', 'true', 0o777) }),
    notifier('missing', { kind: 'command', program: join(directory, 'missing') }),
    notifier('loud', { kind: 'command', program: program(directory, 'loud', 'yes') }),
  ];
  const { notifiers } = await openNotifiers(t, directory, all);
  assert.match(
    (await notifiers.test('writable')).text,
    /program ".*" can be changed by others than root \(owner \d+, mode 777\)/,
  );
  assert.match((await notifiers.test('missing')).text, /program ".*missing" cannot be run: there is no such file/);
  assert.match((await notifiers.test('loud')).text, /printed more than 65536 bytes and was killed/);
});
