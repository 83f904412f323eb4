import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { buildClient } from '../../packaging/build-client.ts';
import { startTestDaemon, temporaryDirectory } from '../daemon/test-daemon.ts';

const run = promisify(execFile);
const typescript = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
const nodeTypes = fileURLToPath(new URL('../../node_modules/@types', import.meta.url));

const program = `import { createClient } from 'bridgekeeper-client/connect';
import { clientOf, type Client } from 'bridgekeeper-client';

const client: Client = createClient({ socket: process.argv[2] ?? '' });
const { leases } = await client.macs.lease({ count: 2 });
const macs: string[] = leases.map(({ mac }) => mac);
const failure = await client.object('guest', 'nobody').catch((error: { code: string }) => error.code);
console.log(JSON.stringify({ macs, failure, clientOf: typeof clientOf }));
// @ts-expect-error: the types say what a lease has.
leases[0]?.colour;
`;

test('the client package has types, needs nothing else, and reaches a daemon', async (t) => {
  const daemon = await startTestDaemon(t);
  await daemon.client.putObject('pool', 'default', { range: '02:1a:3f:00:00:00/40', strategy: 'sequential' });
  const directory = temporaryDirectory(t);
  const folder = join(directory, 'client');
  buildClient(folder);
  mkdirSync(join(directory, 'node_modules'));
  symlinkSync(folder, join(directory, 'node_modules/bridgekeeper-client'));
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
  writeFileSync(join(directory, 'program.ts'), program);
  const options = { strict: true, module: 'nodenext', target: 'es2022', lib: ['es2024'], skipLibCheck: true };
  const settings = {
    compilerOptions: { ...options, types: ['node'], typeRoots: [nodeTypes] },
    files: ['program.ts'],
  };
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(settings));
  await run(process.execPath, [typescript, '-p', directory]).catch(({ stdout }) => assert.fail(stdout));
  const { stdout } = await run(process.execPath, [join(directory, 'program.js'), daemon.socket]);
  assert.deepEqual(JSON.parse(stdout), {
    macs: ['02:1a:3f:00:00:00', '02:1a:3f:00:00:01'],
    failure: 'not-found',
    clientOf: 'function',
  });
});
