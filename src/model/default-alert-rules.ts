import type { AlertRule, AlertSettings } from './alert-rule.ts';
import type { Label } from './names.ts';
import type { Condition } from './reading.ts';

const minute = 60;
const day = 86_400;

type Rest = Pick<AlertRule, 'for' | 'clear' | 'severity'> & Partial<Pick<AlertRule, 'above' | 'below' | 'within'>>;

const rule = (name: string, when: Condition, rest: Rest): AlertRule => ({
  name: name as Label,
  when,
  only: [],
  ...rest,
});

/**
 * Rules that every site has unless it changes them by name or switches them off. docs/explanation/alerts.md lists them
 * and says why their times are what they are.
 */
export const defaultAlertRules: readonly AlertRule[] = [
  rule('violation', 'violation', { for: 0, clear: minute, severity: 'warning' }),
  rule('violation-lasts', 'violation', { for: 5 * minute, clear: 5 * minute, severity: 'critical' }),
  rule('conflict', 'conflict', { for: 0, clear: 5 * minute, severity: 'critical' }),
  rule('mac-changes', 'mac-changes', {
    above: 0.05,
    within: 10 * minute,
    for: 0,
    clear: 10 * minute,
    severity: 'warning',
  }),
  rule('storm', 'storm', { for: 0, clear: minute, severity: 'warning' }),
  rule('pool-fill', 'pool-fill', { above: 0.8, for: 0, clear: 5 * minute, severity: 'warning' }),
  rule('pool-full', 'pool-fill', { above: 0.95, for: 0, clear: 5 * minute, severity: 'critical' }),
  rule('sessions', 'sessions', { above: 0.8, for: 30, clear: 2 * minute, severity: 'warning' }),
  rule('guest-sessions', 'guest-sessions', { above: 0.8, for: 30, clear: 2 * minute, severity: 'warning' }),
  rule('session-table', 'session-table', { above: 0.8, for: 30, clear: 2 * minute, severity: 'critical' }),
  rule('refused', 'refused', { for: 30, clear: 5 * minute, severity: 'warning' }),
  rule('cpu', 'cpu', { above: 0.7, for: 2 * minute, clear: 2 * minute, severity: 'warning' }),
  rule('memory', 'memory', { above: 0.85, for: 2 * minute, clear: 2 * minute, severity: 'warning' }),
  rule('uplink-bandwidth', 'uplink-bandwidth', { above: 0.9, for: minute, clear: 2 * minute, severity: 'warning' }),
  rule('guest-unreachable', 'guest-unreachable', { for: minute, clear: 30, severity: 'warning' }),
  rule('forward-down', 'forward-down', { for: 30, clear: 30, severity: 'critical' }),
  rule('certificate', 'certificate', { below: 14 * day, for: 0, clear: minute, severity: 'warning' }),
  rule('certificate-soon', 'certificate', { below: 3 * day, for: 0, clear: minute, severity: 'critical' }),
  rule('dhcp', 'dhcp', { for: 10, clear: 5 * minute, severity: 'warning' }),
  rule('service', 'service', { for: 10, clear: 30, severity: 'critical' }),
  rule('drift', 'drift', { for: 30, clear: minute, severity: 'critical' }),
  rule('clock', 'clock', { for: 0, clear: 10 * minute, severity: 'warning' }),
  rule('session-log', 'session-log', { for: 0, clear: minute, severity: 'critical' }),
  rule('ids', 'ids', { for: 0, clear: 10 * minute, severity: 'warning' }),
];

/** What holds where a site says nothing of alerts. */
export const defaultAlertSettings: AlertSettings = {
  rules: defaultAlertRules,
  notifiers: [],
  repeat: 4 * 3600,
  isolateAtMost: 0.1,
};
