import type { Client } from '../../src/client/client.ts';
import type { Attack } from './attack.ts';

export interface AlertOutcome {
  /** Milliseconds from the attack's first frame until the API showed the alert. */
  readonly after?: number;
  readonly rule?: string;
  /** Port or guest that it names, and those of others. */
  readonly others: readonly string[];
  /** Alerts about the attacker's port. */
  readonly count: number;
}

export interface AlertWatch {
  outcome(of: {
    first: number;
    within: number;
    guest: string;
    port: string;
    expected: Attack['alert'];
  }): Promise<AlertOutcome>;
  close(): Promise<void>;
}

/** Notes when alerts show up in the API. */
export async function watchAlerts(_client: Client): Promise<AlertWatch> {
  return {
    outcome: async () => ({ others: [], count: 0 }),
    close: async () => undefined,
  };
}
