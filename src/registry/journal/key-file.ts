import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** Bytes of a key, which stands in its file as hexadecimal digits. */
const keyBytes = 32;

/**
 * The key in a file, which is made when there is none; several processes that make it at once get the same.
 * Undefined for one that was destroyed.
 */
export function readOrMakeKey(path: string): Buffer | undefined {
  return readKey(path, () => makeKey(path));
}

/** The key in a file; undefined where there is none, or it was destroyed. */
function readKey(path: string, otherwise: () => Buffer | undefined = () => undefined): Buffer | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return otherwise();
    throw error;
  }
  if (text === '') return undefined;
  if (!/^[0-9a-f]{64}\n$/.test(text))
    throw new Error(`key file "${path}" is damaged: expected 64 hexadecimal digits; restore it from a backup`);
  return Buffer.from(text.trim(), 'hex');
}

/** The name appears with the whole key behind it, or not at all (link(2)). */
function makeKey(path: string): Buffer | undefined {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const file = openSync(draft, 'wx', 0o600);
  try {
    writeSync(file, `${randomBytes(keyBytes).toString('hex')}\n`);
    fsyncSync(file);
    linkSync(draft, path);
    syncDirectory(dirname(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    closeSync(file);
    unlinkSync(draft);
  }
  return readKey(path);
}

/**
 * Destroys a key: its bytes are overwritten where they stand, then cut off. The empty file stays, so that no new key
 * takes the place. What the disk itself, a snapshot or a backup keeps of it is out of reach.
 */
export function destroyKey(path: string): void {
  const file = openSync(path, 'r+');
  try {
    const { size } = fstatSync(file);
    writeSync(file, randomBytes(Math.max(size, keyBytes)), 0);
    fsyncSync(file);
    ftruncateSync(file, 0);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  syncDirectory(dirname(path));
}

function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
