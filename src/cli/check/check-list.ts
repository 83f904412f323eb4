import { alerts, violations } from './checks/alerts.ts';
import type { Check } from './checks/check.ts';
import { daemon } from './checks/daemon.ts';
import { guestSessions, pools, sessions } from './checks/sessions.ts';
import { conflicts, drift, services, sessionLog } from './checks/state.ts';
import { uplink } from './checks/uplink.ts';

/** What can be checked, in the order of `--help`. */
export const checkList: Readonly<Record<string, Check>> = {
  sessions,
  'guest-sessions': guestSessions,
  pools,
  alerts,
  violations,
  services,
  drift,
  conflicts,
  'session-log': sessionLog,
  daemon,
  uplink,
};
