/** What fits nowhere else: typeof, raise_error, assert_true, elt, decode, concat_ws, sequence... */
import { inputFile } from "../../base/input-file.ts";
import type { Binding, RowKernel, ScalarFunction, SqlSettings } from "../../plan/function.ts";
import type { ResolvedExpression } from "../../plan/resolved.ts";
import { addMonthsToDays, addToTimestamp } from "../../types/calendar.ts";
import type { CalendarInterval, Cell } from "../../types/cell.ts";
import { BIGINT, INT, STRING, VOID, array, isIntegral, typeToSql, type DataType } from "../../types/data-type.ts";
import { DAY_MICROS } from "../../types/datetime-text.ts";
import { timeZone } from "../../types/time-zone.ts";
import { AS, coalesceTypes, foldTypes, oneOf, stringPromotion, uncast, widerType, widerTypeWithoutStrings, exactly } from "../coercion.ts";
import { accept, checkCount, custom, scalar } from "../define.ts";
import { differentDataTypes, executionError, mismatch } from "../errors.ts";
import { cellsEqual } from "../operators/comparison.ts";
import { codingOf, decode as decodeBytes } from "../string/encoding.ts";
import { joinVector } from "../string/text-vectors.ts";
import { checkElements } from "../value-size.ts";

const constantText = (name: string, aliases: readonly string[], text: string): ScalarFunction => scalar({ name, aliases, usage: `${name}()`, description: `The ${name.replaceAll("_", " ")}.`, cases: [], params: [], returns: STRING, row: () => text });

const userError = (message: string): Error => executionError("USER_RAISED_EXCEPTION", "P0001", message, { errorMessage: message });
const joinTexts: RowKernel = ([separator, ...parts]) => (separator === null ? null : parts.flatMap(part => (part === null ? [] : Array.isArray(part) ? (part as readonly Cell[]).filter(item => item !== null) : [part])).join(separator as string));
const intervalOf = (type: DataType, cell: Cell): CalendarInterval =>
  type.kind === "year_month_interval" ? { months: cell as number, days: 0, micros: 0n } : type.kind === "day_time_interval" ? { months: 0, days: Number((cell as bigint) / DAY_MICROS), micros: (cell as bigint) % DAY_MICROS } : cell as CalendarInterval;

const illegalSequence = (start: Cell, stop: Cell, step: string): Error => executionError("MILLRACE_ILLEGAL_SEQUENCE", "22023", `Illegal sequence boundaries: ${String(start)} to ${String(stop)} by ${step}`);

function sequenceBinding(args: readonly ResolvedExpression[], origin: ResolvedExpression["origin"]): Binding {
  checkCount("sequence", args.length, 2, 3, origin);
  const types = args.map(arg => arg.type), promoted = types.length > 1 ? stringPromotion(types[0]!, types[1]!) : undefined, range = promoted?.kind === "bigint" ? promoted : foldTypes(types.slice(0, 2), widerTypeWithoutStrings), step = types[2];
  const wrong = (): Error => mismatch("SEQUENCE_WRONG_INPUT_TYPES", "sequence", args, "`sequence` uses the wrong parameter type. The parameter type must conform to: 1. The start and stop expressions must resolve to the same type. 2. The step must be of a type that fits them.",
    { functionName: "`sequence`", startType: "(\"TIMESTAMP\" or \"TIMESTAMP_NTZ\" or \"DATE\")", stepType: "(\"INTERVAL\" or \"INTERVAL YEAR TO MONTH\" or \"INTERVAL DAY TO SECOND\")", otherStartType: "\"INTEGRAL\"" }, origin);
  if (range === undefined) throw wrong();
  if (isIntegral(range) || range.kind === "void") {
    const type = range.kind === "void" ? (step !== undefined && isIntegral(step) ? step : INT) : step === undefined || step.kind === "void" ? range : foldTypes([range, step], widerTypeWithoutStrings);
    if (type === undefined || !isIntegral(type)) throw wrong();
    return {
      type: array(type, false), argTypes: args.map(() => type), canRaise: true, row: ([start, stop, by]) => {
        const a = BigInt(start as number | bigint), b = BigInt(stop as number | bigint), s = by === undefined ? (a <= b ? 1n : -1n) : BigInt(by as number | bigint);
        if (a !== b && (s === 0n || (s > 0n) !== (b > a))) throw illegalSequence(start!, stop!, String(s));
        if (a === b) return [start!];
        const count = (b - a) / s;
        checkElements("sequence", count + 1n);
        return Array.from({ length: Number(count) + 1 }, (_, i): Cell => { const v = a + s * BigInt(i); return type.kind === "bigint" ? v : Number(v); });
      },
    };
  }
  if (range.kind !== "date" && range.kind !== "timestamp" && range.kind !== "timestamp_ntz") throw wrong();
  const stepType: DataType = step ?? { kind: "day_time_interval", start: "day", end: "day" };
  if (stepType.kind !== "day_time_interval" && stepType.kind !== "year_month_interval" && stepType.kind !== "calendar_interval") throw wrong();
  return {
    type: array(range, false), argTypes: [range, range, ...(step === undefined ? [] : [step])], canRaise: true, row: ([start, stop, by], { settings }) => {
      const ascending = (start as number | bigint) <= (stop as number | bigint);
      const interval = intervalOf(stepType, by === undefined ? DAY_MICROS * (ascending ? 1n : -1n) : by), { months, days, micros } = interval;
      if (range.kind === "date" && micros !== 0n) throw executionError("MILLRACE_ILLEGAL_SEQUENCE", "22023", "A sequence of dates needs a step of whole days.");
      const sign = months !== 0 ? Math.sign(months) : days !== 0 ? Math.sign(days) : micros < 0n ? -1 : micros > 0n ? 1 : 0;
      if (start !== stop && (sign === 0 || sign > 0 !== ascending)) throw illegalSequence(start!, stop!, "the interval");
      const zone = range.kind === "timestamp" ? timeZone(settings.timeZone) : undefined, result: Cell[] = [];
      for (let i = 0; ; i++) {
        const value: number | bigint = range.kind === "date" ? addMonthsToDays(start as number, months * i) + days * i : addToTimestamp(start as bigint, months * i, days * i, micros * BigInt(i), zone);
        if (sign >= 0 ? value > (stop as number | bigint) : value < (stop as number | bigint)) break;
        checkElements("sequence", i + 1);
        result.push(value);
        if (sign === 0) break;
      }
      return result;
    },
  };
}

export const miscFunctions: readonly ScalarFunction[] = [
  custom({ name: "typeof", usage: "typeof(expr)", description: "The type of a value.", cases: [["typeof(1)", "int"], ["typeof(array(1))", "array<int>"]], bind: (args, _settings, origin) => { checkCount("typeof", args.length, 1, 1, origin); const text = simpleName(args[0]!.type); return { type: STRING, nullAware: true, nullable: false, row: () => text }; } }),
  scalar({
    name: "raise_error", usage: "raise_error(expr)", description: "Fails with a message.", cases: [["raise_error('custom error message')", "USER_RAISED_EXCEPTION"]], params: [AS.string], returns: VOID, nullAware: true, nullable: true, canRaise: true, deterministic: false,
    row: ([message]) => { throw userError(message === null ? "null" : String(message)); },
  }),
  scalar({
    name: "assert_true", usage: "assert_true(expr[, message])", description: "Fails unless the condition is true.", cases: [["assert_true(0 < 1)", "NULL"]], params: [uncast(AS.boolean), AS.string], optional: 1, returns: VOID, nullAware: true, nullable: true, canRaise: true, deterministic: false,
    make: call => ({ row: ([ok, message]) => { if (ok === true) return null; throw userError(message === undefined ? `'${call.args[0]!.kind === "scalar_call" ? "condition" : "expr"}' is not true!` : String(message)); } }),
  }),
  custom({
    name: "elt", usage: "elt(n, input1, input2, ...)", description: "The n-th of the values.", cases: [["elt(1, 'scala', 'java')", "scala"]],
    bind: (args, settings, origin): Binding => {
      checkCount("elt", args.length, 2, Infinity, origin);
      accept("elt", args, 0, AS.int, origin);
      const isBinary = args.slice(1).every(arg => arg.type.kind === "binary") && settings.conf.get("spark.sql.function.eltOutputAsString")?.toLowerCase() !== "true", type: DataType = isBinary ? { kind: "binary" } : STRING;
      args.slice(1).forEach((_, i) => accept("elt", args, i + 1, oneOf(AS.string, AS.binary), origin));
      return {
        type, argTypes: [INT, ...args.slice(1).map(() => type)], nullAware: true, nullable: true, canRaise: settings.ansi, row: cells => {
          if (cells[0] === null) return null;
          const n = cells[0] as number;
          if (n >= 1 && n < cells.length) return cells[n]!;
          if (!settings.ansi) return null;
          throw executionError("INVALID_ARRAY_INDEX", "22003", `The index ${n} is out of bounds. The array has ${cells.length - 1} elements.`, { indexValue: String(n), arraySize: String(cells.length - 1) });
        },
      };
    },
  }),
  custom({
    name: "decode", usage: "decode(bin, charset), decode(expr, search, result[, search, result...][, default])", description: "Text of bytes in a character set; or the result beside the search that equals the value.", cases: [["decode(encode('abc', 'utf-8'), 'utf-8')", "abc"], ["decode(2, 1, 'a', 2, 'b', 'c')", "b"]],
    bind: (args, settings, origin): Binding => {
      checkCount("decode", args.length, 2, Infinity, origin);
      if (args.length === 2) {
        accept("decode", args, 0, AS.binary, origin);
        accept("decode", args, 1, AS.string, origin);
        const coding = codingOf(settings);
        return { type: STRING, argTypes: [{ kind: "binary" }, STRING], canRaise: true, row: ([b, c]) => decodeBytes(b as Uint8Array, c as string, coding) };
      }
      const isSearch = (i: number): boolean => i === 0 || (i % 2 === 1 && i < args.length - 1);
      const key = foldTypes(args.filter((_, i) => isSearch(i)).map(arg => arg.type), widerType), type = coalesceTypes(args.filter((_, i) => !isSearch(i)).map(arg => arg.type));
      if (key === undefined || type === undefined) throw differentDataTypes("decode", args, origin);
      const equal = cellsEqual(key);
      return {
        type, argTypes: args.map((_, i) => (isSearch(i) ? key : type)), nullAware: true, nullable: true, row: cells => {
          for (let i = 1; i + 1 < cells.length; i += 2) if (cells[i] === null || cells[0] === null ? cells[i] === cells[0] : equal(cells[0]!, cells[i]!)) return cells[i + 1]!;
          return cells.length % 2 === 0 ? cells[cells.length - 1]! : null;
        },
      };
    },
  }),
  custom({
    name: "concat_ws", usage: "concat_ws(sep[, str or array]...)", description: "Texts and elements of arrays with a separator between; nulls are left out.", cases: [["concat_ws(' ', 'Spark', 'SQL')", "Spark SQL"], ["concat_ws('/', 'foo', NULL, array('a', NULL))", "foo/a"]],
    bind: (args, _settings, origin): Binding => {
      checkCount("concat_ws", args.length, 1, Infinity, origin);
      const types = args.map((_, i) => (i === 0 ? accept("concat_ws", args, i, AS.string, origin) : accept("concat_ws", args, i, oneOf(exactly(array(STRING)), AS.string), origin)));
      return {
        type: STRING, argTypes: types.map((t, i) => (t.kind === "array" ? array(STRING, true) : i >= 0 ? STRING : t)), nullAware: true, nullable: args[0]!.nullable,
        ...(types.length > 1 && types.every(t => t.kind !== "array") && { vector: joinVector(joinTexts) }), row: joinTexts,
      };
    },
  }),
  custom({ name: "sequence", usage: "sequence(start, stop[, step])", description: "Numbers, dates or timestamps from start to stop.", cases: [["sequence(1, 5)", "[1, 2, 3, 4, 5]"], ["sequence(5, 1, -2)", "[5, 3, 1]"], ["sequence(DATE'2018-01-01', DATE'2018-03-01', INTERVAL '1' MONTH)", "[2018-01-01, 2018-02-01, 2018-03-01]"]], bind: (args, _settings, origin) => sequenceBinding(args, origin) }),
  scalar({ name: "monotonically_increasing_id", usage: "monotonically_increasing_id()", description: "A number that grows from row to row.", cases: [], params: [], returns: BIGINT, deterministic: false, nullAware: true, nullable: false, make: () => { let next = 0n; let seed: number | undefined; return { row: (_args, context) => { if (seed !== context.seed) { seed = context.seed; next = 0n; } return next++; } }; } }),
  scalar({ name: "millrace_batch_id", usage: "millrace_batch_id()", description: "The number of the batch of a streaming query, the same when it runs again; NULL in a batch query.", cases: [], params: [], returns: BIGINT, nullable: true, row: (_args, { batchId }) => batchId ?? null }),
  scalar({ name: "millrace_query_id", usage: "millrace_query_id()", description: "The id of a streaming query, the same over restarts from its checkpoint; NULL in a batch query.", cases: [], params: [], returns: STRING, nullable: true, row: (_args, { queryId }) => queryId ?? null }),
  scalar({ name: "spark_partition_id", usage: "spark_partition_id()", description: "The number of the partition: 0.", cases: [], params: [], returns: INT, nullAware: true, nullable: false, deterministic: false, row: () => 0 }),
  constantText("current_catalog", [], "spark_catalog"), constantText("version", [], "4.3.0"),
  scalar({ name: "current_user", aliases: ["user", "session_user"], usage: "current_user()", description: "The name of the user.", cases: [], params: [], returns: STRING, row: () => process.env["USER"] ?? "user" }),
  scalar({ name: "current_schema", aliases: ["current_database"], usage: "current_schema()", description: "The schema whose names need nothing in front of them.", cases: [["current_schema()", "default"]], params: [], returns: STRING, row: (_args, { settings }) => currentSchema(settings) }),
  scalar({ name: "current_path", usage: "current_path()", description: "Where names of functions are looked up.", cases: [["current_path()", "system.builtin,system.session,spark_catalog.default"]], params: [], returns: STRING, row: (_args, { settings }) => `system.builtin,system.session,spark_catalog.${currentSchema(settings)}` }),
  scalar({ name: "input_file_name", usage: "input_file_name()", description: "The file that a row came from; empty where it came from none.", cases: [["input_file_name()", ""]], params: [], returns: STRING, deterministic: false, nullAware: true, nullable: false, row: () => inputFile.name }),
  scalar({ name: "input_file_block_start", usage: "input_file_block_start()", description: "Where the part of the file begins that a row came from; -1 where it came from none.", cases: [["input_file_block_start()", "-1"]], params: [], returns: BIGINT, deterministic: false, nullAware: true, nullable: false, row: () => inputFile.start }),
  scalar({ name: "input_file_block_length", usage: "input_file_block_length()", description: "The bytes of the part of the file that a row came from; -1 where it came from none.", cases: [["input_file_block_length()", "-1"]], params: [], returns: BIGINT, deterministic: false, nullAware: true, nullable: false, row: () => inputFile.length }),
];

/** The session's current schema, among its settings. */
export const CURRENT_SCHEMA = "millrace.currentSchema";
const currentSchema = ({ conf }: SqlSettings): string => conf.get(CURRENT_SCHEMA) ?? "default";

/** A type as `typeof` prints it. */
export function simpleName(type: DataType): string {
  switch (type.kind) {
    case "string": return type.collation === undefined ? "string" : `string collate ${type.collation}`;
    case "array": return `array<${simpleName(type.element)}>`;
    case "map": return `map<${simpleName(type.key)},${simpleName(type.value)}>`;
    case "struct": return `struct<${type.fields.map(f => `${f.name}:${simpleName(f.type)}`).join(",")}>`;
    default: return typeToSql(type).toLowerCase();
  }
}
