import { equal, match, ok, rejects } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
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

test('a program of somebody else ends with its children, and when it prints without end', async () => {
  const family = ['sh', '-c', 'sh -c "echo $$; sleep 30" & echo $! ; wait'];
  const failure = await failureOf(family, { timeoutMs: 200, mostOutput: 1_000 });
  const child = Number(/was killed: (\d+)/.exec(failure)?.[1]);
  ok(child > 1, failure);
  for (let tries = 0; isRunning(child); tries++) {
    ok(tries < 100, `process ${child} lives on`);
    await sleep(20);
  }
  match(await failureOf(['yes'], { mostOutput: 1_000 }), /^command "yes" printed more than 1000 bytes and was killed/);
  const leaver = 'setpgrp(0, getpgrp(getppid())); sleep 30';
  match(await failureOf(['perl', '-e', leaver], { timeoutMs: 300, mostOutput: 1_000 }), /was killed/);
});

/** Whether a process runs; one that ended and is not waited for yet does not. */
function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
