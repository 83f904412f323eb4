import { AppError } from '../../../errors/app-error.ts';
import { type Answer, judge, mostFigures, percentOf, worst } from '../answer.ts';
import { type Check, type CheckContext, thresholdsOf } from './check.ts';

const shares = { warning: '80%', critical: '95%' };

async function runSessions({ client, given }: CheckContext): Promise<Answer> {
  const [summary, { sessions: max }] = await Promise.all([client.sessions.summary({ limit: 1 }), client.limits.list()]);
  const { sessions: value } = summary.all;
  const { figure, state } = judge({ label: 'sessions', value, min: 0, max }, thresholdsOf(shares, given));
  const { table } = summary;
  return {
    state,
    title: 'SESSIONS',
    text: `${value} of ${max} sessions (${percentOf(value, max)})`,
    figures: [figure, { label: 'table', value: table.count, min: 0, max: table.max }],
    more: [
      `the kernel's table holds ${table.count} of ${table.max} (${percentOf(table.count, table.max)}), the host's and others' included`,
    ],
  };
}

/** All of the site's guests together. */
export const sessions: Check = {
  about: 'open sessions of all guests against limits.sessions',
  ...shares,
  run: runSessions,
};

const mostGuests = 10_000;

async function runGuestSessions({ client, name, given }: CheckContext): Promise<Answer> {
  const thresholds = thresholdsOf(shares, given);
  const { guests, total } = await client.sessions.summary({
    limit: mostGuests,
    ...(name === undefined ? {} : { guest: name }),
  });
  const judged = guests
    .map((guest) => ({
      ...guest,
      share: guest.limit === 0 ? 0 : guest.sessions / guest.limit,
      ...judge({ label: guest.guest, value: guest.sessions, min: 0, max: guest.limit }, thresholds),
    }))
    .sort((a, b) => b.share - a.share);
  const [fullest] = judged;
  const title = 'GUEST-SESSIONS';
  if (fullest === undefined)
    return {
      state: 'OK',
      title,
      text: name === undefined ? 'no guest has open sessions' : `guest ${name} has no open sessions`,
      figures: [],
      more: [],
    };
  const say = ({ guest, sessions: open, limit }: (typeof judged)[number]): string =>
    `guest ${guest} has ${open} of ${limit} sessions (${percentOf(open, limit)})`;
  const bad = judged.filter(({ state }) => state !== 'OK');
  const shown = bad[0] ?? fullest;
  const others = bad.length > 1 ? `, and ${bad.length - 1} more above their thresholds` : '';
  return {
    state: worst(judged.map(({ state }) => state)),
    title,
    text: `${say(shown)}${others}; ${total} with sessions`,
    figures: judged.slice(0, mostFigures).map(({ figure }) => figure),
    more: bad.slice(1).map(say),
  };
}

/** Each guest against what it may have. */
export const guestSessions: Check = {
  about: 'open sessions of each guest, or of one, against what it may have',
  name: 'guest',
  ...shares,
  run: runGuestSessions,
};

async function runPools({ client, name, given }: CheckContext): Promise<Answer> {
  const thresholds = thresholdsOf(shares, given);
  const all = await client.macs.pools();
  const chosen = name === undefined ? all : all.filter((pool) => pool.name === name);
  if (name !== undefined && chosen.length === 0)
    throw new AppError(
      'not-found',
      `there is no pool "${name}"; expected one of ${all.map((pool) => pool.name).join(', ')}`,
    );
  const judged = chosen
    .map(({ name: pool, held, quarantined, free }) => {
      const max = held + quarantined + free;
      const value = held + quarantined;
      return { pool, value, max, ...judge({ label: pool, value, min: 0, max }, thresholds) };
    })
    .sort((a, b) => b.value / (b.max || 1) - a.value / (a.max || 1));
  const say = ({ pool, value, max }: (typeof judged)[number]): string =>
    `pool ${pool}: ${value} of ${max} addresses are taken (${percentOf(value, max)})`;
  const bad = judged.filter(({ state }) => state !== 'OK');
  const shown = bad[0] ?? judged[0];
  return {
    state: worst(judged.map(({ state }) => state)),
    title: 'POOLS',
    text:
      shown === undefined
        ? 'there is no pool'
        : `${say(shown)}${bad.length > 1 ? `, and ${bad.length - 1} more above their thresholds` : ''}`,
    figures: judged.slice(0, mostFigures).map(({ figure }) => figure),
    more: bad.slice(1).map(say),
  };
}

export const pools: Check = {
  about: 'addresses of each MAC pool, or of one, that are taken',
  name: 'pool',
  ...shares,
  run: runPools,
};
