/** Single values of Protobuf as values of columns, and their defaults. */
import type { VectorWriter } from "../../columns/vector-writer.ts";
import { kernels } from "../../kernels/kernels.ts";
import type { ByteCursor } from "../binary/byte-cursor.ts";
import type { Constant, Constants } from "../binary/constants.ts";
import type { ProtoEnum, ProtoField } from "./descriptor.ts";

/** Reads a value where the cursor stands and writes it. */
export type Take = (cursor: ByteCursor) => void;
export interface ScalarContext { readonly constants: Constants }

export function scalarStep(field: ProtoField, column: VectorWriter, { constants }: ScalarContext): Take {
  const { kind } = column.type;
  switch (field.type) {
    case "bool": return cursor => { cursor.varint(); column.int((cursor.low | cursor.high) === 0 ? 0 : 1); };
    case "int32": return cursor => { cursor.varint(); column.int(cursor.low); };
    case "uint32": return kind === "bigint" ? cursor => { cursor.varint(); column.long(cursor.low, 0); } : cursor => { cursor.varint(); column.int(cursor.low); };
    case "sint32": return cursor => { cursor.varint(); column.int((cursor.low >>> 1) ^ -(cursor.low & 1)); };
    case "fixed32": case "sfixed32": return cursor => column.int(cursor.int32());
    case "int64": return cursor => { cursor.varint(); column.long(cursor.low, cursor.high); };
    case "uint64": return kind === "decimal" ? cursor => { cursor.varint(); column.wide(cursor.low, cursor.high, 0, 0); } : cursor => { cursor.varint(); column.long(cursor.low, cursor.high); };
    case "sint64": return cursor => {
      cursor.varint();
      const { low, high } = cursor, sign = -(low & 1);
      column.long(((low >>> 1) | (high << 31)) ^ sign, (high >>> 1) ^ sign);
    };
    case "fixed64": case "sfixed64": return cursor => { cursor.fixed64(); column.long(cursor.low, cursor.high); };
    case "float": return cursor => column.real(cursor.float32());
    case "double": return cursor => column.real(cursor.float64());
    case "string": case "bytes": {
      const checks = field.type === "string" && field.checksUtf8;
      return cursor => {
        cursor.varint();
        const length = cursor.low, at = cursor.high !== 0 ? cursor.fail("it ends early") : cursor.take(length);
        column.bytes(at, length);
        if (checks && kernels().viewsAreUtf8(column.data + 16 * (column.length - 1), -1, 0, 0, 1) !== 1) cursor.fail(`the field ${field.name} is no UTF-8`);
      };
    }
    case "enum": {
      if (kind === "int") return cursor => { cursor.varint(); column.int(cursor.low); };
      const names = new Map<number, Constant>([...field.enumeration!.byNumber].map(([number, name]) => [number, constants.add(Buffer.from(name))]));
      return cursor => {
        cursor.varint();
        const name = names.get(cursor.low);
        if (name !== undefined) column.bytes(name.pointer, name.bytes.length);
        else column.text(unknownName(field.enumeration!, cursor.low));
      };
    }
    case "message": case "group": throw new Error("a message is no scalar");
  }
}

/** What Java calls a number that an open enum lacks. */
export const unknownName = ({ name }: ProtoEnum, number: number): string => `UNKNOWN_ENUM_VALUE_${name}_${number}`;

/** Writes the default of a field: the one that its descriptor gives, or that of its type. */
export function defaultValue(field: ProtoField, column: VectorWriter, { constants }: ScalarContext): () => void {
  const { defaultText: text } = field;
  switch (field.type) {
    case "bool": { const value = text === "true" ? 1 : 0; return () => column.int(value); }
    case "float": case "double": { const value = text === undefined ? 0 : text === "inf" ? Infinity : text === "-inf" ? -Infinity : text === "nan" ? NaN : Number(text); return () => column.real(value); }
    case "string": { const value = constants.add(Buffer.from(text ?? "")); return () => column.bytes(value.pointer, value.bytes.length); }
    case "bytes": { const value = constants.add(unescaped(text ?? "")); return () => column.bytes(value.pointer, value.bytes.length); }
    case "enum": {
      const number = text === undefined ? field.enumeration!.first : field.enumeration!.byName.get(text) ?? field.enumeration!.first;
      if (column.type.kind === "int") return () => column.int(number);
      const name = constants.add(Buffer.from(field.enumeration!.byNumber.get(number) ?? ""));
      return () => column.bytes(name.pointer, name.bytes.length);
    }
    case "message": case "group": return () => column.null();
    default: {
      const value = BigInt(text ?? "0"), low = Number(BigInt.asIntN(32, value)), high = Number(BigInt.asIntN(32, value >> 32n));
      if (column.type.kind === "int") return () => column.int(low);
      if (column.type.kind === "decimal") return () => column.wide(low, high, 0, 0);
      return () => column.long(low, high);
    }
  }
}

/** Bytes of a default, which descriptors write as C does. */
function unescaped(text: string): Uint8Array {
  const out: number[] = [], named: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, a: 7, b: 8, f: 12, v: 11 };
  for (const [, octal, hex, sign, plain] of text.matchAll(/\\([0-7]{1,3})|\\[xX]([0-9a-fA-F]{1,2})|\\(.)|([^])/gu)) {
    if (octal !== undefined) out.push(parseInt(octal, 8) & 0xff);
    else if (hex !== undefined) out.push(parseInt(hex, 16));
    else if (sign !== undefined) out.push(named[sign] ?? sign.charCodeAt(0));
    else out.push(...Buffer.from(plain!));
  }
  return Uint8Array.from(out);
}
