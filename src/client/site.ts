import type { ObjectKind, Revision } from '../registry/registry.ts';
import type {
  ReadImportAnswer,
  ReadImportRequest,
  Rendering,
  SimulationAnswer,
  SimulationOrder,
  SiteText,
  Suggestion,
  Validation,
} from '../stateless/contract.ts';
import { queryOf, request, requestLines, sendWell, textOf } from './request.ts';
import type { Transport } from './transport.ts';

export type {
  ReadImportAnswer,
  ReadImportRequest,
  Rendering,
  SimulationAnswer,
  SimulationOrder,
  SiteText,
  Suggestion,
  Validation,
};

/** The site file that would say the site. */
export interface SiteFile {
  /** YAML. */
  readonly text: string;
  /** For `ifMatch` of a change: it is refused when the site has become another one. */
  readonly etag: string;
  /** 0 before the first one. */
  readonly revision: number;
}

/** One object that a revision has otherwise than an earlier one, as it stands in a site file. */
export interface ObjectChange {
  readonly change: 'add' | 'remove' | 'change';
  readonly kind: ObjectKind;
  readonly name: string;
  readonly origin: 'file' | 'api';
  readonly before?: unknown;
  readonly after?: unknown;
}

/** `client.site`: the site as a whole, and texts that may become one. Every method rejects with an AppError. */
export interface SiteClient {
  /** What the site file owns, or with `all` what the API made as well; now or as of a revision. */
  file(filter?: { revision?: number; all?: boolean }): Promise<SiteFile>;
  /** JSON Schema of the site file. */
  schema(): Promise<Readonly<Record<string, unknown>>>;
  validate(text: SiteText): Promise<Validation>;
  render(text: SiteText): Promise<Rendering>;
  simulate(order: SimulationOrder): Promise<SimulationAnswer>;
  /** Looks at the host of the daemon and suggests a first site file. */
  suggest(uplink?: string): Promise<Suggestion>;
  revision(number: number): Promise<Revision>;
  /** What a revision has otherwise than an earlier one: the one before unless given. */
  diff(number: number, against?: number): AsyncGenerator<ObjectChange>;
  /** Reads what another tool printed, for `macs.import`. */
  readImport(body: ReadImportRequest): Promise<ReadImportAnswer>;
}

export function siteClient(transport: Transport): SiteClient {
  const get = <T>(path: string) => request<T>(transport, 'GET', path);
  const post = <T>(path: string, body: object) => request<T>(transport, 'POST', path, body);
  return {
    file: async ({ revision, all } = {}) => {
      const query = queryOf({ revision, origin: all ? 'all' : undefined });
      try {
        const answer = await sendWell(transport, {
          method: 'GET',
          path: `/v1/site${query}`,
          accept: 'application/yaml',
        });
        const text = await textOf(answer);
        return {
          text,
          etag: answer.header('etag') ?? '',
          revision: Number(answer.header('bridgekeeper-revision') ?? 0),
        };
      } catch (error) {
        throw transport.explain(error);
      }
    },
    schema: () => get('/v1/site/schema'),
    validate: (text) => post('/v1/validate', text),
    render: (text) => post('/v1/render', text),
    simulate: (order) => post('/v1/macs/simulation', order),
    suggest: (uplink) => get(`/v1/site/suggestion${queryOf({ uplink })}`),
    revision: (number) => get(`/v1/revisions/${number}`),
    diff: (number, against) =>
      requestLines<ObjectChange>(transport, `/v1/revisions/${number}/diff${queryOf({ against })}`),
    readImport: (body) => post('/v1/imports', body),
  };
}
