import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import type { Scope } from '../daemon/test-daemon.ts';

/** Where Debian puts it. */
const chromiumPath = '/usr/bin/chromium';

/** Milliseconds that a browser may take on a busy machine. */
const patience = 60_000;

/** Sizes of windows: a desk, and the narrowest phone that the page is made for. */
export const sizes = { desk: { width: 1360, height: 850 }, phone: { width: 360, height: 740 } } as const;

/** Debian's Chromium, without a window; it is closed with the scope. `wrapper` is run in its place, with the same words. */
export async function openBrowser(scope: Scope, wrapper?: string): Promise<Browser> {
  if (!existsSync(chromiumPath)) throw new Error(`${chromiumPath} is missing: packaging/setup test installs it`);
  const browser = await chromium.launch({
    executablePath: wrapper ?? chromiumPath,
    // As root Chromium refuses its sandbox; it sees nothing but our own page. /dev/shm is small in containers.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--disable-background-networking'],
    timeout: patience,
  });
  scope.after(() => browser.close());
  return browser;
}

/** What went wrong in a page by itself: failures of scripts, errors of its console, requests to elsewhere. */
export interface Troubles {
  readonly errors: string[];
  readonly foreign: string[];
}

export interface OpenPage {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly troubles: Troubles;
}

/** A new profile with one page. The certificate of a daemon that made its own CA is taken as it is. */
export async function openPage(
  browser: Browser,
  origin: string,
  options: BrowserContextOptions = {},
): Promise<OpenPage> {
  const context = await browser.newContext({
    baseURL: origin,
    ignoreHTTPSErrors: true,
    viewport: sizes.desk,
    reducedMotion: 'reduce',
    locale: 'en-GB',
    ...options,
  });
  context.setDefaultTimeout(patience);
  const page = await context.newPage();
  const troubles: Troubles = { errors: [], foreign: [] };
  page.on('pageerror', (error) => troubles.errors.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') troubles.errors.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(origin) && !/^(data|blob):/.test(request.url())) troubles.foreign.push(request.url());
  });
  return { page, context, troubles };
}
