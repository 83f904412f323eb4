import { Logins } from '../../../src/access/logins/logins.ts';
import type { Registry } from '../../../src/registry/registry.ts';
import { openSqliteRegistry } from '../../../src/registry/sqlite/open.ts';
import { type Scope, temporaryDirectory } from '../../daemon/test-daemon.ts';

/** The least that Argon2 takes, so that tests do not wait. */
export const cheap = { memory: 64, passes: 1, parallelism: 4 };

export const minute = 60_000;
export const hour = 60 * minute;

/** A clock that stands still until it is told to go on. */
export class TestClock {
  wall = Date.parse('2026-11-22T12:00:00Z');
  steady = 1_000_000;

  now = (): number => this.wall;
  monotonic = (): number => this.steady;

  pass(milliseconds: number): void {
    this.wall += milliseconds;
    this.steady += milliseconds;
  }
}

export interface OpenLogins {
  readonly logins: Logins;
  readonly registry: Registry;
  readonly clock: TestClock;
  /** Ids of logins of which it was said that they ended. */
  readonly ended: string[];
  readonly troubles: string[];
  readonly directory: string;
}

/** Logins on a real registry; `before`: go on where these ended. */
export async function openLogins(scope: Scope, before?: OpenLogins): Promise<OpenLogins> {
  const directory = before?.directory ?? temporaryDirectory(scope);
  const clock = before?.clock ?? new TestClock();
  if (before !== undefined) {
    before.logins.close();
    await before.registry.close();
  }
  const registry = await openSqliteRegistry({ directory, now: clock.now });
  scope.after(() => registry.close());
  const ended: string[] = [];
  const troubles: string[] = [];
  const logins = await Logins.open({
    kept: registry.kept,
    siteKey: await registry.siteKey(),
    clock,
    onEnded: (id) => ended.push(id),
    onTrouble: (text) => troubles.push(text),
    cost: cheap,
  });
  scope.after(() => logins.close());
  return { logins, registry, clock, ended, troubles, directory };
}

export const admin = { who: 'root', from: 'unix socket' };
export const here = { from: '192.0.2.7', browser: 'Test/1' };
export const secret = 'correct horse battery staple';

/** The header that a browser sends with these cookies. */
export const cookieOf = (value: string): string => `theme=dark; __Host-bridgekeeper=${value}`;
export const deviceOf = (value: string | undefined): string => `__Host-bridgekeeper-device=${value}`;
