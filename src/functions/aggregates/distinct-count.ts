/**
 * approx_count_distinct: HyperLogLog over xxHash64, with Spark's precision, hashes and linear counting of small numbers.
 * Above those the estimate is Ertl's (New cardinality estimation algorithms for HyperLogLog sketches, 2017), which needs no
 * tables of measured bias; it differs from Spark's within the error that both promise.
 */
import type { Selection } from "../../columns/batch.ts";
import { cellAt, writeView } from "../../columns/cells.ts";
import { encodeCell } from "../../columns/row-codec.ts";
import { bigIntBytes } from "../../columns/byte-stream.ts";
import { Vector, physicalOf } from "../../columns/vector.ts";
import { kernels } from "../../kernels/kernels.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { AggregateFunction, ColumnarAggregate, EvalContext } from "../../plan/function.ts";
import { BIGINT, BINARY, DOUBLE, type DataType } from "../../types/data-type.ts";
import { checkCount } from "../define.ts";
import { invalidParameter, nonFoldable } from "../errors.ts";
import { rowsUpTo, stepOf } from "./columnar.ts";
import { literalNumber } from "./percentiles.ts";

const DEFAULT_ERROR = 0.05, GREATEST_ERROR = 0.39, LEAST_PRECISION = 4, GREATEST_PRECISION = 18;
/** Up to these numbers linear counting is the better estimate; by precision from 4 on (Heule, Nunkesser and Hall, 2013). */
const LINEAR_UP_TO = [10, 20, 40, 80, 220, 400, 900, 1800, 3100, 6500, 11500, 20000, 50000, 120000, 350000];

function kindOf(type: DataType): number {
  switch (physicalOf(type)) {
    case "u8": case "i8": return 1;
    case "i16": return 2;
    case "i32": return 4;
    case "i64": return 8;
    case "f32": return 5;
    case "f64": return 9;
    default: return 16;
  }
}

/** Values that have no bytes of their own in the column, as views of bytes: wide decimals, lists, structs. */
function asBytes(column: Vector, rows: Selection, { arena }: EvalContext): Vector {
  const memory = linearMemory(), length = column.isConstant ? 1 : rowsUpTo(rows), views = arena.allocateZeroed(16 * length), valid = arena.allocate(length);
  memory.u8.fill(0, valid, valid + length);
  for (let i = 0; i < (column.isConstant ? 1 : rows.count); i++) {
    const row = column.isConstant || rows.pointer === 0 ? i : memory.u32[(rows.pointer >>> 2) + i]!, cell = cellAt(column, row);
    if (cell === null) continue;
    const bytes = column.type.kind === "decimal" ? bigIntBytes(cell as bigint) : encodeCell(column.type, cell), at = arena.allocate(bytes.length);
    memory.u8.set(bytes, at);
    writeView(views + 16 * row, at, bytes.length);
    memory.u8[valid + row] = 1;
  }
  return new Vector(BINARY, views, valid, { isConstant: column.isConstant });
}

/** From how many registers hold each value. */
export function estimate(counts: Uint32Array, precision: number): number {
  const m = 2 ** precision, empty = counts[0]!, greatest = 64 - precision + 1;
  if (empty === m) return 0;
  if (empty > 0) {
    const linear = m * Math.log(m / empty);
    if (linear <= LINEAR_UP_TO[precision - LEAST_PRECISION]!) return linear;
  }
  return harmonicMean(counts, m, greatest);
}
/** Ertl's estimate, from how many of `m` registers hold each value up to `greatest`. */
export function harmonicMean(counts: Uint32Array, m: number, greatest: number): number {
  let z = m * tau(1 - counts[greatest]! / m);
  for (let k = greatest - 1; k >= 1; k--) z = 0.5 * (z + counts[k]!);
  z += m * sigma(counts[0]! / m);
  return m * m / (2 * Math.LN2 * z);
}
function sigma(x: number): number {
  if (x === 1) return Infinity;
  let y = 1, z = x, before: number;
  do { x *= x; before = z; z += x * y; y += y; } while (z !== before);
  return z;
}
function tau(x: number): number {
  if (x === 0 || x === 1) return 0;
  let y = 1, z = 1 - x, before: number;
  do { x = Math.sqrt(x); before = z; y *= 0.5; z -= (1 - x) ** 2 * y; } while (z !== before);
  return z / 3;
}

function registers(type: DataType, precision: number): ColumnarAggregate {
  const m = 2 ** precision, kind = kindOf(type), physical = physicalOf(type);
  const isHashed = physical !== "i128" && physical !== "list" && physical !== "struct" && physical !== "object";
  return {
    kind: "columnar", stateBytes: m, merging: "any order",
    update([arg], rows, addresses, offset, context) {
      const column = isHashed ? arg! : asBytes(arg!, rows, context);
      kernels().aggRegisters(kind, precision, column.data, column.valid, stepOf(column), rows.pointer, rows.count, addresses, offset);
    },
    merge: (to, from, count, offset) => kernels().aggMergeRegisters(to, from, count, offset, m),
    finish(addresses, count, offset, { arena }) {
      const memory = linearMemory(), data = arena.allocate(8 * count), counts = arena.allocate(65 * 4);
      for (let i = 0; i < count; i++) {
        kernels().aggRegisterCounts(memory.u32[(addresses >>> 2) + i]! + offset, m, counts);
        memory.i64[data / 8 + i] = BigInt(Math.round(estimate(memory.u32.subarray(counts >>> 2, (counts >>> 2) + 65), precision)));
      }
      return new Vector(BIGINT, data, 0);
    },
  };
}

export const approxCountDistinct: AggregateFunction = {
  kind: "aggregate", name: "approx_count_distinct", usage: "approx_count_distinct(expr[, relativeSD])",
  description: "How many different values there are, nearly: relativeSD is the standard error, 0.05 if not given. State of a group is 512 bytes, more for smaller errors.",
  cases: [["approx_count_distinct(1)", "1"], ["approx_count_distinct(NULL)", "0"]],
  bind(args, _settings, origin) {
    const name = "approx_count_distinct";
    checkCount(name, args.length, 1, 2, origin);
    const error = args[1] === undefined ? DEFAULT_ERROR : literalNumber(args[1]);
    if (error === undefined) throw nonFoldable(name, args, 1, "relativeSD", origin);
    const precision = Math.ceil(2 * Math.log(1.106 / error) / Math.LN2);
    if (!(error <= GREATEST_ERROR && precision >= LEAST_PRECISION && precision <= GREATEST_PRECISION)) {
      throw invalidParameter("DOUBLE_VALUE", name, "relativeSD", `expects a double value between 0.0043 and ${GREATEST_ERROR}, but got ${error}.`);
    }
    return { type: BIGINT, nullable: false, ...(args.length === 2 && { argTypes: [args[0]!.type, DOUBLE] }), implementation: registers(args[0]!.type, precision) };
  },
};
