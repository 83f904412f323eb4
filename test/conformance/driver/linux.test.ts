import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { createLinuxDriver } from '../../../src/drivers/linux/linux-driver.ts';
import { enterNamespace } from '../../drivers/linux/in-namespace.ts';
import { buildNetwork } from '../../kernel/network.ts';
import { hostState } from '../../reconciler/host-state.ts';
import { describeDriver } from './suite.ts';

enterNamespace(import.meta.filename);
const directory = mkdtempSync(join(tmpdir(), 'bk-driver-'));
before(() => buildNetwork(['web1', 'db1', 'api1', 'sip1']));
after(() => rmSync(directory, { recursive: true }));

await describeDriver('linux', {
  async open() {
    const driver = createLinuxDriver({ stateDirectory: directory, log: { warn: () => undefined } });
    await driver.probe();
    return driver;
  },
  observe: hostState,
});
