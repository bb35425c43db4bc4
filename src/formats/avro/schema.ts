/**
 * Avro schemas: JSON text to nodes and back (https://avro.apache.org/docs/1.12.0/specification/). Named types are nodes that
 * may hold themselves.
 */
import { AnalysisError } from "../../base/errors.ts";

export type AvroPrimitiveKind = "null" | "boolean" | "int" | "long" | "float" | "double" | "bytes" | "string";
/** `logical`: only where it is valid for the type; others are ignored, as the specification asks. */
export type AvroLogical =
  | "date" | "time-millis" | "time-micros" | "timestamp-millis" | "timestamp-micros" | "timestamp-nanos"
  | "local-timestamp-millis" | "local-timestamp-micros" | "local-timestamp-nanos" | "uuid" | "decimal" | "custom-decimal" | "duration";

interface Annotated {
  readonly logical?: AvroLogical;
  /** Of decimals. */
  readonly precision?: number;
  readonly scale?: number;
  /** A type of SQL that Avro lacks, as its text: the property `spark.sql.catalyst.type`. */
  readonly sqlType?: string;
}
export interface AvroPrimitive extends Annotated { readonly kind: AvroPrimitiveKind }
interface Named {
  readonly name: string;
  readonly namespace: string;
  readonly fullName: string;
  /** Full names. */
  readonly aliases: readonly string[];
}
export interface AvroField { readonly name: string; readonly schema: AvroSchema; readonly aliases: readonly string[]; readonly default?: unknown }
/** `fields` is filled after the node is made. */
export interface AvroRecord extends Named { readonly kind: "record"; readonly fields: AvroField[] }
export interface AvroEnum extends Named { readonly kind: "enum"; readonly symbols: readonly string[]; readonly default?: string }
export interface AvroFixed extends Named, Annotated { readonly kind: "fixed"; readonly size: number }
export interface AvroArray { readonly kind: "array"; readonly items: AvroSchema }
export interface AvroMap { readonly kind: "map"; readonly values: AvroSchema }
export interface AvroUnion { readonly kind: "union"; readonly branches: readonly AvroSchema[] }
export type AvroSchema = AvroPrimitive | AvroRecord | AvroEnum | AvroFixed | AvroArray | AvroMap | AvroUnion;

export const SQL_TYPE_PROPERTY = "spark.sql.catalyst.type";
/** Schemas in one another. */
const MAX_DEPTH = 200;
const MAX_FIXED = 1 << 28;
const PRIMITIVES: ReadonlySet<string> = new Set(["null", "boolean", "int", "long", "float", "double", "bytes", "string"]);
/** The kinds of Avro's types on which a logical type means something. */
const LOGICAL: Readonly<Record<string, readonly string[]>> = {
  date: ["int"], "time-millis": ["int"], "time-micros": ["long"], "timestamp-millis": ["long"], "timestamp-micros": ["long"], "timestamp-nanos": ["long"],
  "local-timestamp-millis": ["long"], "local-timestamp-micros": ["long"], "local-timestamp-nanos": ["long"], uuid: ["string", "fixed"],
  decimal: ["bytes", "fixed"], "custom-decimal": ["long"], duration: ["fixed"],
};

type Json = { readonly [key: string]: unknown };
/** Named types that a text may refer to, by full name. */
export type AvroNames = Map<string, AvroRecord | AvroEnum | AvroFixed>;

/**
 * The schema of a text. `names`: types of other texts that it may refer to; its own are added.
 * @throws AnalysisError MILLRACE_INVALID_AVRO_SCHEMA
 */
export function parseAvroSchema(text: string, names: AvroNames = new Map()): AvroSchema {
  let json: unknown;
  try {
    json = JSON.parse(text, exactIntegers);
  } catch (error) {
    throw invalidSchema(`it is no JSON: ${(error as Error).message}`, text);
  }
  return new SchemaParser(text, names).schema(json, "", 0);
}

/** Whole numbers of defaults keep all their digits. */
const exactIntegers = ((_key: string, value: unknown, context?: { readonly source?: string }): unknown =>
  typeof value === "number" && !Number.isSafeInteger(value) && context?.source !== undefined && /^-?\d+$/.test(context.source) ? BigInt(context.source) : value) as (key: string, value: unknown) => unknown;

export function invalidSchema(reason: string, text: string): AnalysisError {
  const schema = text.length > 200 ? `${text.slice(0, 200)}...` : text;
  return new AnalysisError({ condition: "MILLRACE_INVALID_AVRO_SCHEMA", sqlState: "42K07", message: `The Avro schema can't be used: ${reason}. It is ${schema}`, messageParameters: { reason, schema } });
}

class SchemaParser {
  readonly #text: string;
  readonly #names: AvroNames;
  constructor(text: string, names: AvroNames) { this.#text = text; this.#names = names; }

  schema(json: unknown, namespace: string, depth: number): AvroSchema {
    if (depth > MAX_DEPTH) throw this.#fail("it is nested too deep");
    if (typeof json === "string") return PRIMITIVES.has(json) ? { kind: json as AvroPrimitiveKind } : this.#named(json, namespace);
    if (Array.isArray(json)) return this.#union(json, namespace, depth);
    if (typeof json !== "object" || json === null) throw this.#fail(`${JSON.stringify(json)} is no schema`);
    const object = json as Json, { type } = object;
    if (typeof type === "object" && type !== null) return this.schema(type, namespace, depth + 1);
    switch (type) {
      case "record": case "error": return this.#record(object, namespace, depth);
      case "enum": {
        const { symbols } = object;
        if (!Array.isArray(symbols) || symbols.some(symbol => typeof symbol !== "string")) throw this.#fail("an enum needs symbols");
        if (new Set(symbols).size !== symbols.length) throw this.#fail("an enum has a symbol twice");
        const fallback = object["default"];
        if (fallback !== undefined && !symbols.includes(fallback)) throw this.#fail("the default of an enum is none of its symbols");
        return this.#keep({ kind: "enum", ...this.#name(object, namespace), symbols: symbols as string[], ...(fallback !== undefined && { default: fallback as string }) });
      }
      case "fixed": {
        const { size } = object;
        if (typeof size !== "number" || !Number.isInteger(size) || size < 0 || size > MAX_FIXED) throw this.#fail("a fixed needs a size");
        return this.#keep({ kind: "fixed", ...this.#name(object, namespace), size, ...annotations("fixed", object, size) });
      }
      case "array":
        if (object["items"] === undefined) throw this.#fail("an array needs items");
        return { kind: "array", items: this.schema(object["items"], namespace, depth + 1) };
      case "map":
        if (object["values"] === undefined) throw this.#fail("a map needs values");
        return { kind: "map", values: this.schema(object["values"], namespace, depth + 1) };
      default:
        if (typeof type !== "string") throw this.#fail("a type is missing");
        return PRIMITIVES.has(type) ? { kind: type as AvroPrimitiveKind, ...annotations(type, object, undefined) } : this.#named(type, namespace);
    }
  }

  #union(branches: readonly unknown[], namespace: string, depth: number): AvroUnion {
    const parsed = branches.map(branch => this.schema(branch, namespace, depth + 1)), seen = new Set<string>();
    for (const branch of parsed) {
      if (branch.kind === "union") throw this.#fail("a union lies directly in a union");
      const key = "fullName" in branch ? branch.fullName : branch.kind;
      if (seen.has(key)) throw this.#fail(`a union has ${key} twice`);
      seen.add(key);
    }
    return { kind: "union", branches: parsed };
  }

  #record(object: Json, namespace: string, depth: number): AvroRecord {
    const named = this.#name(object, namespace), given = object["fields"];
    if (!Array.isArray(given)) throw this.#fail(`the record ${named.fullName} needs fields`);
    const record: AvroRecord = this.#keep({ kind: "record", ...named, fields: [] }), seen = new Set<string>();
    for (const one of given as unknown[]) {
      const field = one as Json;
      if (typeof field !== "object" || field === null || field["type"] === undefined) throw this.#fail(`a field of ${named.fullName} needs a name and a type`);
      const name = field["name"];
      if (typeof name !== "string" || !isName(name)) throw this.#fail(`a field of ${named.fullName} has no good name`);
      if (seen.has(name)) throw this.#fail(`the record ${named.fullName} has the field ${name} twice`);
      seen.add(name);
      record.fields.push({ name, schema: this.schema(field["type"], named.namespace, depth + 1), aliases: texts(field["aliases"]), ...("default" in field && { default: field["default"] }) });
    }
    return record;
  }

  #name(object: Json, enclosing: string): Named {
    const given = object["name"], space = object["namespace"];
    if (typeof given !== "string" || given === "") throw this.#fail("a named type has no name");
    const dot = given.lastIndexOf("."), name = given.slice(dot + 1), namespace = dot >= 0 ? given.slice(0, dot) : typeof space === "string" ? space : enclosing;
    if (!isName(name) || (namespace !== "" && !namespace.split(".").every(isName))) throw this.#fail(`${JSON.stringify(given)} is no good name`);
    const full = (one: string): string => (one.includes(".") || namespace === "" ? one : `${namespace}.${one}`);
    return { name, namespace, fullName: full(name), aliases: texts(object["aliases"]).map(full) };
  }

  #keep<T extends AvroRecord | AvroEnum | AvroFixed>(named: T): T {
    if (this.#names.has(named.fullName)) throw this.#fail(`${named.fullName} is defined twice`);
    this.#names.set(named.fullName, named);
    return named;
  }

  #named(name: string, namespace: string): AvroSchema {
    const found = (name.includes(".") || namespace === "" ? undefined : this.#names.get(`${namespace}.${name}`)) ?? this.#names.get(name);
    if (found === undefined) throw this.#fail(`there is no type ${JSON.stringify(name)}`);
    return found;
  }

  #fail(reason: string): AnalysisError { return invalidSchema(reason, this.#text); }
}

const isName = (name: string): boolean => /^[\p{L}_][\p{L}\p{Nd}_]*$/u.test(name);
const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : []);

function annotations(kind: string, object: Json, size: number | undefined): Annotated {
  const logical = object["logicalType"], sqlType = object[SQL_TYPE_PROPERTY];
  const own = typeof sqlType === "string" && (kind === "int" || kind === "long") ? { sqlType } : {};
  if (typeof logical !== "string" || !Object.hasOwn(LOGICAL, logical) || !LOGICAL[logical]!.includes(kind)) return own;
  if (logical === "decimal" || logical === "custom-decimal") {
    const precision = object["precision"], scale = object["scale"] ?? 0;
    const fits = typeof precision === "number" && Number.isInteger(precision) && precision > 0 && typeof scale === "number" && Number.isInteger(scale) && scale >= 0 && scale <= precision && (size === undefined || precision <= digitsOf(size));
    return fits ? { ...own, logical, precision, scale } : own;
  }
  if ((logical === "uuid" && kind === "fixed" && size !== 16) || (logical === "duration" && size !== 12)) return own;
  return { ...own, logical: logical as AvroLogical };
}

/** Decimal digits that any number of so many bytes has room for. */
const digitsOf = (bytes: number): number => Math.floor(Math.log10(2) * (8 * bytes - 1));

/** The schema as JSON text, each named type written out where it is met first. */
export function avroSchemaText(schema: AvroSchema): string {
  return JSON.stringify(toJson(schema, "", new Set()), (_key, value: unknown) => (typeof value === "bigint" ? (JSON as unknown as { rawJSON(text: string): object }).rawJSON(String(value)) : value));
}

function toJson(schema: AvroSchema, enclosing: string, seen: Set<string>): unknown {
  switch (schema.kind) {
    case "union": return schema.branches.map(branch => toJson(branch, enclosing, seen));
    case "array": return { type: "array", items: toJson(schema.items, enclosing, seen) };
    case "map": return { type: "map", values: toJson(schema.values, enclosing, seen) };
    case "record": case "enum": case "fixed": {
      const { name, namespace, fullName } = schema;
      if (seen.has(fullName)) return namespace === enclosing ? name : fullName;
      seen.add(fullName);
      const head = { type: schema.kind, name, ...(namespace !== enclosing && { namespace }) }, aliases = schema.aliases.length > 0 && { aliases: schema.aliases };
      if (schema.kind === "enum") return { ...head, symbols: schema.symbols, ...(schema.default !== undefined && { default: schema.default }), ...aliases };
      if (schema.kind === "fixed") return { ...head, size: schema.size, ...properties(schema), ...aliases };
      return { ...head, fields: schema.fields.map(f => ({ name: f.name, type: toJson(f.schema, namespace, seen), ...("default" in f && { default: f.default }), ...(f.aliases.length > 0 && { aliases: f.aliases }) })), ...aliases };
    }
    default: {
      const more = properties(schema);
      return Object.keys(more).length === 0 ? schema.kind : { type: schema.kind, ...more };
    }
  }
}

const properties = ({ logical, precision, scale, sqlType }: Annotated): object => ({
  ...(logical !== undefined && { logicalType: logical }), ...(precision !== undefined && { precision, scale }), ...(sqlType !== undefined && { [SQL_TYPE_PROPERTY]: sqlType }),
});

export const nonNullBranches = (union: AvroUnion): readonly AvroSchema[] => union.branches.filter(branch => branch.kind !== "null");
export const isNullable = (schema: AvroSchema): boolean => schema.kind === "null" || (schema.kind === "union" && schema.branches.some(branch => branch.kind === "null"));
