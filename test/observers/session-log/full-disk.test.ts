import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const script = fileURLToPath(new URL('./write-on-full-disk.ts', import.meta.url));

/** Runs the script with a small file system of its own, in a mount namespace of its own. */
async function onSmallDisk(size: string, ...args: string[]) {
  const root = await mkdtemp(join(tmpdir(), 'bk-disk-'));
  const commands = 'set -e; mount -t tmpfs -o size="$2" bk-test "$1"; root=$1; shift 2; exec "$1" "$2" "$root" "$3"';
  try {
    const shell = ['-Urm', 'sh', '-c', commands, 'sh', root, size, process.execPath, script, ...args];
    const { stdout } = await promisify(execFile)('unshare', shell, { timeout: 120_000 });
    return JSON.parse(stdout);
  } finally {
    await rm(root, { recursive: true });
  }
}

test('on a full disk the oldest days go first, then sessions are lost and counted, and all is well when there is room', async () => {
  const report = await onSmallDisk('8m', '0');
  const text = JSON.stringify(report, undefined, 1);
  assert.ok(report.removed > 0, text);
  assert.ok(report.kept.length > 0 && report.kept.at(-1) > '2026-11-26', text);
  assert.equal(report.lostOnTheWay, 0, text);
  assert.ok(report.full.lost > 50_000, text);
  assert.ok(report.full.grown < 400e6, text);
  assert.match(report.full.lastError, /ENOSPC|disk/);
  assert.equal(report.lostWhileFull, report.full.lost, text);
  assert.equal(report.found > 0, true, text);
  assert.equal(report.gaps, 1, text);
  const kinds: string[] = report.events.map((event: string) => event.split(':')[0]);
  assert.ok(
    kinds.includes('full') && kinds.filter((kind) => kind === 'lost').length === 1 && kinds.includes('mended'),
    text,
  );
});

test('what shall stay free of the disk stays free', async () => {
  const report = await onSmallDisk('24m', String(20 * 2 ** 20));
  assert.ok(report.removed > 0, JSON.stringify(report, undefined, 1));
  assert.ok(report.free >= 19 * 2 ** 20, `${report.free} bytes are free`);
});
