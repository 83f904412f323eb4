import { equal, match, ok, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { isAppError } from '../../src/errors/app-error.ts';
import { runCommand } from '../../src/system/run-command.ts';

/** Message of the `command-failed` error that a command ends in. */
async function failureOf(argv: string[], options: Parameters<typeof runCommand>[1] = {}): Promise<string> {
  let message = '';
  await rejects(runCommand(argv, options), (error) => {
    ok(isAppError(error) && error.code === 'command-failed');
    message = error.message;
    return true;
  });
  return message;
}

test('arguments reach the command as they are, without a shell', async () => {
  equal((await runCommand(['printf', '%s|', '$HOME', 'a b', ';ls'])).stdout, '$HOME|a b|;ls|');
});

test('input is given, also when it is large or nobody reads it', async () => {
  const input = 'x'.repeat(3_000_000);
  equal((await runCommand(['wc', '-c'], { input })).stdout.trim(), '3000000');
  equal((await runCommand(['true'], { input })).stdout, '');
});

test('a failure says command, exit status and what was printed', async () => {
  equal(
    await failureOf(['sh', '-c', 'echo seen >&2; exit 3']),
    `command "sh -c 'echo seen >&2; exit 3'" failed with exit status 3: seen`,
  );
  match(await failureOf(['sh', '-c', 'kill -9 $$']), /was ended by signal SIGKILL \(9\)/);
});

test('a command that is not there is named with its Debian package', async () => {
  const env = { PATH: '/nowhere' };
  equal(
    await failureOf(['nft', 'list'], { env }),
    'command "nft" is not installed; Debian package "nftables" has it (apt-get install nftables)',
  );
  equal(await failureOf(['no-such-tool'], { env }), 'command "no-such-tool" is not installed');
});

test('a command that takes too long is killed', async () => {
  const started = performance.now();
  match(await failureOf(['sleep', '30'], { timeoutMs: 100 }), /did not end within 100 ms and was killed/);
  ok(performance.now() - started < 10_000);
});
