/**
 * Who began a session, and where it leads. `out`: a guest, to the world. `in`: the world, to a guest. `between`: a
 * guest, to a guest, directly or by a published port. `to-host` and `from-host`: a guest and the host itself.
 */
export const sessionDirections = ['out', 'in', 'between', 'to-host', 'from-host'] as const;
export type SessionDirection = (typeof sessionDirections)[number];

/** How sessions are ordered, the largest first. `bytes` and `packets`: both ways together. `age`: the oldest first. */
export const sessionOrders = ['bytes', 'packets', 'age'] as const;
export type SessionOrder = (typeof sessionOrders)[number];

/** How guests are, by their sessions. */
export const guestOrders = ['bytes', 'packets', 'sessions'] as const;
export type GuestOrder = (typeof guestOrders)[number];
