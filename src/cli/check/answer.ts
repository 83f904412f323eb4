import { alerts, type Limits, limitsOf, plainNumber, type Range, renderLimits } from './range.ts';

export type State = 'OK' | 'WARNING' | 'CRITICAL' | 'UNKNOWN';

/** Exit status of a plugin (Monitoring Plugins guidelines, "Plugin Return Codes"). */
export const exitStatus: Readonly<Record<State, number>> = { OK: 0, WARNING: 1, CRITICAL: 2, UNKNOWN: 3 };

/** One value of the performance data. */
export interface Figure {
  readonly label: string;
  readonly value: number;
  /** `s`, `B`, `%`, `c` (a counter); nothing is a number of things. */
  readonly unit?: '' | 's' | 'B' | '%' | 'c';
  readonly warning?: Limits;
  readonly critical?: Limits;
  readonly min?: number;
  readonly max?: number;
}

export interface Answer {
  readonly state: State;
  /** What is looked at, `SESSIONS`. */
  readonly title: string;
  /** One sentence without a full stop. */
  readonly text: string;
  readonly figures: readonly Figure[];
  /** Further lines, for who wants to know more. */
  readonly more: readonly string[];
}

/** What a check is asked for. */
export interface Thresholds {
  readonly warning?: Range;
  readonly critical?: Range;
}

/** Lines and figures that are shown at most: Nagios reads 8 KiB. */
const mostLines = 20;
export const mostFigures = 20;

/** Later states are worse (UNKNOWN is none that a value can have). */
const order: readonly State[] = ['OK', 'WARNING', 'CRITICAL'];

export const worst = (states: readonly State[]): State =>
  states.reduce<State>((a, b) => (order.indexOf(b) > order.indexOf(a) ? b : a), 'OK');

/** The figure with its thresholds, and how it stands. `value-invalid` for percent of a figure without maximum. */
export function judge(
  figure: Omit<Figure, 'warning' | 'critical'>,
  { warning, critical }: Thresholds,
): { figure: Figure; state: State } {
  const warningLimits = warning && limitsOf(warning, figure.max);
  const criticalLimits = critical && limitsOf(critical, figure.max);
  const state =
    criticalLimits && alerts(criticalLimits, figure.value)
      ? 'CRITICAL'
      : warningLimits && alerts(warningLimits, figure.value)
        ? 'WARNING'
        : 'OK';
  return {
    figure: {
      ...figure,
      ...(warningLimits ? { warning: warningLimits } : {}),
      ...(criticalLimits ? { critical: criticalLimits } : {}),
    },
    state,
  };
}

/** What other programs read as the end of the text, or of a line, is no part of it. */
const oneLine = (text: string): string => text.replaceAll('|', '/').replace(/\s+/g, ' ').trim();

/** `'dnsmasq bk-dev'=1;;1:;0;1`; what stands at the end without a value is left out. */
export function renderFigure({ label, value, unit = '', warning, critical, min, max }: Figure): string {
  const name = /^[A-Za-z0-9_.-]+$/.test(label)
    ? label
    : `'${oneLine(label).replaceAll("'", "''").replaceAll('=', '-')}'`;
  const parts = [
    `${plainNumber(value)}${unit}`,
    warning ? renderLimits(warning) : '',
    critical ? renderLimits(critical) : '',
    min === undefined ? '' : plainNumber(min),
    max === undefined ? '' : plainNumber(max),
  ];
  while (parts.at(-1) === '') parts.pop();
  return `${name}=${parts.join(';')}`;
}

/** `SESSIONS OK - 412 of 5000 sessions (8%) | sessions=412;4000;4750;0;5000`, and further lines. */
export function renderAnswer({ state, title, text, figures, more }: Answer): string[] {
  const data = figures.slice(0, mostFigures).map(renderFigure).join(' ');
  const first = `${title} ${state} - ${oneLine(text)}${data === '' ? '' : ` | ${data}`}`;
  const lines = more.slice(0, mostLines).map(oneLine);
  const rest = more.length - lines.length;
  return [first, ...lines, ...(rest > 0 ? [`and ${rest} more`] : [])];
}

/** Whole percent; what is under 1 has a decimal. */
export function percentOf(value: number, max: number): string {
  const percent = max === 0 ? 0 : (value / max) * 100;
  return `${percent > 0 && percent < 1 ? percent.toFixed(1) : Math.round(percent)}%`;
}
