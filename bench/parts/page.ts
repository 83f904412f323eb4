import { closeSync, globSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { type OpenPage, openBrowser, openPage } from '../../test/browser/open-browser.ts';
import { logIn } from '../../test/browser/start-page.ts';
import { freePort } from '../../test/server/metrics/free-port.ts';
import { runTool } from '../gateway/run-tool.ts';
import { type FrameTimes, watchFrames } from '../page/frames.ts';
import { writeAlerts } from '../page/write-alerts.ts';
import { atLeast, atMost, type BenchOptions, type Part, type Section } from '../part.ts';
import { DaemonAlone } from '../registry/daemon-alone.ts';
import { milliseconds, table, thousands } from '../report/format.ts';
import { median, quantile } from '../statistics.ts';

const guests = 5_000;
const segments = 5;
const eventRate = 1_000;

const addressOf = (number: number): string => {
  const guest = number % guests;
  return `10.80.${(guest % segments) * 4}.${10 + (Math.floor(guest / segments) % 200)}`;
};

const siteText = (alerts: string): string => `site: bench
uplink: {interface: eth0, shared: [203.0.113.10]}
pools: [{name: default, range: 02:1a:3f:00:00:00/24, strategy: sequential}]
segments:
${Array.from({ length: segments }, (_, i) => `  - {name: s${i}, subnet: 10.80.${i * 4}.0/22}`).join('\n')}
limits: {sessions: 200000, sessionsPerGuest: 4, portBlock: 4, portBlocks: 1}
watch: {suricata: {file: ${alerts}}}
guests:
${Array.from({ length: guests }, (_, i) => `  - {name: vm${i}, owner: team-${i % 50}, nics: [{segment: s${i % segments}}]}`).join('\n')}
`;

/** Compressed bytes of the built page: everything, and what the first view loads. */
function bundleSize(): number {
  const dist = fileURLToPath(new URL('../../web/dist', import.meta.url));
  const files = globSync('**/*', { cwd: dist }).map((name) => join(dist, name));
  const isFile = (path: string): boolean => statSync(path).isFile();
  const plain = files.filter((path) => isFile(path) && !/\.(?:br|gz)$/.test(path));
  return plain.reduce((sum, path) => sum + statSync(files.includes(`${path}.br`) ? `${path}.br` : path).size, 0);
}

interface FirstView {
  /** Milliseconds from the begin of the navigation: something is there; the largest thing is there (W3C LCP). */
  readonly paint: number;
  readonly largest: number;
  /** Bytes over the wire for scripts and styles. */
  readonly bytes: number;
}

const readFirstView = `new Promise((resolve) => {
  const scripts = performance.getEntriesByType('resource').filter(({ name }) => name.includes('/assets/'));
  const bytes = scripts.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0);
  const paint = performance.getEntriesByName('first-contentful-paint')[0].startTime;
  new PerformanceObserver((list) => resolve({ paint, largest: list.getEntries().at(-1).startTime, bytes }))
    .observe({ type: 'largest-contentful-paint', buffered: true });
})`;

/** With an empty cache each time, over TLS. */
async function measureFirstViews(browser: Browser, daemon: Server, rounds: number): Promise<FirstView[]> {
  const views: FirstView[] = [];
  for (let round = 0; round <= rounds; round++) {
    const open = await openPage(browser, daemon.origin);
    await logIn(open, daemon);
    await open.page.goto('/');
    await open.page.getByRole('heading', { level: 1 }).first().waitFor();
    await open.page.waitForTimeout(1_500);
    const view = (await open.page.evaluate(readFirstView)) as FirstView;
    // The first one is that of a browser which has just started.
    if (round > 0) views.push(view);
    await open.context.close();
  }
  return views;
}

interface Server {
  readonly client: DaemonAlone['client'];
  readonly origin: string;
}

async function openAt(
  browser: Browser,
  daemon: Server,
  path: string,
  ready: (page: Page) => Promise<unknown>,
): Promise<OpenPage> {
  const open = await openPage(browser, daemon.origin);
  await logIn(open, daemon);
  await open.page.goto(path);
  await ready(open.page);
  await open.page.waitForTimeout(1_000);
  return open;
}

async function measureScrolling(browser: Browser, daemon: Server, seconds: number): Promise<FrameTimes> {
  const { page, context } = await openAt(browser, daemon, '/guests', (page) =>
    page.getByText('vm0', { exact: true }).first().waitFor(),
  );
  const times = await watchFrames(page, seconds * 1000, { selector: '[role=table]', pixels: 120 });
  await context.close();
  return times;
}

/** The event stream tells a thousand events a second; the page is watched, and a click on another view, too. */
async function measureLive(browser: Browser, daemon: Server, file: string, seconds: number) {
  const { page, context } = await openAt(browser, daemon, '/', (page) => page.getByRole('heading').first().waitFor());
  const stop = writeAlerts(file, eventRate, addressOf);
  try {
    await page.waitForTimeout(2_000);
    const times = await watchFrames(page, seconds * 1000);
    const began = performance.now();
    await page.goto('/alerts', { waitUntil: 'commit' });
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    const other = performance.now() - began;
    const { events } = await daemon.client.events.list({ kinds: ['ids'] }, { limit: 1 });
    if (events.length === 0) throw new Error('no event came');
    return { times, other };
  } finally {
    stop();
    await context.close();
  }
}

const frameRow = (name: string, { intervals, longTasks }: FrameTimes): string[] => [
  name,
  `${(1000 / median([...intervals])).toFixed(0)}`,
  milliseconds(median([...intervals])),
  milliseconds(quantile([...intervals], 0.99)),
  milliseconds(quantile([...intervals], 1)),
  String(longTasks.length),
];

/** The page in Debian's Chromium, drawn by the processor: there is no graphics card here. */
export const page: Part = {
  name: 'page',
  run: async (options: BenchOptions): Promise<Section> => {
    const seconds = options.quick ? 4 : 15;
    const alone = new DaemonAlone();
    const cleaning: (() => unknown)[] = [];
    try {
      // The bench has a network of its own, in which nothing is up yet.
      runTool(['ip', 'link', 'set', 'lo', 'up']);
      const port = await freePort();
      await alone.start(['--listen', `127.0.0.1:${port}`]);
      const daemon: Server = { client: alone.client, origin: `https://127.0.0.1:${port}` };
      const alerts = join(alone.directory, 'eve.json');
      closeSync(openSync(alerts, 'a'));
      await daemon.client.apply({ site: siteText(alerts) });
      const browser = await openBrowser({ after: (clean) => cleaning.push(clean) });
      options.progress('first views');
      const views = await measureFirstViews(browser, daemon, options.quick ? 3 : 15);
      options.progress('scrolling');
      const scrolled = await measureScrolling(browser, daemon, seconds);
      options.progress('live events');
      const live = await measureLive(browser, daemon, alerts, seconds);
      const largest = median(views.map((view) => view.largest));
      const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(0)} kB`;
      const whole = bundleSize();
      return {
        title: 'The page',
        markdown: `Debian's Chromium without a window, drawn by the processor on this machine, where the daemon (TLS, driver \`none\`, ${thousands(guests)} guests)
runs, too. First view: the overview with an empty cache, ${views.length} times.

${table(
  ['first view', 'median', 'longest'],
  [
    ['something is there (first contentful paint)', ...spread(views.map((view) => view.paint))],
    ['the largest thing is there (largest contentful paint)', ...spread(views.map((view) => view.largest))],
  ],
)}

Scripts and styles of the first view: ${kilobytes(median(views.map((view) => view.bytes)))} over the wire; everything that the page ever loads, compressed: ${kilobytes(whole)}.

${table(
  ['drawn', 'frames/s', 'median', 'p99', 'longest', 'long tasks'],
  [
    frameRow(`${thousands(guests)} guests in the table, scrolled for ${seconds} s`, scrolled),
    frameRow(`the overview while ${thousands(eventRate)} events/s come, for ${seconds} s`, live.times),
  ],
)}

Another view, opened meanwhile, is there after ${milliseconds(live.other)}. A long task is one that holds the page up for more than 50 ms.`,
        targets: [
          atMost('first view of the page, largest contentful paint', largest, 1000, milliseconds),
          atMost('everything that the page loads, compressed', whole, 500_000, kilobytes),
          atLeast(
            `${thousands(guests)} guests in the table, scrolled: frames/s`,
            1000 / median([...scrolled.intervals]),
            59,
            (rate) => rate.toFixed(0),
          ),
          atMost('– p99 between two frames', quantile([...scrolled.intervals], 0.99), 34, milliseconds),
          atMost(
            `${thousands(eventRate)} events/s: longest time without a frame`,
            quantile([...live.times.intervals], 1),
            500,
            milliseconds,
          ),
        ],
        raw: { views, scrolled, live, whole },
      };
    } finally {
      for (const clean of cleaning) await clean();
      await alone.remove();
    }
  },
};

const spread = (values: number[]): string[] => [milliseconds(median(values)), milliseconds(quantile(values, 1))];
