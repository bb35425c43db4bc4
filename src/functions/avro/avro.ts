/** How calls of from_avro, to_avro and schema_of_avro are typed: Spark's signatures and options, and a schema registry beside them. */
import { AvroDecoder } from "../../formats/avro/decoder.ts";
import { avroEncoder } from "../../formats/avro/encoder.ts";
import { avroSchemaText, invalidSchema, parseAvroSchema, type AvroSchema } from "../../formats/avro/schema.ts";
import { avroSchemaOfType, sqlTypeOfAvro } from "../../formats/avro/sql-types.ts";
import type { Binding, SqlSettings } from "../../plan/function.ts";
import { BINARY, STRING, asNullable, typeToSql } from "../../types/data-type.ts";
import { flagOption } from "../../formats/spark-options.ts";
import { checkCount } from "../define.ts";
import { unexpectedType } from "../errors.ts";
import type { Bind } from "../lazy.ts";
import { namedCall, optionsArgument, parseModeArgument, textArgument, wrongArgument, type NamedCall } from "../records/arguments.ts";
import { avroTypeOptions, givenSchema } from "../../formats/avro/avro-options.ts";
import { decodeVectors, encodeVectors } from "../records/record-vectors.ts";
import { framedRecords, malformedAvro, plainRecords } from "./avro-records.ts";
import { registryOptions, type RegistryOptions } from "./registry-options.ts";
import { schemaRegistry, type SubjectVersion } from "./schema-registry.ts";

const schemaSays = (place: string, name: string, direction: string): string => `The ${place} argument of the ${name} SQL function must be a constant string containing the JSON representation of the schema to use for converting the value ${direction} AVRO format`;
const optionsSay = (place: string, name: string, direction: string): string => `The ${place} argument of the ${name} SQL function must be a constant map of strings to strings containing the options to use for converting the value ${direction} AVRO format`;

export const bindFromAvro: Bind = (args, settings, origin) => {
  checkCount("from_avro", args.length, 2, 3, origin);
  const call = namedCall("from_avro", args, 3, origin), text = textArgument(call, args[1], schemaSays("second", "FROM_AVRO", "from"));
  const options = optionsArgument(call, args[2], optionsSay("third", "FROM_AVRO", "from"));
  const data = args[0]!;
  if (data.type.kind !== "binary" && data.type.kind !== "void") throw unexpectedType("from_avro", args, 0, "\"BINARY\"", origin);
  const failFast = parseModeArgument(call, options) === "FAILFAST", types = avroTypeOptions(options), given = givenSchema(options), registry = registryOptions(options);
  const written = registry === undefined || (text !== null && text !== "") ? parseText(text) : undefined;
  const reader = given ?? written ?? latest(call, registry!, settings).schema;
  const read = sqlTypeOfAvro(reader, types).type, type = failFast ? read : asNullable(read);
  const decoder = new AvroDecoder(type, reader, { byPosition: flagOption(options, "positionalFieldMatching", false) });
  const records = registry === undefined ? plainRecords(decoder, decoder.program(written!)) : framedRecords(decoder, schemaRegistry(registry, settings));
  return {
    type, argTypes: [BINARY, args[1]!.type, ...args.slice(2).map(arg => arg.type)], nullable: true, nullAware: true, canRaise: failFast || registry !== undefined,
    vector: decodeVectors(records, malformedAvro(failFast)), ...(records.prefetch !== undefined && { prefetch: records.prefetch }),
  };
};

export const bindToAvro: Bind = (args, settings, origin): Binding => {
  // The third argument is ours: a registry to write the schema to.
  if (args.length !== 3) checkCount("to_avro", args.length, 1, 2, origin);
  const call = namedCall("to_avro", args, 2, origin), text = textArgument(call, args[1], schemaSays("second", "TO_AVRO", "to"));
  const options = optionsArgument(call, args[2], optionsSay("third", "TO_AVRO", "to")), registry = registryOptions(options);
  const { type, nullable } = args[0]!;
  const given = givenSchema(options);
  const known = registry?.useLatest === true && given === undefined && (text ?? "") === "" ? latest(call, registry, settings) : undefined;
  const schema = given ?? known?.schema ?? (text === null || text === undefined || (text === "" && registry !== undefined) ? avroSchemaOfType(type, nullable) : parseText(text));
  const id = registry === undefined ? undefined : known?.id ?? registeredId(call, registry, avroSchemaText(schema), settings);
  const encoder = avroEncoder(type, schema, { byPosition: flagOption(options, "positionalFieldMatching", false) });
  return {
    type: BINARY, argTypes: args.map(arg => arg.type), nullable, nullAware: true, canRaise: true,
    vector: encodeVectors(encoder, id),
  };
};

export const bindSchemaOfAvro: Bind = (args, _settings, origin): Binding => {
  checkCount("schema_of_avro", args.length, 1, 2, origin);
  const call = namedCall("schema_of_avro", args, 2, origin), text = textArgument(call, args[0], schemaSays("first", "SCHEMA_OF_AVRO", "from"));
  const options = optionsArgument(call, args[1], optionsSay("second", "SCHEMA_OF_AVRO", "from"));
  const { type } = sqlTypeOfAvro(givenSchema(options) ?? parseText(text), avroTypeOptions(options)), ddl = typeToSql(type);
  return { type: STRING, argTypes: args.map(arg => arg.type), nullable: false, nullAware: true, row: () => ddl };
};

function parseText(text: string | null | undefined): AvroSchema {
  if (text === null || text === undefined) throw invalidSchema("it is NULL", "NULL");
  return parseAvroSchema(text);
}

/** The version of the subject that options name. */
function latest(call: NamedCall, registry: RegistryOptions, settings: SqlSettings): SubjectVersion {
  const { subject, version } = registry, client = schemaRegistry(registry, settings);
  if (subject === undefined) throw wrongArgument(call, "A schema or the option schema.registry.subject is needed");
  return settings.resources!.get(`subject:${JSON.stringify([registry.urls, registry.auth, subject, version])}`, () => client.version(subject, version), true);
}

function registeredId(call: NamedCall, registry: RegistryOptions, text: string, settings: SqlSettings): number {
  const { subject, autoRegister } = registry, client = schemaRegistry(registry, settings);
  if (subject === undefined) throw wrongArgument(call, "The option schema.registry.subject is needed");
  return settings.resources!.get(`schema id:${JSON.stringify([registry.urls, registry.auth, subject, autoRegister, text])}`, () => client.idOf(subject, text, autoRegister));
}

