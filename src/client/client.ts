import type { Problem } from '../errors/problem.ts';
import type {
  ApplyResult,
  ChangeOrder,
  ChangeStage,
  Engine,
  EngineStatus,
  LeaseView,
  ObjectNoun,
  ObjectOrder,
  PlanResult,
} from '../reconciler/engine-contract.ts';
import type { JournalEntry, Revision, StoredObject } from '../registry/registry.ts';
import { type AccessClient, accessClient } from './access.ts';
import { type AccountsClient, accountsClient } from './accounts.ts';
import { type AlertsClient, alertsClient } from './alerts.ts';
import { askedOn, type ChangeTerms } from './asked.ts';
import { type AuditClient, auditClient } from './audit.ts';
import { type ChangesClient, changesClient } from './changes.ts';
import { type EventsClient, eventsClient } from './events.ts';
import { type ExplainClient, explainClient } from './explain.ts';
import { type IsolationClient, isolationClient } from './isolation.ts';
import { type LimitsClient, limitsClient } from './limits.ts';
import { type LoginClient, loginClient } from './login.ts';
import { type MacsClient, macsClient } from './macs.ts';
import { type MirrorsClient, mirrorsClient } from './mirrors.ts';
import { type OwnersClient, ownersClient } from './owners.ts';
import { type PrivacyClient, privacyClient } from './privacy.ts';
import { request, requestList, requestPage, requestText } from './request.ts';
import { type RotationsClient, rotationsClient } from './rotations.ts';
import { type SessionsClient, sessionsClient } from './sessions.ts';
import { type SharedPortsClient, sharedPortsClient } from './shared-ports.ts';
import { type SiteClient, siteClient } from './site.ts';
import { type TraceClient, traceClient } from './trace.ts';
import { type TrafficClient, trafficClient } from './traffic.ts';
import type { Transport } from './transport.ts';
import { type WireClient, wireClient } from './wire.ts';

export type { Change } from './changes.ts';
export type {
  ApplyResult,
  ChangeOrder,
  ChangeStage,
  ChangeTerms,
  EngineStatus,
  JournalEntry,
  LeaseView,
  ObjectNoun,
  ObjectOrder,
  PlanResult,
  Problem,
  Revision,
  StoredObject,
};
export type VerifyResult = Awaited<ReturnType<Engine['verify']>>;
export type DestroyResult = Awaited<ReturnType<Engine['destroy']>>;

/** What the daemon's API offers (docs/reference/api), method by method. Every method rejects with an AppError. */
export interface Client {
  /** The same, of which every change is asked for on these terms. */
  on(terms: ChangeTerms): Client;
  /** Changes of the site, whatever they are ordered by. */
  readonly changes: ChangesClient;
  /** The site as a whole, and texts that may become one. */
  readonly site: SiteClient;
  /** Who may log in on the page. */
  readonly accounts: AccountsClient;
  /** Tokens and certificates that let somebody in. */
  readonly access: AccessClient;
  /** What somebody must know. */
  readonly alerts: AlertsClient;
  readonly audit: AuditClient;
  readonly privacy: PrivacyClient;
  status(): Promise<EngineStatus>;
  /** Figures in Prometheus' text format, as docs/reference/metrics.md explains them. */
  metrics(): Promise<string>;
  plan(body: { site: string; file?: string }): Promise<PlanResult>;
  apply(body: { site: string; file?: string; confirmSeconds?: number; comment?: string }): Promise<ApplyResult>;
  confirm(): Promise<Revision>;
  /** Without a revision: takes back what waits to be confirmed. */
  rollback(revision?: number): Promise<ApplyResult>;
  /** Newest first. */
  revisions(limit?: number): Promise<Revision[]>;
  journal(limit?: number): Promise<JournalEntry[]>;
  leases(): Promise<LeaseView[]>;
  objects(kind: ObjectNoun): Promise<StoredObject[]>;
  object(kind: ObjectNoun, name: string): Promise<StoredObject>;
  putObject(kind: ObjectNoun, name: string, body: object): Promise<ApplyResult>;
  removeObject(kind: ObjectNoun, name: string): Promise<ApplyResult>;
  attach(guest: string, nic: number, port: string): Promise<ApplyResult>;
  detach(guest: string, nic: number): Promise<ApplyResult>;
  verify(): Promise<VerifyResult>;
  destroy(): Promise<DestroyResult>;
  /** NICs that are cut off or limited for a time. */
  readonly isolation: IsolationClient;
  /** What was noticed. */
  readonly events: EventsClient;
  /** What guests may, and who was refused more. */
  readonly limits: LimitsClient;
  /** Who asks, and logging in on the page. */
  readonly login: LoginClient;
  /** MAC addresses: leases, look-ups, pools. */
  readonly macs: MacsClient;
  /** Copies of what a NIC sends and is sent. */
  readonly mirrors: MirrorsClient;
  /** Owners and their quotas. */
  readonly owners: OwnersClient;
  /** The way of a packet: by the applied site, and in the kernel. */
  readonly explain: ExplainClient;
  /** New MAC addresses for NICs that go on working. */
  readonly rotations: RotationsClient;
  /** Open sessions of the site's guests. */
  readonly sessions: SessionsClient;
  /** Whose the ports of the shared address are. */
  readonly sharedPorts: SharedPortsClient;
  /** Who was behind an address and port at a time. */
  readonly trace: TraceClient;
  /** How much goes to and fro. */
  readonly traffic: TrafficClient;
  /** What shows up on the wire, and leased addresses that show up twice. */
  readonly wire: WireClient;
}

/** Plural of a kind, as it stands in the API's paths. */
export const collectionOf: Readonly<Record<ObjectNoun, string>> = {
  forward: 'forwards',
  guest: 'guests',
  segment: 'segments',
  policy: 'policies',
  pool: 'pools',
};

const pathOf = (kind: ObjectNoun, name: string): string => `/v1/${collectionOf[kind]}/${encodeURIComponent(name)}`;

/** Client of the daemon that a transport reaches. */
export function clientOf(transport: Transport): Client {
  const get = <T>(path: string) => request<T>(transport, 'GET', path);
  const post = <T>(path: string, body: object = {}) => request<T>(transport, 'POST', path, body);
  return {
    on: (terms) => clientOf(askedOn(transport, terms)),
    changes: changesClient(transport),
    site: siteClient(transport),
    status: () => get('/v1/status'),
    metrics: async () => {
      let text = '';
      for await (const part of requestText(transport, '/metrics')) text += part;
      return text;
    },
    plan: (body) => post('/v1/plan', body),
    apply: (body) => post('/v1/apply', body),
    confirm: () => post('/v1/confirm'),
    rollback: (revision) => post('/v1/rollback', revision === undefined ? {} : { revision }),
    revisions: async (limit = 50) => [
      ...(await requestPage<Revision>(transport, `/v1/revisions?limit=${limit}`)).items,
    ],
    journal: async (limit = 50) => [
      ...(await requestPage<JournalEntry>(transport, `/v1/journal?limit=${limit}`)).items,
    ],
    leases: () => requestList(transport, '/v1/leases'),
    objects: (kind) => requestList(transport, `/v1/${collectionOf[kind]}`),
    object: (kind, name) => get(pathOf(kind, name)),
    putObject: (kind, name, body) => request(transport, 'PUT', pathOf(kind, name), body),
    removeObject: (kind, name) => request(transport, 'DELETE', pathOf(kind, name)),
    attach: (guest, nic, port) => post('/v1/attach', { guest, nic, port }),
    detach: (guest, nic) => post('/v1/detach', { guest, nic }),
    verify: () => get('/v1/verify'),
    destroy: () => post('/v1/destroy'),
    accounts: accountsClient(transport),
    access: accessClient(transport),
    alerts: alertsClient(transport),
    audit: auditClient(transport),
    events: eventsClient(transport),
    isolation: isolationClient(transport),
    limits: limitsClient(transport),
    login: loginClient(transport),
    macs: macsClient(transport),
    explain: explainClient(transport),
    mirrors: mirrorsClient(transport),
    owners: ownersClient(transport),
    privacy: privacyClient(transport),
    rotations: rotationsClient(transport),
    sessions: sessionsClient(transport),
    sharedPorts: sharedPortsClient(transport),
    trace: traceClient(transport),
    traffic: trafficClient(transport),
    wire: wireClient(transport),
  };
}
