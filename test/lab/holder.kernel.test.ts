import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { AppError } from '../../src/errors/app-error.ts';
import { findLab, labDirectory, startHolder, stopLab } from '../../src/lab/holder.ts';
import { enterCommand } from '../../src/lab/run-inside.ts';
import { runCommand } from '../../src/system/run-command.ts';

function ownDirectory(t: { after(clean: () => void): void }): string {
  const directory = mkdtempSync(join(tmpdir(), 'bk-holder-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

const gone = async (pid: number): Promise<boolean> => {
  for (let i = 0; i < 100; i++) {
    // One that ended but was not reaped yet has no namespaces any more.
    if (!existsSync(`/proc/${pid}/ns/net`)) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
};

test('a lab stays until it is stopped, and then neither its processes nor its pid file are left', async (t) => {
  const directory = join(ownDirectory(t), 'lab');
  const lab = await startHolder({ dieWithParent: false, directory });
  t.after(() => stopLab(lab, directory));
  assert.deepEqual(await findLab(directory), lab);
  const { stdout } = await runCommand([
    ...enterCommand(lab),
    'sh',
    '-c',
    'ip netns add inside && ip netns list && echo $$',
  ]);
  assert.match(stdout, /^inside\n\d+\n$/);
  assert.equal(existsSync('/run/netns/inside'), false, 'the namespace must not be seen on the machine');
  assert.equal(await stopLab(await findLab(directory), directory), true);
  assert.ok(await gone(lab.pid));
  assert.equal(existsSync(directory), false);
  assert.equal(await stopLab(await findLab(directory), directory), false);
});

test('an orphan inside the lab is reaped, so that it does not look alive', async (t) => {
  const lab = await startHolder({ dieWithParent: true });
  t.after(() => stopLab(lab));
  const enter = enterCommand(lab);
  // The shell in between ends first: what it leaves behind becomes a child of the lab's first process.
  const { stdout } = await runCommand([...enter, 'sh', '-c', '(sleep 0.1 & echo $!)']);
  const orphan = stdout.trim();
  for (let i = 0; ; i++) {
    const { stdout: found } = await runCommand([
      ...enter,
      'sh',
      '-c',
      `test -e /proc/${orphan} && echo there || echo gone`,
    ]);
    if (found.trim() === 'gone') break;
    assert.ok(i < 100, `process ${orphan} was not reaped`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
});

test('a lab that was to end with its parent ends even when that is killed', async () => {
  const holder = new URL('../../src/lab/holder.ts', import.meta.url).href;
  const code = `import { startHolder } from ${JSON.stringify(holder)};
    console.log((await startHolder({ dieWithParent: true })).pid); setInterval(() => undefined, 1000);`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface({ input: parent.stdout }), 'line');
  const pid = Number(line);
  assert.ok(existsSync(`/proc/${pid}`));
  parent.kill('SIGKILL');
  assert.ok(await gone(pid), `process ${pid} is still there`);
});

test('ending one lab leaves the pid file of another', async (t) => {
  const directory = join(ownDirectory(t), 'lab');
  const named = await startHolder({ dieWithParent: false, directory });
  t.after(() => stopLab(named, directory));
  const other = await startHolder({ dieWithParent: true });
  assert.equal(await stopLab(other, directory), true);
  assert.deepEqual(await findLab(directory), named);
});

test('a pid file whose process is gone or is another one is stale, and removed', async (t) => {
  const parent = ownDirectory(t);
  const network = 'net:[1]';
  for (const text of [
    JSON.stringify({ pid: 2 ** 22 + 1, network, userNamespace: true }),
    JSON.stringify({ pid: process.pid, network, userNamespace: true }),
    '{"pid": 1',
  ]) {
    const directory = join(parent, 'lab');
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeFileSync(join(directory, 'lab.json'), text);
    assert.equal(await findLab(directory), undefined);
    assert.equal(existsSync(directory), false);
  }
});

test('a directory that others may write is not believed', async (t) => {
  const lab = await startHolder({ dieWithParent: true });
  t.after(() => stopLab(lab));
  const directory = join(ownDirectory(t), 'lab');
  mkdirSync(directory);
  await runCommand(['chmod', '0777', directory]);
  writeFileSync(join(directory, 'lab.json'), JSON.stringify(lab));
  assert.equal(await findLab(directory), undefined);
  assert.equal(JSON.parse(readFileSync(join(directory, 'lab.json'), 'utf8')).pid, lab.pid);
  await assert.rejects(startHolder({ dieWithParent: false, directory }), (error) => {
    assert.ok(error instanceof AppError);
    assert.match(error.message, /belongs to somebody else/);
    return true;
  });
});

test('the pid file lies in the runtime directory, or in one of the user in /tmp', () => {
  assert.equal(labDirectory({ XDG_RUNTIME_DIR: '/run/user/1000' }, 1000), '/run/user/1000/bridgekeeper-lab');
  assert.equal(labDirectory({}, 1000), join(tmpdir(), 'bridgekeeper-lab-1000'));
});
