import { createNoneDriver } from '../../../src/drivers/none/none-driver.ts';
import { describeDriver } from './suite.ts';

// It has no world that it could change; what is left are the promises about plans and answers.
await describeDriver('none', { open: async () => createNoneDriver(), observe: () => undefined });
