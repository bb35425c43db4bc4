/** How calls of from_protobuf and to_protobuf are typed: Spark's signatures and options (https://spark.apache.org/docs/latest/sql-data-sources-protobuf.html). */
import { AnalysisError, unsupported } from "../../base/errors.ts";
import { fileErrorCode } from "../../base/files.ts";
import { ProtoDecoder } from "../../formats/protobuf/decoder.ts";
import { descriptorError, protoMessage, type ProtoMessage } from "../../formats/protobuf/descriptor.ts";
import { protoEncoder } from "../../formats/protobuf/encoder.ts";
import { flagOption, wholeOption } from "../../formats/spark-options.ts";
import { sqlTypeOfMessage } from "../../formats/protobuf/sql-types.ts";
import type { Binding, SqlSettings } from "../../plan/function.ts";
import type { ResolvedExpression } from "../../plan/resolved.ts";
import { ResourceMissing, type ResourceWorld } from "../../plan/resources.ts";
import { BINARY, asNullable, typeToSql, type StructType } from "../../types/data-type.ts";
import { constantCell } from "../constant-argument.ts";
import { executionError, mismatch, typeName, unexpectedType, wrongNumberOfArguments } from "../errors.ts";
import type { Bind } from "../lazy.ts";
import { namedCall, optionsArgument, parseModeArgument, textArgument, wrongArgument, type NamedCall } from "../records/arguments.ts";
import { decodeVectors, encodeVectors } from "../records/record-vectors.ts";

const optionsSay = (name: string, direction: string): string => `The fourth argument of the ${name} SQL function must be a constant map of strings to strings containing the options to use for converting the value ${direction} Protobuf format`;

export const bindFromProtobuf: Bind = (args, settings, origin): Binding => {
  const call = checked("from_protobuf", args, origin), data = args[0]!, message = messageOf(call, args, settings);
  const options = optionsArgument(call, args[3], optionsSay("FROM_PROTOBUF", "from"));
  if (data.type.kind !== "binary" && data.type.kind !== "void") throw unexpectedType("from_protobuf", args, 0, "\"BINARY\"", origin);
  if (flagOption(options, "convert.any.fields.to.json", false)) throw unsupported("The option convert.any.fields.to.json", "an Any is a struct of type_url and value, which from_protobuf can read once more");
  const failFast = parseModeArgument(call, options) === "FAILFAST", enumsAsInts = flagOption(options, "enums.as.ints", false), upcastUnsigned = flagOption(options, "upcast.unsigned.ints", false);
  const read = sqlTypeOfMessage(message, {
    maxDepth: wholeOption(options, "recursive.fields.max.depth", -1), enumsAsInts, upcastUnsigned, unwrapPrimitives: flagOption(options, "unwrap.primitive.wrapper.types", false), retainEmpty: flagOption(options, "retain.empty.message.types", false),
  }), type = failFast ? read : asNullable(read) as StructType;
  const decoder = new ProtoDecoder(message, type, { emitDefaults: flagOption(options, "emit.default.values", false), enumsAsInts, upcastUnsigned });
  const records = { column: decoder.column, begin: decoder.begin.bind(decoder), record: decoder.record.bind(decoder), get reason() { return decoder.cursor.reason; } };
  return {
    type, argTypes: [BINARY, ...args.slice(1).map(arg => arg.type)], nullable: true, nullAware: true, canRaise: failFast,
    vector: decodeVectors(records, (reason, column) => {
      if (!failFast) return column.null();
      throw executionError("MALFORMED_PROTOBUF_MESSAGE", "XX000", `Malformed Protobuf messages are detected in message deserialization: ${reason}. Parse Mode: FAILFAST. To process malformed protobuf message as null result, try setting the option 'mode' as 'PERMISSIVE'.`, { failFastMode: "FAILFAST" });
    }),
  };
};

export const bindToProtobuf: Bind = (args, settings, origin): Binding => {
  const call = checked("to_protobuf", args, origin), { type, nullable } = args[0]!;
  if (type.kind !== "struct" && type.kind !== "void") throw mismatch("NON_STRUCT_TYPE", "to_protobuf", call.shown, `the input data should be a struct expression; however, got ${typeName(type)}.`, { inputName: "data", inputType: typeName(type) }, origin);
  const message = messageOf(call, args, settings);
  optionsArgument(call, args[3], optionsSay("TO_PROTOBUF", "to"));
  const argTypes = args.map(arg => arg.type);
  if (type.kind === "void") return { type: BINARY, argTypes, nullable: true, nullAware: true, row: () => null };
  return { type: BINARY, argTypes, nullable, nullAware: true, canRaise: true, vector: encodeVectors(encoderOf(type as StructType, message), undefined) };
};

function encoderOf(type: StructType, message: ProtoMessage): ReturnType<typeof protoEncoder> {
  try {
    return protoEncoder(type, message);
  } catch (error) {
    if (!(error instanceof AnalysisError) || error.condition !== "CANNOT_CONVERT_SQL_TYPE_TO_PROTOBUF_FIELD_TYPE") throw error;
    throw new AnalysisError({ condition: "UNABLE_TO_CONVERT_TO_PROTOBUF_MESSAGE_TYPE", sqlState: "42K0G", message: `Unable to convert SQL type "${typeToSql(type)}" to Protobuf type ${message.name}.`, messageParameters: { toType: `"${typeToSql(type)}"`, protobufType: message.name }, hint: error.text });
  }
}

function checked(name: string, args: readonly ResolvedExpression[], origin: NamedCall["origin"]): NamedCall {
  if (args.length < 2 || args.length > 4) throw wrongNumberOfArguments(name, args.length, "[2, 3, 4]", origin);
  return namedCall(name, args, 4, origin);
}

/** The message that a call names, from the descriptor that it gives. */
function messageOf(call: NamedCall, args: readonly ResolvedExpression[], settings: SqlSettings): ProtoMessage {
  const place = `The second argument of the ${call.name.toUpperCase()} SQL function must be a constant string representing the Protobuf message name`;
  const name = textArgument(call, args[1], place), given = args[2];
  if (typeof name !== "string") throw wrongArgument(call, place);
  if (given === undefined || given.type.kind === "void" || given.type.kind === "map") throw unsupported(`${call.name} by the name of a class`, "give the descriptor: the path of a file that protoc --descriptor_set_out --include_imports writes, or its bytes");
  const cell = given.type.kind === "string" || given.type.kind === "binary" ? constantCell(given) : undefined;
  if (cell instanceof Uint8Array) return protoMessage(cell, name);
  if (typeof cell !== "string") throw wrongArgument(call, `The third argument of the ${call.name.toUpperCase()} SQL function must be a constant string or binary data representing the Protobuf descriptor file path`);
  return protoMessage(fileBytes(cell.replace(/^file:(?:\/\/)?/, ""), settings), name);
}

function fileBytes(path: string, { resources }: SqlSettings): Uint8Array {
  const key = `file:${path}`, load = async ({ files }: ResourceWorld): Promise<Uint8Array> => {
    try {
      return await files.readFileAsync(path);
    } catch (error) {
      if (fileErrorCode(error) === undefined) throw error;
      throw descriptorError("PROTOBUF_DESCRIPTOR_FILE_NOT_FOUND", "42K0G", `Error reading Protobuf descriptor file at path: ${path}.`, { filePath: path });
    }
  };
  if (resources === undefined) throw new ResourceMissing(key, load);
  return resources.get(key, load, true);
}
