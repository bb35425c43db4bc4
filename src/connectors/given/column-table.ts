/** Columns that a program has, as a table: typed arrays are copied as they are, batch by batch. */
import { BATCH_ROWS, Batch } from "../../columns/batch.ts";
import { vectorOf } from "../../columns/cells.ts";
import { Vector, physicalOf, widthOf } from "../../columns/vector.ts";
import type { Table } from "../../io/source.ts";
import { Arena } from "../../memory/arena.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { Cell } from "../../types/cell.ts";
import { BIGINT, DOUBLE, FLOAT, INT, SMALLINT, TINYINT, decimal, type DataType, type StructType } from "../../types/data-type.ts";

/** Numbers of one width: what is in `buffer` is copied. */
export type NumberArray = Int8Array | Int16Array | Int32Array | BigInt64Array | Uint8Array | Uint8ClampedArray | Uint16Array | Uint32Array | BigUint64Array | Float32Array | Float64Array;
/** A column: numbers as an array has them, or cells. */
export type GivenColumn = NumberArray | readonly Cell[];

export const isNumberArray = (value: unknown): value is NumberArray => ArrayBuffer.isView(value) && !(value instanceof DataView) && typeOfArray(value as NumberArray) !== undefined;

/** The type whose values a typed array has; unsigned numbers have the next larger one. */
export function typeOfArray(values: NumberArray): DataType | undefined {
  switch (values[Symbol.toStringTag]) {
    case "Int8Array": return TINYINT;
    case "Int16Array": case "Uint8Array": case "Uint8ClampedArray": return SMALLINT;
    case "Int32Array": case "Uint16Array": return INT;
    case "BigInt64Array": case "Uint32Array": return BIGINT;
    case "BigUint64Array": return decimal(20, 0);
    case "Float32Array": return FLOAT;
    case "Float64Array": return DOUBLE;
    default: return undefined;
  }
}

/** A table of `rows` rows. A typed array stands for a column of its own type (typeOfArray), cells for one of any. */
export function columnTable(schema: StructType, columns: readonly GivenColumn[], rows: number): Table {
  return {
    name: "columns", description: "Columns", schema, isStreaming: false, replayable: true, fingerprint: null,
    statistics: async () => ({ rows }),
    batch: () => ({
      schema, description: "Columns", planBatch: async () => [0],
      async read(_split, { columns: names, signal }, receiver) {
        const arena = new Arena(), places = names.map(name => schema.fields.findIndex(one => one.name === name)), picked: StructType = { kind: "struct", fields: places.map(place => schema.fields[place]!) };
        try {
          for (let from = 0; from < rows; from += BATCH_ROWS) {
            signal.throwIfAborted();
            const count = Math.min(BATCH_ROWS, rows - from), more = receiver.push(new Batch(picked, places.map(place => piece(schema.fields[place]!.type, columns[place]!, from, count, arena)), count));
            arena.reset();
            if (!more) return;
            await receiver.ready?.();
          }
        } finally {
          arena.release();
        }
      },
    }),
  };
}

function piece(type: DataType, column: GivenColumn, from: number, count: number, arena: Arena): Vector {
  if (!isNumberArray(column)) return vectorOf(type, column.slice(from, from + count), arena);
  const part = column.subarray(from, from + count), data = arena.allocate(widthOf(physicalOf(type)) * count), { u8, i16, i32, u32 } = linearMemory();
  if (part instanceof BigUint64Array || part instanceof Uint32Array) {
    // Whole numbers below 2^32 or 2^64, behind which only zeros are.
    const words = new Uint32Array(part.buffer, part.byteOffset, part.byteLength / 4), given = words.length / count, width = 2 * given;
    for (let i = 0; i < count; i++) for (let k = 0; k < width; k++) u32[(data >>> 2) + width * i + k] = k < given ? words[given * i + k]! : 0;
  } else if (part instanceof Uint16Array) i32.set(part, data >>> 2);
  else if (part instanceof Uint8Array || part instanceof Uint8ClampedArray) i16.set(part, data >>> 1);
  else u8.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), data);
  return new Vector(type, data, 0);
}
