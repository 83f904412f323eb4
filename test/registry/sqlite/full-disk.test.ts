import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { script } from './children.ts';

/** Runs shell commands in a mount namespace of their own, with a small file system mounted at $1. */
async function onSmallDisk(size: string, commands: string, ...args: string[]): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'bk-disk-'));
  const mount = `set -e; mount -t tmpfs -o size=${size} bk-test "$1"; `;
  try {
    const shell = ['-Urm', 'sh', '-c', mount + commands, 'sh', root, ...args];
    const { stdout } = await promisify(execFile)('unshare', shell, { timeout: 60_000 });
    return stdout;
  } finally {
    await rm(root, { recursive: true });
  }
}

test('a full disk fails the commit with registry-failed, changes nothing, and the next one works when there is room', async () => {
  const report = JSON.parse(await onSmallDisk('1m', '"$2" "$3" "$1"', process.execPath, script('disk-full.ts')));
  const full = /^registry-failed: registry ".*registry.sqlite" failed: the disk is full/;
  assert.ok(report.stored > 0);
  assert.match(report.failure, full);
  assert.match(report.note, full);
  assert.deepEqual(report.afterFailure, { head: report.stored, objects: report.stored });
  assert.equal(report.afterRoom, 'done');
  assert.deepEqual(report.reopened, { head: report.stored + 1, objects: report.stored + 1 });
  assert.match(report.newOnFull, /^registry-failed: .*(the disk is full|ENOSPC)/);
  assert.equal(report.newAfterRoom, 'done');
});

test('a state directory on a read-only disk is refused with registry-failed', async () => {
  const commands = 'mkdir "$1/state"; mount -o remount,ro "$1"; "$2" "$3" "$1/state"';
  const answer = JSON.parse(await onSmallDisk('1m', commands, process.execPath, script('open-and-hold.ts')));
  assert.equal(answer.opened, false);
  assert.equal(answer.code, 'registry-failed');
  assert.match(answer.message, /cannot be opened; the state directory must exist and be writable|EROFS/);
});
