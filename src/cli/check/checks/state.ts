import { AppError } from '../../../errors/app-error.ts';
import { type Answer, judge, worst } from '../answer.ts';
import { type Check, type CheckContext, thresholdsOf } from './check.ts';

const none = { critical: '0' };

async function runServices({ client, name, given }: CheckContext): Promise<Answer> {
  const { services: all } = await client.status();
  const chosen = name === undefined ? all : all.filter((service) => service.name === name);
  if (name !== undefined && chosen.length === 0)
    throw new AppError(
      'not-found',
      `there is no service "${name}"; expected one of ${all.map((service) => service.name).join(', ')}`,
    );
  const bad = chosen.filter(({ state }) => state !== 'running');
  const { figure, state } = judge(
    { label: 'down', value: bad.length, min: 0, max: chosen.length },
    thresholdsOf(none, given),
  );
  const [first] = bad.map((service) => `service ${service.name} is ${service.state}`);
  const running = `${chosen.length - bad.length} of ${chosen.length} services run`;
  return {
    state,
    title: 'SERVICES',
    text: chosen.length === 0 ? 'this site needs none' : first === undefined ? running : `${first}; ${running}`,
    figures: [figure],
    more: chosen.map((service) => `${service.name}: ${service.state}`),
  };
}

export const services: Check = {
  about: 'services such as dnsmasq, or one of them, that do not run',
  name: 'service',
  ...none,
  run: runServices,
};

async function runDrift({ client, given }: CheckContext): Promise<Answer> {
  const status = await client.status();
  const { figure, state } = judge({ label: 'drift', value: status.drift.length, min: 0 }, thresholdsOf(none, given));
  const repaired = status.lastRepair;
  return {
    state,
    title: 'DRIFT',
    text: status.drift[0] ?? 'the host is as declared',
    figures: [figure],
    more: [
      ...status.drift.slice(1),
      ...(repaired ? [`last repair ${new Date(repaired.at).toISOString()}: ${repaired.text}`] : []),
    ],
  };
}

export const drift: Check = {
  about: 'things on the host that are not as declared and could not be mended',
  ...none,
  run: runDrift,
};

async function runConflicts({ client, given }: CheckContext): Promise<Answer> {
  const all = await client.wire.conflicts();
  const open = all.filter(({ state }) => state === 'open');
  const { figure, state } = judge({ label: 'conflicts', value: open.length, min: 0 }, thresholdsOf(none, given));
  const acknowledged = all.length - open.length;
  return {
    state,
    title: 'CONFLICTS',
    text: open[0]?.text ?? 'no leased MAC address is at two places',
    figures: [figure, { label: 'acknowledged', value: acknowledged, min: 0 }],
    more: open.slice(1).map(({ text }) => text),
  };
}

export const conflicts: Check = {
  about: 'leased MAC addresses that are at two places; acknowledged ones are not counted',
  ...none,
  run: runConflicts,
};

const lostNone = { warning: '0' };

async function runSessionLog({ client, given }: CheckContext): Promise<Answer> {
  const title = 'SESSION-LOG';
  const { recorder, capabilities } = await client.status();
  if (!capabilities.gateway)
    throw new AppError('unsupported', 'This daemon keeps addresses without a gateway, so it records no sessions');
  if (recorder === undefined || recorder.mode === 'off')
    return { state: 'OK', title, text: 'sessions are not recorded, as the site says', figures: [], more: [] };
  const { mode, running, lastError, log } = recorder;
  if (mode !== 'full')
    return {
      state: 'OK',
      title,
      text: `mode ${mode}: no session is written down, as the site says`,
      figures: [],
      more: [],
    };
  const lost = recorder.lostEvents + (log?.lost ?? 0);
  const { figure, state } = judge({ label: 'lost', value: lost, min: 0, unit: 'c' }, thresholdsOf(lostNone, given));
  const trouble = lastError ?? log?.lastError ?? (running ? undefined : 'no session is recorded just now');
  const since = recorder.since === undefined ? '' : `, without a gap since ${new Date(recorder.since).toISOString()}`;
  return {
    state: worst([state, trouble === undefined ? 'OK' : 'CRITICAL']),
    title,
    text: trouble ?? `sessions are recorded${since}${lost > 0 ? `; ${lost} lost since the daemon started` : ''}`,
    figures: [
      figure,
      { label: 'begun', value: recorder.begun, unit: 'c', min: 0 },
      { label: 'ended', value: recorder.ended, unit: 'c', min: 0 },
      ...(log === undefined ? [] : [{ label: 'size', value: log.bytes, unit: 'B' as const, min: 0 }]),
    ],
    more: [],
  };
}

export const sessionLog: Check = {
  about: 'whether sessions are recorded, and how many were lost since the daemon started',
  ...lostNone,
  run: runSessionLog,
};
