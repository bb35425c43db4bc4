/**
 * A client of a Confluent schema registry (https://docs.confluent.io/platform/current/schema-registry/develop/api.html). Schemas by id never
 * change, so they are kept; what a subject's latest version is, is asked for each analysis. The wire format is a zero byte, the
 * id in four bytes, highest first, and the value.
 */
import { createHash } from "node:crypto";
import { sleep } from "../../base/clock.ts";
import { ExecutionError } from "../../base/errors.ts";
import type { HttpAnswer } from "../../base/http.ts";
import { parseAvroSchema, type AvroNames, type AvroSchema } from "../../formats/avro/schema.ts";
import type { SqlSettings } from "../../plan/function.ts";
import { ResourceMissing, type ResourceWorld } from "../../plan/resources.ts";
import { authorization, type RegistryOptions } from "./registry-options.ts";

export const WIRE_PREFIX_BYTES = 5;
const ATTEMPTS = 4;
const FIRST_PAUSE_MICROS = 200_000;
const MAY_PASS = new Set([408, 425, 429]);
/** Schemas that refer to others that refer to others. */
const MAX_REFERENCES = 32;

interface Reference { readonly name: string; readonly subject: string; readonly version: number }
interface Registered { readonly schema: string; readonly schemaType?: string; readonly references?: readonly Reference[]; readonly id?: number }
export interface SubjectVersion { readonly id: number; readonly schema: AvroSchema; readonly text: string }

/** The registry of some options: one a session, whoever asks. */
export function schemaRegistry(options: RegistryOptions, { resources }: SqlSettings): SchemaRegistry {
  const key = `registry:${createHash("sha256").update(JSON.stringify([options.urls, options.auth])).digest("hex")}`;
  const load = async (world: ResourceWorld) => new SchemaRegistry(options, world);
  if (resources === undefined) throw new ResourceMissing(key, load);
  return resources.get(key, load);
}

export class SchemaRegistry {
  readonly #options: RegistryOptions;
  readonly #world: ResourceWorld;
  /** By id. Null: the registry has none, or none of Avro. */
  readonly #known = new Map<number, AvroSchema | null>();
  readonly #asked = new Map<number, Promise<void>>();

  constructor(options: RegistryOptions, world: ResourceWorld) {
    this.#options = options;
    this.#world = world;
  }

  /** Undefined: it was never asked for. */
  schemaOf(id: number): AvroSchema | null | undefined { return this.#known.get(id); }

  /** Asks for the schemas of some ids. @throws ExecutionError MILLRACE_SCHEMA_REGISTRY if the registry can't be asked */
  async fetch(ids: Iterable<number>): Promise<void> {
    await Promise.all([...ids].filter(id => !this.#known.has(id)).map(id => {
      let asked = this.#asked.get(id);
      if (asked === undefined) this.#asked.set(id, asked = this.#fetchOne(id).finally(() => this.#asked.delete(id)));
      return asked;
    }));
  }

  async #fetchOne(id: number): Promise<void> {
    const answer = await this.#ask("GET", `/schemas/ids/${id}`);
    if (answer.status === 404) {
      this.#known.set(id, null);
      return;
    }
    const registered = this.#parsed<Registered>(answer);
    this.#known.set(id, (registered.schemaType ?? "AVRO") === "AVRO" ? await this.#schema(registered) : null);
  }

  /** A version of a subject, or its latest. */
  async version(subject: string, version: string): Promise<SubjectVersion> {
    const answer = await this.#ask("GET", `/subjects/${encodeURIComponent(subject)}/versions/${version}`);
    if (answer.status === 404) throw failure(`it has no version ${version} of the subject ${subject}`);
    const registered = this.#parsed<Registered>(answer);
    if ((registered.schemaType ?? "AVRO") !== "AVRO") throw failure(`the subject ${subject} has schemas of ${registered.schemaType}, not of Avro`);
    return { id: registered.id!, schema: await this.#schema(registered), text: registered.schema };
  }

  /** The id of a schema under a subject; `register`: put there if it is new. */
  async idOf(subject: string, text: string, register: boolean): Promise<number> {
    const answer = await this.#ask("POST", `/subjects/${encodeURIComponent(subject)}${register ? "/versions" : ""}`, JSON.stringify({ schema: text, schemaType: "AVRO" }));
    if (answer.status === 404) throw failure(`the subject ${subject} has no such schema`);
    if (answer.status === 409) throw failure(`the schema doesn't fit with those before it under the subject ${subject}: ${messageOf(answer)}`);
    const { id } = this.#parsed<{ readonly id: number }>(answer);
    if (!Number.isInteger(id)) throw failure("its answer has no id");
    return id;
  }

  async #schema(registered: Registered): Promise<AvroSchema> {
    const names: AvroNames = new Map(), seen = new Set<string>();
    const load = async (references: readonly Reference[] = []): Promise<void> => {
      for (const { subject, version } of references) {
        const key = `${subject} ${version}`;
        if (seen.has(key)) continue;
        seen.add(key);
        if (seen.size > MAX_REFERENCES) throw failure("a schema refers to too many others");
        const referred = this.#parsed<Registered>(await this.#ask("GET", `/subjects/${encodeURIComponent(subject)}/versions/${version}`));
        await load(referred.references);
        parseAvroSchema(referred.schema, names);
      }
    };
    await load(registered.references);
    return parseAvroSchema(registered.schema, names);
  }

  async #ask(method: "GET" | "POST", path: string, body?: string): Promise<HttpAnswer> {
    const { urls, timeoutMillis } = this.#options, { http, clock, random, files } = this.#world;
    const type = "application/vnd.schemaregistry.v1+json", headers = { accept: `${type}, application/json`, ...(body !== undefined && { "content-type": type }), ...authorization(this.#options, files) };
    let reason = "";
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (attempt > 0) await sleep(clock, FIRST_PAUSE_MICROS * 2 ** (attempt - 1) * (1 + random.uint32() / 2 ** 32));
      for (const url of urls) {
        try {
          const answer = await http({ method, url: url + path, headers, timeoutMillis, ...(body !== undefined && { body }) });
          if (answer.status < 500 && !MAY_PASS.has(answer.status)) return answer;
          reason = `its answer was ${answer.status}`;
        } catch (error) {
          const { message, cause } = error as Error;
          reason = `no answer: ${cause instanceof Error ? (cause as NodeJS.ErrnoException).code ?? cause.message : message}`;
        }
      }
    }
    throw failure(`${reason}, ${ATTEMPTS} times`);
  }

  #parsed<T>(answer: HttpAnswer): T {
    if (answer.status === 401 || answer.status === 403) throw failure(`it refuses who asks (${answer.status})`, "schema.registry.basic.auth.user.info or schema.registry.bearer.auth.token say who asks");
    if (answer.status !== 200) throw failure(`its answer was ${answer.status}: ${messageOf(answer)}`);
    try {
      const value = JSON.parse(answer.body) as T;
      if (typeof value === "object" && value !== null) return value;
    } catch { /* said below */ }
    throw failure("its answer is no JSON");
  }
}

function messageOf({ body }: HttpAnswer): string {
  try { return String((JSON.parse(body) as { message?: unknown }).message ?? "").slice(0, 500); } catch { return body.slice(0, 200); }
}

function failure(reason: string, hint?: string): ExecutionError {
  return new ExecutionError({ condition: "MILLRACE_SCHEMA_REGISTRY", sqlState: "58030", message: `The schema registry can't be used: ${reason}.`, messageParameters: { reason }, hint });
}
