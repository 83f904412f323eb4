/** How one change of the API can be asked for. */
export interface ChangeRule {
  /** With `plan=true` it answers what it would do, and does nothing. */
  readonly plan?: true;
  /** What If-Match and If-None-Match are compared with; without it both are refused. */
  readonly tag?: 'object' | 'site';
  /** Its answer holds a secret, which is kept nowhere: a repeated request learns only that it was done. */
  readonly secret?: true;
  /** It keeps request keys itself, in the transaction of the change. */
  readonly ownKeys?: true;
  /** It is about the login of who asks, not about what is kept: there is nothing to plan, and no key. */
  readonly ofLogin?: true;
}

const planned = { plan: true } as const;
const ofSite = { plan: true, tag: 'site' } as const;
const ofObject = { plan: true, tag: 'object' } as const;

/** Every change of the API, by method and path as in the OpenAPI document. One that is not here cannot be planned. */
export const changeTable: Readonly<Record<string, ChangeRule>> = {
  'POST /v1/changes': ofSite,
  'POST /v1/apply': ofSite,
  'POST /v1/confirm': ofSite,
  'POST /v1/rollback': ofSite,
  'POST /v1/destroy': ofSite,
  'POST /v1/attach': ofSite,
  'POST /v1/detach': ofSite,
  'PUT /v1/forwards/{id}': ofObject,
  'DELETE /v1/forwards/{id}': ofObject,
  'PUT /v1/guests/{id}': ofObject,
  'DELETE /v1/guests/{id}': ofObject,
  'PUT /v1/segments/{id}': ofObject,
  'DELETE /v1/segments/{id}': ofObject,
  'PUT /v1/policies/{id}': ofObject,
  'DELETE /v1/policies/{id}': ofObject,
  'PUT /v1/pools/{id}': ofObject,
  'DELETE /v1/pools/{id}': ofObject,
  'POST /v1/alerts/{id}/acknowledge': planned,
  'POST /v1/silences': planned,
  'DELETE /v1/silences/{id}': planned,
  'POST /v1/notifiers/{name}/test': planned,
  'POST /v1/privacy/owners/{owner}/erasure': planned,
  'POST /v1/privacy/periods/{period}/forget': planned,
  'POST /v1/isolations': planned,
  'DELETE /v1/isolations/{guest}': planned,
  'POST /v1/sessions/kill': planned,
  'POST /v1/macs/leases': { plan: true, ownKeys: true },
  'POST /v1/macs/release': planned,
  'POST /v1/macs/import': planned,
  'POST /v1/macs/pools/{pool}/parts': planned,
  'DELETE /v1/macs/pools/{pool}': planned,
  'POST /v1/mirrors': planned,
  'DELETE /v1/mirrors/{id}': planned,
  'POST /v1/rotations': planned,
  'DELETE /v1/rotations/{guest}/{nic}': planned,
  'POST /v1/rotations/{guest}/{nic}/moved': planned,
  'POST /v1/seen': planned,
  'POST /v1/resolve': planned,
  'POST /v1/accounts': { plan: true, secret: true },
  'PATCH /v1/accounts/{name}': planned,
  'DELETE /v1/accounts/{name}': planned,
  'POST /v1/access/tokens': { plan: true, secret: true },
  'POST /v1/access/certificates': planned,
  'DELETE /v1/access/{id}': planned,
  'DELETE /v1/logins/{id}': planned,
};

/** Calls that only look, although they have a body: there is nothing to plan, and nothing to do twice. */
export const looks: ReadonlySet<string> = new Set([
  'POST /v1/plan',
  'POST /v1/validate',
  'POST /v1/render',
  'POST /v1/imports',
  'POST /v1/macs/simulation',
  'POST /v1/explain',
  'POST /v1/explain/live',
  'POST /v1/trace',
  'POST /v1/trace/reports',
  'POST /v1/captures',
]);

const changes = /^(?:POST|PUT|PATCH|DELETE) \/v1\//;
const ofLogins = /^[A-Z]+ \/v1\/(?:login|logout|me)(?:\/|$)/;

/** The rule of an endpoint; undefined where it changes nothing. What nobody knows may answer with a secret. */
export function ruleOf(endpoint: string): ChangeRule | undefined {
  if (!changes.test(endpoint) || looks.has(endpoint)) return undefined;
  if (ofLogins.test(endpoint)) return { ofLogin: true };
  return Object.hasOwn(changeTable, endpoint) ? changeTable[endpoint] : { secret: true };
}

/** `PUT /v1/guests/{id}` of a route. */
export const endpointOf = (method: string, url: string): string => `${method} ${url.replace(/:([A-Za-z]+)/g, '{$1}')}`;
