import { readFileSync } from 'node:fs';
import type { CloudReport } from '../src/simulate/simulate-cloud.ts';

/** What `bridgekeeper mac simulate --json` prints. */
interface Run extends CloudReport {
  readonly plan: {
    readonly nics: number;
    readonly range: string;
    readonly strategy: string;
    readonly churn: string;
    readonly quarantine: number;
    readonly dhcpLease: number;
    readonly years: number;
  };
}

/** A rectangle to draw in, and where values lie in it. */
interface Panel {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

interface Tick {
  readonly at: number;
  readonly text: string;
}

const day = 86_400;
const ink = '#1e293b';
const faint = '#e2e8f0';
const luckColour = '#b91c1c';
/** Told apart by people who see few colours as well (Okabe and Ito), and by their dashes. */
const styles: Readonly<Record<string, { readonly colour: string; readonly dash: string }>> = {
  cycle: { colour: '#0072b2', dash: '' },
  random: { colour: '#d55e00', dash: '' },
  hashed: { colour: '#009e73', dash: '7 5' },
  sequential: { colour: '#7c3a8c', dash: '2 4' },
};

const text = (x: number, y: number, words: string, more = ''): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" fill="${ink}" ${more}>${words}</text>`;

function path(points: readonly (readonly [number, number])[], colour: string, dash = ''): string {
  const steps = points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');
  return `<path d="${steps}" fill="none" stroke="${colour}" stroke-width="2.5" stroke-linejoin="round" stroke-dasharray="${dash}"/>`;
}

function frame(panel: Panel, title: string, subtitle: string, xs: readonly Tick[], ys: readonly Tick[]): string[] {
  const { left, top, width, height, x, y } = panel;
  return [
    text(left - 60, top - 38, title, 'font-weight="bold" font-size="15"'),
    text(left - 60, top - 18, subtitle, 'font-size="12"'),
    ...ys.flatMap(({ at, text: words }) => [
      `<line x1="${left}" x2="${left + width}" y1="${y(at).toFixed(1)}" y2="${y(at).toFixed(1)}" stroke="${faint}"/>`,
      text(left - 8, y(at) + 4, words, 'text-anchor="end" font-size="12"'),
    ]),
    ...xs.flatMap(({ at, text: words }) => [
      `<line x1="${x(at).toFixed(1)}" x2="${x(at).toFixed(1)}" y1="${top + height}" y2="${top + height + 5}" stroke="${ink}"/>`,
      text(x(at), top + height + 20, words, 'text-anchor="middle" font-size="12"'),
    ]),
    `<line x1="${left}" x2="${left + width}" y1="${top + height}" y2="${top + height}" stroke="${ink}"/>`,
  ];
}

/** How soon an address is used again: share of the reuses by distance, both on logarithmic scales. */
function reusePanel(runs: readonly Run[], first: Run): string[] {
  const box = { left: 80, top: 80, width: 450, height: 300 };
  const [from, to, least] = [1800, 3 * 365 * day, 1e-4];
  const panel: Panel = {
    ...box,
    x: (seconds) => box.left + (Math.log(Math.max(from, seconds) / from) / Math.log(to / from)) * box.width,
    y: (share) => box.top + (Math.log(Math.max(least, share)) / Math.log(least)) * box.height,
  };
  const xs = [
    { at: 1800, text: '30 min' },
    { at: 6 * 3600, text: '6 h' },
    { at: day, text: '1 d' },
    { at: 7 * day, text: '7 d' },
    { at: 30 * day, text: '30 d' },
    { at: 180 * day, text: '180 d' },
    { at: to, text: '3 y' },
  ];
  const ys = [1, 0.1, 0.01, 0.001, 0.0001].map((at) => ({ at, text: `${Number((at * 100).toFixed(2))} %` }));
  const lease = panel.x(first.plan.dhcpLease);
  const lines = runs.flatMap(({ plan, reuse }, index) => {
    const style = styles[plan.strategy] ?? { colour: ink, dash: '' };
    const points = reuse.curve.filter(({ share }) => share >= least);
    const legend = box.top + box.height - 16 - (runs.length - 1 - index) * 20;
    const key = box.left + box.width - 110;
    return [
      path(
        [...points, { seconds: to, share: 1 }].map(({ seconds, share }) => [panel.x(seconds), panel.y(share)]),
        style.colour,
        style.dash,
      ),
      path(
        [
          [key, legend - 4],
          [key + 28, legend - 4],
        ],
        style.colour,
        style.dash,
      ),
      text(key + 36, legend, plan.strategy, 'font-size="12"'),
    ];
  });
  return [
    `<rect x="${box.left}" y="${box.top}" width="${(lease - box.left).toFixed(1)}" height="${box.height}" fill="#fef3c7"/>`,
    text(box.left + 8, box.top + 24, 'inside a DHCP lease', 'font-size="12"'),
    ...frame(panel, 'How soon an address is used again', 'share of the reuses within that time of its release', xs, ys),
    ...lines,
  ];
}

/** Collisions over the years: those of luck, and none. */
function collisionPanel(run: Run): string[] {
  const box = { left: 640, top: 80, width: 300, height: 300 };
  const most = Math.max(1, ...run.fill.map(({ collisions }) => collisions));
  const step = 10 ** Math.floor(Math.log10(most));
  const top = Math.ceil(most / step) * step;
  const days = run.plan.years * 365;
  const panel: Panel = {
    ...box,
    x: (at) => box.left + (at / days) * box.width,
    y: (count) => box.top + box.height - (count / top) * box.height,
  };
  const xs = Array.from({ length: Math.floor(run.plan.years) + 1 }, (_, year) => ({
    at: year * 365,
    text: year === 0 ? 'begin' : `${year} y`,
  }));
  const ys = Array.from({ length: 5 }, (_, part) => ({ at: (top / 4) * part, text: `${(top / 4e6) * part} M` }));
  const luck = run.fill.map(({ day: at, collisions }): [number, number] => [panel.x(at), panel.y(collisions)]);
  return [
    ...frame(panel, 'Addresses that two NICs have', 'leases of an address that was in use, summed up', xs, ys),
    path(luck, luckColour),
    text(panel.x(days * 0.5), panel.y(most * 0.5) - 24, '24 random bits and hope', 'text-anchor="end" font-size="12"'),
    path(
      run.fill.map(({ day: at }) => [panel.x(at), panel.y(run.duplicates)]),
      '#0072b2',
    ),
    text(
      panel.x(days) - 6,
      panel.y(run.duplicates) - 10,
      `Bridgekeeper: ${run.duplicates}`,
      'text-anchor="end" font-size="12"',
    ),
  ];
}

/** An SVG of runs of the same cloud with different strategies. */
export function plotSimulation(runs: readonly Run[]): string {
  const [first] = runs;
  if (first === undefined) throw new Error('name at least one file that `bridgekeeper mac simulate --json` wrote');
  const { nics, range, churn, quarantine, years } = first.plan;
  const about = `${nics.toLocaleString('en')} NICs in ${range} for ${years} years, churn ${churn}, quarantine ${quarantine / 60} min`;
  return [
    '<svg xmlns="http://www.w3.org/2000/svg" width="980" height="450" viewBox="0 0 980 450" font-family="DejaVu Sans, Verdana, sans-serif" font-size="14">',
    `<title>${about}</title>`,
    '<rect width="980" height="450" fill="#ffffff"/>',
    ...reusePanel(runs, first),
    ...collisionPanel(first),
    text(20, 436, `${about} (bridgekeeper mac simulate)`, 'font-size="12"'),
    '</svg>',
    '',
  ].join('\n');
}

if (import.meta.main) {
  const files = process.argv.slice(2);
  const runs = files.map((file) => JSON.parse(readFileSync(file, 'utf8')) as Run);
  process.stdout.write(plotSimulation(runs));
}
