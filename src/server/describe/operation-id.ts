/** Names that the path does not give away. */
const names: Readonly<Record<string, string>> = {
  'GET /v1/verify': 'verify',
  'GET /v1/audit/verify': 'verifyAudit',
  'GET /v1/audit/export': 'exportAudit',
  'GET /v1/events/stream': 'followEvents',
  'GET /v1/privacy/owners/{owner}': 'showOwner',
  'GET /v1/privacy/owners/{owner}/erasure': 'planErasure',
  'POST /v1/privacy/owners/{owner}/erasure': 'eraseOwner',
  'POST /v1/privacy/periods/{period}/forget': 'forgetPeriod',
  'POST /v1/alerts/{id}/acknowledge': 'acknowledgeAlert',
  'POST /v1/silences': 'silence',
  'DELETE /v1/silences/{id}': 'endSilence',
  'POST /v1/notifiers/{name}/test': 'testNotifier',
  'POST /v1/plan': 'plan',
  'POST /v1/apply': 'apply',
  'POST /v1/confirm': 'confirm',
  'POST /v1/rollback': 'rollBack',
  'POST /v1/destroy': 'destroy',
  'POST /v1/changes': 'change',
  'POST /v1/validate': 'validate',
  'POST /v1/render': 'render',
  'POST /v1/imports': 'readImport',
  'GET /v1/revisions/{n}/diff': 'diffRevisions',
  'POST /v1/isolations': 'isolate',
  'DELETE /v1/isolations/{guest}': 'endIsolation',
  'POST /v1/macs/leases': 'leaseMacs',
  'POST /v1/macs/release': 'releaseMacs',
  'POST /v1/macs/import': 'importMacs',
  'POST /v1/macs/pools/{pool}/parts': 'carvePool',
  'DELETE /v1/macs/pools/{pool}': 'giveBackPool',
  'GET /v1/macs/{mac}': 'showMac',
  'GET /v1/macs/{mac}/holder': 'whoHeldMac',
  'POST /v1/explain': 'explain',
  'POST /v1/explain/live': 'explainLive',
  'POST /v1/mirrors': 'startMirror',
  'DELETE /v1/mirrors/{id}': 'stopMirror',
  'POST /v1/captures': 'capture',
  'POST /v1/attach': 'attach',
  'POST /v1/detach': 'detach',
  'POST /v1/rotations': 'rotate',
  'DELETE /v1/rotations/{guest}/{nic}': 'rotateBack',
  'POST /v1/rotations/{guest}/{nic}/moved': 'sayMoved',
  'POST /v1/sessions/kill': 'killSessions',
  'GET /v1/trace': 'trace',
  'POST /v1/trace': 'traceMany',
  'POST /v1/seen': 'reportSeen',
  'POST /v1/resolve': 'resolveConflict',
};

const verbs: Readonly<Record<string, string>> = {
  get: 'get',
  put: 'put',
  delete: 'remove',
  post: 'do',
  patch: 'change',
};

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
const singular = (word: string): string => word.replace(/ies$/, 'y').replace(/([^s])s$/, '$1');

/** Name of an operation whose route gives it none: `putGuest` of `PUT /v1/guests/{id}`. */
export function operationIdOf(method: string, path: string): string {
  const name = names[`${method.toUpperCase()} ${path}`];
  if (name !== undefined) return name;
  const parts = path.split('/').filter((part) => part !== '' && part !== 'v1');
  const words = parts.flatMap((part, index) => {
    if (part.startsWith('{')) return [];
    const one = parts[index + 1]?.startsWith('{') || (method !== 'get' && index === parts.length - 1);
    return (one ? singular(part) : part).split(/[-.]/);
  });
  return [verbs[method] ?? method, ...words.map(capital)].join('');
}
