/** `npm run screenshots`: pictures of the page for docs/images, of a lab on the real kernel in which a guest spoofs. */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { type OpenPage, openBrowser, openPage, sizes } from './open-browser.ts';
import { startLabPage } from './start-lab-page.ts';
import { logIn } from './start-page.ts';

enterNamespace(import.meta.filename);

const folder = fileURLToPath(new URL('../../docs/images', import.meta.url));

/** Path of each view and what it is called in the name of the picture. */
const views: readonly (readonly [name: string, path: string])[] = [
  ['overview', '/'],
  ['guests', '/guests'],
  ['guest', '/guests/rogue'],
  ['addresses', '/addresses'],
  ['sessions', '/sessions'],
  ['alerts', '/alerts'],
  ['site', '/site'],
  ['history', '/history'],
  ['audit', '/audit'],
];

const cleaning: (() => unknown)[] = [];
try {
  mkdirSync(folder, { recursive: true });
  const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
  const lab = await startLabPage(scope);
  const browser = await openBrowser(scope);
  const take = async ({ page }: OpenPage, name: string, path: string): Promise<void> => {
    await page.goto(path);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    await page.waitForTimeout(2_500);
    await page.screenshot({ path: `${folder}/page-${name}.png` });
  };
  lab.spoof('rogue');
  const desk = await openPage(browser, lab.origin);
  await logIn(desk, lab);
  for (const [name, path] of views) await take(desk, name, path);
  const dark = await openPage(browser, lab.origin, { colorScheme: 'dark', locale: 'zh-CN' });
  await logIn(dark, lab);
  await take(dark, 'overview-zh-dark', '/');
  await take(dark, 'addresses-zh-dark', '/addresses');
  const phone = await openPage(browser, lab.origin, { viewport: sizes.phone });
  await logIn(phone, lab);
  await take(phone, 'phone', '/');
  await take(phone, 'phone-guests', '/guests');
  const troubles = [desk, dark, phone].flatMap((open) => [...open.troubles.errors, ...open.troubles.foreign]);
  process.stdout.write(`${troubles.map((text) => `${text}\n`).join('')}pictures are in ${folder}\n`);
} finally {
  for (const clean of cleaning) await clean();
}
