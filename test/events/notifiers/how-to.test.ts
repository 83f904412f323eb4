import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseSite } from '../../../src/model/parse-site.ts';
import { freePort } from './child-server.ts';
import { alertMessage, notifier, openNotifiers, secretFile, temporaryDirectory, until } from './open-notifiers.ts';
import { startReceiver } from './receiver.ts';
import { startRsyslog, valuesOf } from './rsyslog.ts';

const page = (name: string): string =>
  readFileSync(new URL(`../../../docs/how-to/${name}.md`, import.meta.url), 'utf8');

/** What stands between ```language and ``` of a page. */
function blocksOf(name: string, language: string): string[] {
  return [...page(name).matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(
    ([, text]) => text as string,
  );
}

test('the site files of the pages about notifiers are right', () => {
  const rest = 'site: devlab\npools: [{name: default, range: 02:1a:3f:00:00:00/24}]\n';
  const blocks = ['send-alerts', 'send-the-journal'].flatMap((name) => blocksOf(name, 'yaml'));
  assert.ok(blocks.length >= 6);
  for (const block of blocks) {
    const { site } = parseSite(`${rest}${block}`);
    assert.ok((site.alerts?.notifiers.length ?? 0) > 0);
  }
});

test('the signature is verified as the page says, in Python and in a shell, and a forged body is not genuine', async (t) => {
  const directory = temporaryDirectory(t);
  const receiver = await startReceiver(t);
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const hook = notifier('hook', {
    kind: 'webhook',
    url: `http://127.0.0.1:${receiver.port}/`,
    secretFile: secretFile(directory, 'secret', `${secret}\n`),
  });
  const { notifiers } = await openNotifiers(t, directory, [hook]);
  await notifiers.deliver(alertMessage(1, { text: 'wéb “quoted”' }));
  const { headers, body } = await until('the request', () => receiver.received[0]);
  const [python] = blocksOf('send-alerts', 'python');
  const [shell] = blocksOf('send-alerts', 'sh');
  const file = join(directory, 'verify.py');
  writeFileSync(
    file,
    `import json, sys\n${python}\nprint(verify(*json.loads(sys.argv[1]), sys.stdin.buffer.read()))\n`,
  );
  for (const [text, genuine] of [
    [body, true],
    [body.replace('critical', 'info'), false],
  ] as const) {
    const answer = execFileSync('/usr/bin/python3', [file, JSON.stringify([secret, headers])], { input: text });
    assert.equal(String(answer).trim(), genuine ? 'True' : 'False');
    writeFileSync(join(directory, 'body.json'), text);
    const env = {
      PATH: process.env.PATH,
      secret,
      id: String(headers['webhook-id']),
      timestamp: String(headers['webhook-timestamp']),
      signature: String(headers['webhook-signature']),
    };
    const said = execFileSync('sh', ['-ec', shell as string], { cwd: directory, env });
    assert.equal(String(said).trim(), genuine ? 'genuine' : 'forged');
  }
});

test('the chain of the journal is checked where it arrives as the page says', async (t) => {
  const directory = temporaryDirectory(t);
  const tcp = await freePort();
  const server = await startRsyslog(t, { directory, tcp });
  const settings = {
    kind: 'syslog',
    server: '127.0.0.1',
    port: tcp,
    transport: 'tcp',
    audit: true,
    clear: false,
  } as const;
  const { registry } = await openNotifiers(t, directory, [notifier('siem', settings)]);
  const actor = { who: 'jürgen "the admin"', from: '2001:db8::1' };
  await registry.noteAll(['a', 'b', 'c'].map((text) => ({ kind: 'drift', text, at: Date.now(), actor })));
  const arrived = () => server.messages().filter(({ type }) => type === 'drift');
  await until('the entries', () => arrived().length === 3);
  const entries = server.messages().map(
    (message): Record<string, unknown> => ({
      ...valuesOf(message),
      at: Date.parse(message.time),
    }),
  );
  const [python] = blocksOf('send-the-journal', 'python');
  const file = join(directory, 'check.py');
  writeFileSync(file, `import sys\n${python}\ncheck(json.load(sys.stdin))\nprint("whole")\n`);
  const check = (list: readonly object[]): string => {
    try {
      const stdio = ['pipe', 'pipe', 'pipe'] as const;
      return String(
        execFileSync('/usr/bin/python3', [file], { input: JSON.stringify(list), stdio: [...stdio] }),
      ).trim();
    } catch (error) {
      return (
        String((error as { stderr: Buffer }).stderr)
          .trim()
          .split('\n')
          .at(-1) ?? ''
      );
    }
  };
  assert.equal(check(entries), 'whole');
  assert.match(check(entries.toSpliced(1, 1)), /entries are missing before/);
  assert.match(check(entries.with(1, { ...entries[1], who: 'mallory' })), /was changed/);
});
