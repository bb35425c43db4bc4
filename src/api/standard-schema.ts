/**
 * Columns from a schema of another library, by Standard Schema (standardschema.dev): zod, ArkType, Valibot and others describe
 * themselves as JSON Schema, and that is what the columns are made of. A number is DOUBLE, since JavaScript's is; an override
 * gives a column the exact type that it has.
 */
import { AnalysisError } from "../base/errors.ts";
import { callSite } from "./call-site.ts";
import type { RowCheck } from "../plan/row-check.ts";
import { array, boolean, double, map, schema, string, struct, structTypeOf, type DataType, type Fields, type RowOfFields, type Schema } from "./schema.ts";
import { standardCheck, type JsonShape, type Validate } from "./standard-check.ts";

/** The least that Standard Schema asks for, and the part that Standard JSON Schema adds. */
export interface StandardSchema<out Input = unknown, out Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
    readonly validate?: (value: unknown) => unknown;
    readonly jsonSchema?: { readonly input: (options: { readonly target: string }) => object; readonly output: (options: { readonly target: string }) => object };
  };
}
type OutputOf<S extends StandardSchema> = NonNullable<S["~standard"]["types"]>["output"];
/** A value as a column has it: what may be left out may be null, text is any text. */
type Value<T> = T extends undefined | null ? null : T extends string ? string : T extends number ? number : T extends boolean ? boolean : T extends readonly (infer E)[] ? Value<E>[] : T extends object ? string extends keyof T ? Map<string, Value<T[keyof T]>> : { [K in keyof T]-?: Value<T[K]> } : never;
type RowOf<T, O> = { [K in keyof T | keyof O]: K extends keyof O ? O[K] : K extends keyof T ? Value<T[K]> : never };

export interface StandardOptions {
  /** The JSON Schema of the values, where the schema doesn't give one itself: `z.toJSONSchema(User)`. */
  readonly jsonSchema?: object;
  /**
   * Each row that a source gives is checked by the schema, at JavaScript's speed, and takes the values that it gives: defaults, transforms that are
   * piped into a schema of what they give. Rows that fail are malformed records. Columns of types that were given are checked and stay as they are.
   */
  readonly validate?: boolean;
}

/** JSON Schema, as far as it says something of columns. */
interface Json {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Json>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Json;
  readonly items?: Json | boolean;
  readonly anyOf?: readonly Json[];
  readonly oneOf?: readonly Json[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly nullable?: boolean;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Json>>;
  readonly definitions?: Readonly<Record<string, Json>>;
}

/** The draft that is asked for. */
const TARGET = "draft-2020-12";

/** The checks of schemas that were made with `validate`. */
const checks = new WeakMap<object, RowCheck>();
export const rowCheckOf = (schema: object): RowCheck | undefined => checks.get(schema);

/** @throws AnalysisError for what is no column (a union, a recursive type), with its path; and, without `validate`, for a schema that changes what it is given */
export function fromStandard<S extends StandardSchema<any, any>, const O extends Fields = {}>(standard: S, overrides?: O, { jsonSchema, validate = false }: StandardOptions = {}): Schema<RowOf<OutputOf<S>, RowOfFields<O>>> {
  const { input, output } = jsonSchema === undefined ? described(standard) : { input: jsonSchema, output: jsonSchema };
  const made = schemaOf(output as Json, overrides);
  if (!validate && schemaOf(input as Json, overrides).toDDL() !== made.toDDL()) {
    throw refused("What this schema takes and what it gives differ; columns are read as they are, and nothing would change them.", "fromStandard(S, {}, { validate: true }) lets the schema change them, row by row");
  }
  if (validate) {
    const check = standard["~standard"].validate;
    if (check === undefined) throw refused("This schema can't check values.", "leave `validate` out");
    const taken = schemaOf(input as Json, overrides);
    checks.set(made, standardCheck({ input: structTypeOf(taken), output: structTypeOf(made), shape: shapeOf(input as Json, input as Json, "", []), validate: value => check.call(standard["~standard"], value) as ReturnType<Validate>, kept: new Set(Object.keys(overrides ?? {})) }));
  }
  return made as unknown as Schema<RowOf<OutputOf<S>, RowOfFields<O>>>;
}

const schemaOf = (root: Json, overrides: Fields | undefined): Schema<unknown> => schema({ ...fieldsOf(resolve(root, root, "", []), root, "", [], overrides), ...overrides }) as Schema<unknown>;

/** How values of a JSON Schema look. What is no column was told before, but for columns whose types were given. */
function shapeOf(given: Json, root: Json, path: string, above: readonly Json[]): JsonShape {
  try {
    const { json } = plain(given, root, path, above), kind = json.type ?? kindOf(json.enum ?? (json.const === undefined ? [] : [json.const])), type = typeof kind === "string" ? kind : undefined, deeper = [...above, json];
    if (json.properties !== undefined) return { type: "object", required: json.required ?? [], fields: Object.fromEntries(Object.entries(json.properties).map(([name, one]) => [name, shapeOf(one, root, `${path}.${name}`, deeper)])) };
    const inner = type === "array" ? json.items : json.additionalProperties;
    return { type, ...(typeof inner === "object" && { inner: shapeOf(inner, root, `${path}[]`, deeper) }) };
  } catch {
    return { type: undefined };
  }
}

function described(standard: StandardSchema): { readonly input: object; readonly output: object } {
  const own = standard?.["~standard"];
  if (own === undefined) throw refused("fromStandard() takes a schema of a library that follows Standard Schema.", "zod, ArkType and Valibot do");
  if (own.jsonSchema === undefined) throw refused(`This schema of ${own.vendor} doesn't describe itself as JSON Schema.`, "give its JSON Schema: fromStandard(User, {}, { jsonSchema: toJsonSchema(User) })");
  let input: object, output: object;
  try {
    input = own.jsonSchema.input({ target: TARGET });
    output = own.jsonSchema.output({ target: TARGET });
  } catch (error) {
    throw refused(`This schema of ${own.vendor} can't describe itself as JSON Schema: ${(error as Error).message}.`, "say what a transform gives (zod: transform(f).pipe(z.string())), or give the JSON Schema: fromStandard(S, { ... }, { jsonSchema })");
  }
  return { input, output };
}

function fieldsOf(json: Json, root: Json, path: string, above: readonly Json[], overrides: Fields = {}): Fields {
  if (json.properties === undefined) throw refused(`${path === "" ? "The schema" : `'${path}'`} has no fields: the rows of a frame are objects.`);
  return Object.fromEntries(Object.entries(json.properties).map(([name, given]): [string, DataType<unknown>] => {
    if (overrides[name] !== undefined) return [name, overrides[name]];
    const at = path === "" ? name : `${path}.${name}`, { json: value, nullable } = plain(given, root, at, above);
    const type = typeOf(value, root, at, [...above, json]);
    return [name, nullable || json.required?.includes(name) !== true ? type : type.notNull()];
  }));
}

/** A value without its null. */
function plain(given: Json, root: Json, path: string, above: readonly Json[]): { readonly json: Json; readonly nullable: boolean } {
  const json = resolve(given, root, path, above), choices = json.anyOf ?? json.oneOf;
  if (choices !== undefined) {
    const some = choices.filter(choice => choice.type !== "null" && choice.const !== null);
    if (some.length === 1) return { json: plain(some[0]!, root, path, above).json, nullable: some.length < choices.length };
    throw refused(`'${path}' may be one of several types, and a column has one.`, `give its type: fromStandard(S, { ${path.split(".")[0]}: string() })`);
  }
  const types = typeof json.type === "string" ? [json.type] : json.type ?? [], kept = types.filter(type => type !== "null");
  return { json: kept.length === types.length ? json : { ...json, type: kept.length === 1 ? kept[0]! : kept }, nullable: kept.length < types.length || json.nullable === true };
}

function typeOf(json: Json, root: Json, path: string, above: readonly Json[]): DataType<unknown> {
  const kind = json.type ?? kindOf(json.enum ?? (json.const === undefined ? [] : [json.const]));
  switch (kind) {
    case "string": return string();
    case "number": case "integer": return double();
    case "boolean": return boolean();
    case "array": {
      if (typeof json.items !== "object") throw refused(`'${path}' is an array of anything, and a column's elements have one type.`, "give its type as an override");
      const { json: item, nullable } = plain(json.items, root, `${path}[]`, above), type = typeOf(item, root, `${path}[]`, above);
      return array(nullable ? type : type.notNull());
    }
    case "object":
      if (json.properties !== undefined) return struct(fieldsOf(json, root, path, above));
      if (typeof json.additionalProperties === "object") {
        const { json: value, nullable } = plain(json.additionalProperties, root, `${path}{}`, above), type = typeOf(value, root, `${path}{}`, above);
        return map(string(), nullable ? type : type.notNull());
      }
      break;
  }
  throw refused(`'${path}' is ${typeof kind === "string" ? `of the JSON type ${kind}` : "of no one type"}, for which there is no column.`, "give its type as an override: variant() holds any JSON");
}

/** Of values that are listed. */
function kindOf(values: readonly unknown[]): string | undefined {
  const kinds = new Set(values.map(value => typeof value));
  return kinds.size === 1 ? [...kinds][0] : undefined;
}

function resolve(json: Json, root: Json, path: string, above: readonly Json[]): Json {
  if (json.$ref === undefined) return json;
  const found = json.$ref === "#" ? root : json.$ref.startsWith("#/") ? json.$ref.slice(2).split("/").reduce<unknown>((node, part) => (node as Record<string, unknown> | undefined)?.[decodeURIComponent(part.replaceAll("~1", "/").replaceAll("~0", "~"))], root) as Json | undefined : undefined;
  if (found === undefined) throw refused(`'${path}' refers to ${json.$ref}, which isn't there.`);
  if (above.includes(found)) throw refused(`'${path}' holds values of its own type, and a column has an end.`, "give its type as an override: variant() holds any JSON");
  return found;
}

const refused = (message: string, hint?: string): AnalysisError => {
  const { callSite: place } = callSite();
  return new AnalysisError({ condition: "MILLRACE_STANDARD_SCHEMA", sqlState: "42K09", message, hint, queryContext: [{ fragment: "", startIndex: 0, stopIndex: 0, ...(place !== undefined && { callSite: place }) }] });
};
