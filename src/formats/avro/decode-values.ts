/** Steps for values that hold no others: each reads as it was written and writes the type of SQL that is wanted. */
import type { VectorWriter } from "../../columns/vector-writer.ts";
import { typeToSql, type DataType, type DecimalType } from "../../types/data-type.ts";
import { numberOf, type ByteCursor } from "../binary/byte-cursor.ts";
import { bytesAsDecimal, decimalWriter } from "../binary/decimals.ts";
import { readInt, readLength, readLong, type Step } from "./avro-bytes.ts";
import type { Constants } from "../binary/constants.ts";
import { avroSchemaText, type AvroEnum, type AvroFixed, type AvroPrimitive } from "./schema.ts";
import { incompatible } from "./sql-types.ts";

const DAY_MILLIS = 86_400_000;
type Leaf = AvroPrimitive | AvroEnum | AvroFixed;

/** What is written can be read as: the schema of the reader. */
const PROMOTED: Readonly<Record<string, readonly string[]>> = { int: ["long", "float", "double"], long: ["float", "double"], float: ["double"], string: ["bytes"], bytes: ["string"] };
export const isPromoted = (written: Leaf["kind"], read: Leaf["kind"]): boolean => PROMOTED[written]?.includes(read) === true;

/** A value that is wrong for its reader wherever it is met. */
export const failing = (reason: string): Step => cursor => cursor.fail(reason);

/**
 * The step for a value written by `written` and read as `read`, which fits it.
 * @throws AnalysisError MILLRACE_AVRO_INCOMPATIBLE_SCHEMA where the type of SQL can't hold what is read
 */
export function leafStep(written: Leaf, read: Leaf, column: VectorWriter, constants: Constants): Step {
  const { type } = column, wanted = type.kind;
  const wrong = () => incompatible(`Cannot convert Avro type ${avroSchemaText(read)} to SQL type ${typeToSql(type)}.`);
  switch (read.kind) {
    case "null": return () => column.null();
    case "boolean":
      if (wanted !== "boolean") throw wrong();
      return cursor => column.int(cursor.byte() === 1 ? 1 : 0);
    case "int": return intStep(read, type, column) ?? fail(wrong());
    case "long": return longStep(written, read, type, column) ?? fail(wrong());
    case "float": case "double": {
      if (wanted !== "double" && (wanted !== "float" || read.kind !== "float")) throw wrong();
      switch (written.kind) {
        case "int": return cursor => column.real(readInt(cursor));
        case "long": return cursor => { readLong(cursor); column.real(exactReal(cursor)); };
        case "float": return cursor => column.real(cursor.float32());
        default: return cursor => column.real(cursor.float64());
      }
    }
    case "string":
      if (wanted !== "string") throw wrong();
      return bytesStep(column);
    case "bytes": case "fixed": {
      const size = written.kind === "fixed" ? written.size : undefined;
      if (wanted === "binary") return size === undefined ? bytesStep(column) : cursor => column.bytes(cursor.take(size), size);
      if (wanted !== "decimal" || read.logical !== "decimal") throw wrong();
      return decimalStep(read, size, type as DecimalType, column);
    }
    case "enum": {
      if (wanted !== "string") throw wrong();
      const symbols = (written as AvroEnum).symbols.map(symbol => {
        const known = read.symbols.includes(symbol) ? symbol : read.default;
        return known === undefined ? undefined : constants.add(Buffer.from(known));
      });
      return cursor => {
        const symbol = symbols[readInt(cursor)] ?? cursor.fail("an enum has no such symbol");
        column.bytes(symbol.pointer, symbol.bytes.length);
      };
    }
  }
}

const fail = (error: Error): never => { throw error; };
const bytesStep = (column: VectorWriter): Step => cursor => {
  const length = readLength(cursor);
  column.bytes(cursor.take(length), length);
};

/** The double nearest to a long: up to 2^53 the sum is exact, beyond it the words are joined before they are rounded. */
function exactReal({ low, high }: ByteCursor): number {
  return high >= -0x200000 && high < 0x200000 ? numberOf(low, high) : Number((BigInt(high) << 32n) | BigInt(low >>> 0));
}

function intStep(read: AvroPrimitive, type: DataType, column: VectorWriter): Step | undefined {
  switch (type.kind) {
    case "int": case "date": case "year_month_interval":
      if (type.kind === "date" && read.sqlType !== undefined) return undefined;
      return cursor => column.int(readInt(cursor));
    case "bigint": return cursor => { const value = readInt(cursor); column.long(value, value >> 31); };
    case "double": return cursor => column.real(readInt(cursor));
    case "timestamp_ntz": return read.logical !== "date" ? undefined : cursor => scaled(cursor, readInt(cursor), DAY_MILLIS * 1000, column);
    default: return undefined;
  }
}

function longStep(written: Leaf, read: AvroPrimitive, type: DataType, column: VectorWriter): Step | undefined {
  const long: Step = written.kind === "int" ? cursor => { cursor.low = readInt(cursor); cursor.high = cursor.low >> 31; } : readLong;
  const plain: Step = cursor => { long(cursor); column.long(cursor.low, cursor.high); };
  const millis: Step = cursor => { long(cursor); scaledLong(cursor, 1000, column); };
  switch (type.kind) {
    case "bigint": return plain;
    case "day_time_interval": return plain;
    case "timestamp": return read.sqlType !== undefined ? undefined : read.logical === undefined || read.logical === "timestamp-millis" ? millis : read.logical === "timestamp-micros" ? plain : undefined;
    case "timestamp_ntz": return read.sqlType !== undefined ? undefined : read.logical === undefined || read.logical === "local-timestamp-millis" ? millis : read.logical === "local-timestamp-micros" ? plain : undefined;
    case "date": return read.sqlType !== undefined ? undefined : cursor => { long(cursor); column.int(Math.trunc(exactReal(cursor) / DAY_MILLIS) | 0); };
    case "decimal": return read.logical !== "custom-decimal" ? undefined : decimalWriter(column, type, read.scale!, (cursor, write) => {
      long(cursor);
      const sign = cursor.high >> 31;
      write(cursor.low, cursor.high, sign, sign);
    });
    default: return undefined;
  }
}

function scaledLong(cursor: ByteCursor, factor: number, column: VectorWriter): void {
  scaled(cursor, exactReal(cursor), factor, column);
}
/** A number times a factor as a long; too large is malformed, as in Spark. `value`: what the cursor's words are, unless it is exact by itself. */
function scaled(cursor: ByteCursor, value: number, factor: number, column: VectorWriter): void {
  const product = value * factor;
  if (Number.isSafeInteger(product)) return column.long(product | 0, Math.floor(product / 4294967296));
  const exact = (Number.isSafeInteger(value) ? BigInt(value) : (BigInt(cursor.high) << 32n) | BigInt(cursor.low >>> 0)) * BigInt(factor);
  if (BigInt.asIntN(64, exact) !== exact) cursor.fail("a time is out of range");
  column.long(Number(BigInt.asIntN(32, exact)), Number(exact >> 32n));
}

function decimalStep(read: AvroPrimitive | AvroFixed, size: number | undefined, type: DecimalType, column: VectorWriter): Step {
  if (read.precision! - read.scale! > type.precision - type.scale) throw incompatible(`Cannot convert Avro type ${avroSchemaText(read)} to SQL type ${typeToSql(type)}.`);
  return decimalWriter(column, type, read.scale!, (cursor, write) => {
    const length = size ?? readLength(cursor);
    bytesAsDecimal(cursor, cursor.take(length), length, write);
  });
}
