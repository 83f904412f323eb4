import type { EngineStatus } from '../client/client.ts';
import { plain, renderBytes, renderTable, renderTime } from './output.ts';

/** The screen that status fits on: the smallest that terminals have had since the VT100. */
const screen = { columns: 80, lines: 24 };

/** A list under its heading, cut to `room` lines with a last one that says how many are not shown. */
function section(heading: string, entries: readonly string[], room: number): string[] {
  if (entries.length === 0) return [];
  const shown = entries.length <= room ? entries : entries.slice(0, room - 1);
  const rest = entries.length - shown.length;
  return [
    heading,
    ...shown.map((entry) => `  ${entry}`),
    ...(rest > 0 ? [`  … and ${rest} more (--json shows all)`] : []),
  ];
}

function renderHealth(status: EngineStatus): string {
  if (status.drift.length > 0) return `${status.drift.length} thing(s) on the host are not as declared`;
  if (!status.capabilities.gateway) return 'registry only, no gateway';
  return 'the host is as declared';
}

function renderServices(status: EngineStatus): string {
  if (status.services.length === 0) return 'none';
  const bad = status.services.filter((service) => service.state !== 'running');
  const running = `${status.services.length - bad.length} of ${status.services.length} running`;
  return [running, ...bad.map((service) => `${service.name} is ${service.state}`)].join(', ');
}

function renderSessions({ sessionTable }: EngineStatus): string {
  if (sessionTable === undefined || sessionTable.max === 0) return '';
  const { count, max } = sessionTable;
  const [holds, room] = [count, max].map((number) => number.toLocaleString('en-US'));
  return `, sessions ${holds} of ${room} (${((count / max) * 100).toFixed(0)} %)`;
}

/** Nothing when there is none: a quiet screen is the good news. */
function renderAlerts({ alerts }: EngineStatus): string[] {
  const { firing, critical, acknowledged } = alerts;
  if (firing === 0) return [];
  return [`alerts    ${firing} (${critical} critical, ${acknowledged} acknowledged): bridgekeeper alerts`];
}

/** What is lost comes first: the end of a long line is cut off. */
function renderRecorder(recorder: NonNullable<EngineStatus['recorder']>): string {
  const { mode, running, lostEvents, since, log, lastError } = recorder;
  const messages = lostEvents > 0 ? `${lostEvents.toLocaleString('en-US')} LOST, ` : '';
  // Heard of, and not written: the disk was full for too long.
  const unwritten = log && log.lost > 0 ? `${log.lost.toLocaleString('en-US')} NOT WRITTEN, ` : '';
  const lost = messages + unwritten;
  if (!running) return `${lost}nothing is recorded (mode ${mode})${lastError === undefined ? '' : `: ${lastError}`}`;
  const room = log ? `${log.open.toLocaleString('en-US')} open, ${renderBytes(log.bytes)} on disk, ` : '';
  return `${lost}${room}no gap since ${since === undefined ? '-' : renderTime(since)}`;
}

/** At most 24 lines of at most 80 columns, whatever the size of the site. */
export function renderStatus(status: EngineStatus): string[] {
  const { nics } = status;
  const facts = [
    `site      ${status.site ?? '(none applied yet)'}, revision ${status.revision ?? '-'}, driver ${status.driver}`,
    `state     ${renderHealth(status)}`,
    ...renderAlerts(status),
    `guests    ${status.guests}, NICs ${nics.total} (${nics.attached} attached, ${nics.waiting} waiting for a port)`,
    `forwards  ${status.forwards}, policies ${status.policies}${renderSessions(status)}`,
    `services  ${renderServices(status)}`,
  ];
  if (status.recorder && status.capabilities.gateway) facts.push(`recorder  ${renderRecorder(status.recorder)}`);
  if (status.confirmBy !== undefined) facts.push(`confirm   rolls back by itself at ${renderTime(status.confirmBy)}`);
  if (status.lastRepair) facts.push(`repaired  ${renderTime(status.lastRepair.at)} ${status.lastRepair.text}`);
  const rows = status.segments.map((segment) => [segment.name, segment.bridge, segment.subnet, String(segment.nics)]);
  const [headings = '', ...segments] = renderTable(['segment', 'bridge', 'subnet', '>NICs'], rows);
  const lines = [
    ...facts,
    ...section(`  ${headings}`, segments, 4),
    ...section('not as declared', status.drift, 2),
    ...section('this host lacks', status.capabilities.missing, 2),
    ...section('warnings', status.warnings, 2),
  ];
  return lines.slice(0, screen.lines - 1).map((line) => {
    const text = plain(line.replace(/[\t\n]/g, ' '));
    return text.length <= screen.columns ? text : `${text.slice(0, screen.columns - 1)}…`;
  });
}
