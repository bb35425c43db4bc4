/** Records of other systems in one binary value: Avro, Protobuf. */
import { literal, type Expression } from "../../plan/expressions.ts";
import { BINARY, STRING, VOID } from "../../types/data-type.ts";
import type { Column, Expr, StringColumn, UntypedColumn } from "../column.ts";
import { dataTypeOf, type DataType, type ValueOf } from "../schema.ts";
import { callOf, callSite, columnOf, nodeOf, textLiteral, toExpression } from "./make.ts";

type Bytes = Expr<Uint8Array | null>;
export type RecordOptions = Readonly<Record<string, string>>;

/**
 * A record of Avro as a value, by the schema that it was written with. Empty, with the option `schema.registry.url`: records begin with the id of
 * their schema. `as`: the type that the value is cast to, so that the compiler knows it. docs/formats/avro.md lists the options.
 */
export function from_avro(of: Bytes, jsonFormatSchema: string, options?: RecordOptions): UntypedColumn<never>;
export function from_avro<D extends DataType<unknown>>(of: Bytes, jsonFormatSchema: string, options: RecordOptions | undefined, as: D): Column<ValueOf<D> | null>;
export function from_avro(of: unknown, jsonFormatSchema: string, options?: RecordOptions, as?: DataType<unknown>): unknown {
  return typed(callOf("from_avro", undefined, [toExpression(of, callSite()), textLiteral(jsonFormatSchema), ...optionsMap(options)]), as);
}

/** A value in Avro's binary encoding, by a schema; left out: the one that its type gives. */
export function to_avro<T>(of: Expr<T>, jsonFormatSchema?: string, options?: RecordOptions): Column<Uint8Array | (T & null)> {
  const given = optionsMap(options), schema = jsonFormatSchema === undefined ? (given.length > 0 ? [literal(null, VOID)] : []) : [textLiteral(jsonFormatSchema)];
  return callOf("to_avro", BINARY, [toExpression(of, callSite()), ...schema, ...given]);
}

/** The type that an Avro schema is read as, as DDL text. */
export function schema_of_avro(jsonFormatSchema: string, options?: RecordOptions): StringColumn<string> {
  return callOf("schema_of_avro", STRING, [textLiteral(jsonFormatSchema), ...optionsMap(options)]);
}

/** A path to a FileDescriptorSet, or its bytes. */
type Descriptor = string | Uint8Array;
const descriptorLiteral = (descriptor: Descriptor): Expression => (typeof descriptor === "string" ? textLiteral(descriptor) : literal(descriptor, BINARY, callSite()));

/** A message of Protobuf as a struct. `as`: the type that it is cast to, so that the compiler knows it. docs/formats/protobuf.md lists the options. */
export function from_protobuf(of: Bytes, messageName: string, descriptor: Descriptor, options?: RecordOptions): UntypedColumn<never>;
export function from_protobuf<D extends DataType<unknown>>(of: Bytes, messageName: string, descriptor: Descriptor, options: RecordOptions | undefined, as: D): Column<ValueOf<D> | null>;
export function from_protobuf(of: unknown, messageName: string, descriptor: Descriptor, options?: RecordOptions, as?: DataType<unknown>): unknown {
  return typed(callOf("from_protobuf", undefined, [toExpression(of, callSite()), textLiteral(messageName), descriptorLiteral(descriptor), ...optionsMap(options)]), as);
}

/** A struct as a message of Protobuf. */
export function to_protobuf<T>(of: Expr<T>, messageName: string, descriptor: Descriptor, options?: RecordOptions): Column<Uint8Array | (T & null)> {
  return callOf("to_protobuf", BINARY, [toExpression(of, callSite()), textLiteral(messageName), descriptorLiteral(descriptor), ...optionsMap(options)]);
}

/** Options as the argument that they are. */
export function optionsMap(options: RecordOptions | undefined): readonly Expression[] {
  const given = Object.entries(options ?? {}).flat().map(textLiteral);
  return given.length === 0 ? [] : [nodeOf(callOf("map", undefined, given))!.expression];
}

/** A column whose type only analysis knows, cast to the one that was said. */
export function typed(column: unknown, as: DataType<unknown> | undefined): unknown {
  if (as === undefined) return column;
  const to = dataTypeOf(as);
  return columnOf(Object.freeze({ kind: "cast", child: nodeOf(column)!.expression, to, evalMode: "default", origin: callSite() }), to, undefined);
}
