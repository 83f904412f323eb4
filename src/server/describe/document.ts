/** An OpenAPI 3.1 document, as far as it is worked on here. */
export interface Reference {
  readonly $ref: string;
}

export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema?: unknown;
}

export interface Answer {
  readonly description?: string;
  readonly content?: Readonly<Record<string, { readonly schema?: unknown; examples?: unknown }>>;
}

export interface Operation {
  operationId?: string;
  summary?: string;
  description?: string;
  tags?: readonly string[];
  parameters?: readonly Parameter[];
  requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: unknown }>> };
  responses?: Record<string, Answer | Reference>;
  security?: readonly Readonly<Record<string, readonly string[]>>[];
}

export interface Components {
  schemas?: Record<string, unknown>;
  responses?: Record<string, unknown>;
  securitySchemes?: Record<string, unknown>;
}

export interface ApiDocument {
  readonly openapi: string;
  readonly info: Readonly<Record<string, unknown>>;
  readonly servers?: unknown;
  readonly tags?: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: Components;
}
