/** Routing table that sends the shared address to a same-address guest. Above 255, clear of what tools take by hand. */
export function tableOf(shareId: number): number {
  return 110_000 + shareId;
}

/** Preferences of the policy-routing rules; the kernel's own are 0 (local), 32766 (main) and 32767 (default). */
export const rulePreferences = { skip: 9, guest: 10, local: 100 } as const;

/** `proto` of our routes and rules (rtnetlink: above 4 is free for routing daemons), by which they can be told. */
export const routeProtocol = 107;
