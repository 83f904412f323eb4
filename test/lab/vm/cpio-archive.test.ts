import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileMode, renderArchive } from '../../../src/lab/vm/cpio-archive.ts';
import { runCommand } from '../../../src/system/run-command.ts';

test('busybox cpio unpacks what renderArchive packed, octet by octet', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'bk-cpio-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  // Lengths of every remainder by four, since names and data are padded.
  const files = [0, 1, 2, 3, 4, 1000, 4097].map((length) => ({
    path: `d/file-${'x'.repeat(length % 5)}${length}`,
    data: Buffer.from(Array.from({ length }, (_, i) => i % 251)),
  }));
  const archive = renderArchive([
    { path: 'd', mode: fileMode.directory },
    ...files.map((file) => ({ ...file, mode: fileMode.executable })),
  ]);
  writeFileSync(join(directory, 'archive'), archive);
  await runCommand(['busybox', 'sh', '-c', 'cd "$1" && busybox cpio -i <archive', 'sh', directory]);
  for (const { path, data } of files) assert.deepEqual(readFileSync(join(directory, path)), data, path);
  assert.equal(statSync(join(directory, 'd/file-0')).mode & 0o777, 0o755);
});
