/** Between text and moments by pattern, and the clock of the batch. */
import type { Selection } from "../../columns/batch.ts";
import type { Vector } from "../../columns/vector.ts";
import { KIND } from "../../kernels/expression.ts";
import { kernels } from "../../kernels/kernels.ts";
import type { EvalContext, RowKernel, ScalarFunction } from "../../plan/function.ts";
import type { ResolvedExpression } from "../../plan/resolved.ts";
import { splitDay } from "../../types/calendar.ts";
import { civil, daysFromCivil, floorDivide } from "../../types/civil.ts";
import type { Cell } from "../../types/cell.ts";
import { BIGINT, DATE, STRING, TIMESTAMP, TIMESTAMP_NTZ, isNumeric, time, type DataType } from "../../types/data-type.ts";
import { DAY_MICROS } from "../../types/datetime-text.ts";
import { datetimePattern, patternRules, type DatetimePattern, type FixedPattern, type PatternRules } from "../../types/datetime-pattern.ts";
import { timeZone, type TimeZone } from "../../types/time-zone.ts";
import { ANY_NUMERIC, ANY_TIMESTAMP, AS, oneOf, uncast, type Family } from "../coercion.ts";
import { castVectors } from "../cast/cast-vectors.ts";
import { cellCast } from "../cast/cast-cells.ts";
import { constantCell } from "../constant-argument.ts";
import { literalValue, scalar, type ScalarSpec } from "../define.ts";
import { AnalysisError } from "../../base/errors.ts";
import { executionError, nonFoldable, unexpectedType, valueOutOfRange } from "../errors.ts";
import { rowVector } from "../row-vector.ts";
import { combinedValidity, emptyVector, maskOf } from "../vectors.ts";
import { formatted, parsed } from "./pattern-vectors.ts";
import { instantVector, localVector } from "./zone-vectors.ts";

const cannotParse = (text: string, func: string): Error => executionError("CANNOT_PARSE_TIMESTAMP", "22007",
  `Text '${text}' could not be parsed. Use \`${func}\` to tolerate invalid input string and return NULL instead.`, { message: `Text '${text}' could not be parsed`, func: `\`${func}\`` });

/** Text by pattern to local microseconds and the zone it names. */
function parseText(text: string, pattern: string, func: string, strict: boolean, rules: PatternRules, nowMicros: bigint): { readonly localMicros: bigint; readonly zone: TimeZone | undefined } | null {
  const found = datetimePattern(pattern, "parse", undefined, rules).parse(text, nowMicros);
  if (found === null && strict) throw cannotParse(text, func);
  return found;
}

const MOMENT = oneOf(AS.string, AS.date, AS.timestamp, AS.timestampNtz);

/** to_date, to_timestamp...: without a pattern a cast, with one a parse. */
function converter(name: string, usual: DataType, isTry: boolean, description: string, cases: ScalarSpec["cases"], tryName: string): ScalarFunction {
  return scalar({
    name, usage: `${name}(expr[, fmt])`, description, cases, params: [usual.kind === "timestamp" ? oneOf(AS.string, AS.date, AS.timestamp, AS.timestampNtz, ANY_NUMERIC) : MOMENT, AS.string], optional: 1, returns: usual, canRaise: !isTry,
    make: call => {
      const ntz = (name === "to_timestamp" || name === "try_to_timestamp") && call.settings.conf.get("spark.sql.timestampType") === "TIMESTAMP_NTZ", result = ntz ? TIMESTAMP_NTZ : usual;
      const from = call.types[0]!, lenient = isTry || !call.settings.ansi, cast = cellCast(from, result, isTry ? "try" : call.settings.ansi ? "ansi" : "legacy", call.settings.timeZone);
      if (call.args.length === 2 && isNumeric(from)) throw new AnalysisError({ condition: "INTERNAL_ERROR", sqlState: "XX000", message: `${name} takes a pattern for text, not for ${from.kind}.` });
      if (call.args.length === 1 || from.kind !== "string") {
        const vector = call.args.length === 1 ? castVectors(from, result, isTry ? "try" : call.settings.ansi ? "ansi" : "legacy", call.settings.timeZone) : undefined;
        return { type: result, nullable: lenient || from.kind === "string", row: ([x]) => cast(x!), ...(vector && { vector }) };
      }
      const policy = patternRules(call.settings.conf, "function"), rules = result.kind === "timestamp_ntz" && policy !== "exception" ? "ntz" : policy;
      const row: RowKernel = ([text, pattern], { settings, batchTimeMicros }): Cell => {
        const found = parseText(text as string, pattern as string, tryName, !lenient, rules, batchTimeMicros);
        if (found === null) return null;
        if (result.kind === "date") return Number(floorDivide(found.zone === undefined ? found.localMicros : timeZone(settings.timeZone).toLocal(found.zone.toInstant(found.localMicros)), DAY_MICROS));
        return result.kind === "timestamp_ntz" ? found.localMicros : (found.zone ?? timeZone(settings.timeZone)).toInstant(found.localMicros);
      };
      const pattern = constantPattern(call.args[1], "parse", rules), byRow = rowVector(result, row);
      return {
        type: result, nullable: lenient, row,
        vector: (args, rows, length, context) => {
          const local = args[0]!.isConstant ? undefined : pattern() && parsed(args[0]!, pattern()!, rows, length, context);
          return local && fromLocal(local, result, rows, length, context) || byRow(args, rows, length, context);
        },
      };
    },
  });
}

/** The fixed form of a constant pattern, asked for when there are rows: a wrong one fails where a row asks for it. */
function constantPattern(arg: ResolvedExpression | undefined, use: "format" | "parse", rules: PatternRules, otherwise?: string): () => FixedPattern | undefined {
  const text = arg === undefined ? otherwise : literalValue(arg)?.value;
  return () => (typeof text === "string" ? datetimePattern(text, use, undefined, rules).fixed : undefined);
}

/** What the session's clocks show as DATE, TIMESTAMP or TIMESTAMP_NTZ. */
function fromLocal(local: Vector, type: DataType, rows: Selection, length: number, context: EvalContext): Vector | undefined {
  if (type.kind === "timestamp_ntz") return local;
  if (type.kind === "timestamp") return instantVector(local, context.settings.timeZone, rows, length, context);
  const out = emptyVector(DATE, length, local.valid, context);
  kernels().clockField(DAY_MICROS, 0n, local.data, maskOf(local), rows.pointer, rows.count, out.data);
  return out;
}

const wholeSeconds = (t: Vector, rows: Selection, length: number, context: EvalContext): Vector => {
  const out = emptyVector(BIGINT, length, combinedValidity([t], rows, length, context), context);
  kernels().floorDivide(t.data, maskOf(t), 1_000_000n, rows.pointer, rows.count, out.data);
  return out;
};

const DEFAULT_PATTERN = "yyyy-MM-dd HH:mm:ss";

function unixTimestamp(name: string, least: number, cases: ScalarSpec["cases"]): ScalarFunction {
  return scalar({
    name, usage: `${name}(${least === 0 ? "[" : ""}timeExp[, fmt]${least === 0 ? "]" : ""})`, description: "Whole seconds since the epoch of a moment, of text by a pattern, or of now.", cases,
    params: [uncast(MOMENT), uncast(AS.string)], optional: 2 - least, returns: BIGINT, canRaise: true, nullAware: false,
    make: call => {
      if (call.args.length === 0) return { row: (_args, { batchTimeMicros }) => floorDivide(batchTimeMicros, 1_000_000n), deterministic: false };
      const from = call.types[0]!, lenient = !call.settings.ansi;
      if (from.kind !== "string") {
        const cast = cellCast(from, from.kind === "timestamp_ntz" ? TIMESTAMP_NTZ : TIMESTAMP, "ansi", call.settings.timeZone);
        return { row: ([x]) => floorDivide(cast(x!) as bigint, 1_000_000n), ...(from.kind === "timestamp" && { vector: ([t], rows, length, context) => wholeSeconds(t!, rows, length, context) }) };
      }
      const rules = patternRules(call.settings.conf, "function");
      const row: RowKernel = ([text, pattern], { settings, batchTimeMicros }) => {
        const found = parseText(text as string, (pattern as string | undefined) ?? DEFAULT_PATTERN, "try_to_timestamp", !lenient, rules, batchTimeMicros);
        return found === null ? null : floorDivide((found.zone ?? timeZone(settings.timeZone)).toInstant(found.localMicros), 1_000_000n);
      };
      const pattern = constantPattern(call.args[1], "parse", rules, DEFAULT_PATTERN), byRow = rowVector(BIGINT, row);
      return {
        nullable: lenient, row,
        vector: (args, rows, length, context) => {
          const local = args[0]!.isConstant ? undefined : pattern() && parsed(args[0]!, pattern()!, rows, length, context), instants = local && instantVector(local, context.settings.timeZone, rows, length, context);
          return instants === undefined ? byRow(args, rows, length, context) : wholeSeconds(instants, rows, length, context);
        },
      };
    },
  });
}

/** Instants as text by a pattern. What goes row by row reads `original`, where it isn't the same as the instants. */
function formatVector(pattern: () => FixedPattern | undefined, row: RowKernel): (args: readonly Vector[], rows: Selection, length: number, context: EvalContext, original?: readonly Vector[]) => Vector {
  const byRow = rowVector(STRING, row);
  return (args, rows, length, context, original = args) => {
    const [t] = args as [Vector], form = t.isConstant ? undefined : pattern(), local = form && localVector(t, context.settings.timeZone, rows, length, context);
    return (local && formatted(local, form, rows, length, context)) ?? byRow(original, rows, length, context);
  };
}

/** A moment of the batch. `deterministic: false` keeps it from being folded: each batch has its own. */
const clock = (name: string, type: DataType, aliases: readonly string[], description: string, row: RowKernel, params: readonly Family[] = []): ScalarFunction => scalar({
  name, aliases, usage: `${name}()`, description, cases: [], params, optional: params.length, returns: type, nullAware: true, nullable: false, deterministic: false, row,
});
const today: RowKernel = (_args, { batchTimeMicros, settings }) => splitDay(timeZone(settings.timeZone).toLocal(batchTimeMicros)).day;

export const parsingFunctions: readonly ScalarFunction[] = [
  converter("to_date", DATE, false, "Text or a timestamp as DATE.", [["to_date('2009-07-30 04:17:52')", "2009-07-30"], ["to_date('31.12.2016', 'dd.MM.yyyy')", "2016-12-31"]], "try_to_date"),
  converter("try_to_date", DATE, true, "As to_date; null where it fails.", [["try_to_date('x')", "NULL"]], "try_to_date"),
  converter("to_timestamp", TIMESTAMP, false, "Text or a date as TIMESTAMP.", [["to_timestamp('2016-12-31 00:12:00')", "2016-12-31 00:12:00"], ["to_timestamp('2016-12-31', 'yyyy-MM-dd')", "2016-12-31 00:00:00"]], "try_to_timestamp"),
  converter("try_to_timestamp", TIMESTAMP, true, "As to_timestamp; null where it fails.", [["try_to_timestamp('foo')", "NULL"]], "try_to_timestamp"),
  converter("to_timestamp_ltz", TIMESTAMP, false, "As to_timestamp.", [], "try_to_timestamp"),
  converter("to_timestamp_ntz", TIMESTAMP_NTZ, false, "Text as TIMESTAMP_NTZ.", [["to_timestamp_ntz('2016-12-31 00:12:00')", "2016-12-31 00:12:00"]], "try_to_timestamp"),
  scalar({
    name: "date_format", usage: "date_format(timestamp, fmt)", description: "Text of a timestamp by a pattern.", cases: [["date_format('2016-04-08', 'yyyy/MM/dd')", "2016/04/08"], ["date_format('2016-04-08', 'y')", "2016"], ["date_format(DATE'2024-02-29', 'EEE d MMM')", "Thu 29 Feb"]],
    params: [AS.timestamp, AS.string], returns: STRING, canRaise: true,
    make: call => {
      // A constant pattern is taken apart once; a wrong one fails where a row asks for it.
      const zone = timeZone(call.settings.timeZone), text = literalValue(call.args[1])?.value, rules = patternRules(call.settings.conf, "function");
      let fixed: DatetimePattern | undefined;
      const row: RowKernel = ([t, pattern]) => {
        const by = typeof text === "string" ? (fixed ??= datetimePattern(text, "format", undefined, rules)) : datetimePattern(pattern as string, "format", undefined, rules);
        return by.format(zone.toLocal(t as bigint), zone, t as bigint);
      };
      return { row, vector: formatVector(constantPattern(call.args[1], "format", rules), row) };
    },
  }),
  scalar({
    name: "from_unixtime", usage: "from_unixtime(unix_time[, fmt])", description: "Text of an instant given in seconds since the epoch.", cases: [["from_unixtime(0, 'yyyy-MM-dd HH:mm:ss')", "1970-01-01 00:00:00"], ["from_unixtime(9223372036854775807)", "1969-12-31 23:59:59"]],
    params: [AS.bigint, AS.string], optional: 1, returns: STRING, nullable: true, canRaise: true,
    make: call => {
      const rules = patternRules(call.settings.conf, "function");
      const row: RowKernel = ([s, pattern], { settings }) => {
        const zone = timeZone(settings.timeZone), micros = BigInt.asIntN(64, (s as bigint) * 1_000_000n);
        return datetimePattern((pattern as string | undefined) ?? DEFAULT_PATTERN, "format", undefined, rules).format(zone.toLocal(micros), zone, micros);
      };
      const format = formatVector(constantPattern(call.args[1], "format", rules, DEFAULT_PATTERN), row), byRow = rowVector(STRING, row);
      return {
        row,
        vector: (args, rows, length, context) => {
          const [s] = args as [Vector], valid = combinedValidity([s], rows, length, context), t = emptyVector(TIMESTAMP, length, valid, context);
          if (s.isConstant || kernels().scaleWhole(KIND.i64, 1_000_000n, s.data, maskOf(s), valid, rows.pointer, rows.count, t.data) >= 0) return byRow(args, rows, length, context);
          return format([t, ...args.slice(1)], rows, length, context, args);
        },
      };
    },
  }),
  unixTimestamp("unix_timestamp", 0, [["unix_timestamp('2016-04-08', 'yyyy-MM-dd')", "1460073600"]]),
  unixTimestamp("to_unix_timestamp", 1, [["to_unix_timestamp('2016-04-08', 'yyyy-MM-dd')", "1460073600"]]),
  clock("current_timestamp", TIMESTAMP, ["now"], "The time of the batch.", (_args, { batchTimeMicros }) => batchTimeMicros),
  clock("localtimestamp", TIMESTAMP_NTZ, [], "The time of the batch on the session's clock.", (_args, { batchTimeMicros, settings }) => timeZone(settings.timeZone).toLocal(batchTimeMicros)),
  clock("current_date", DATE, ["curdate"], "The day of the batch in the session's zone.", today),
  clock("current_time", time(6), ["localtime"], "The time of day of the batch.", (_args, { batchTimeMicros, settings }) => splitDay(timeZone(settings.timeZone).toLocal(batchTimeMicros)).micros * 1000n, [AS.int]),
  scalar({ name: "current_timezone", usage: "current_timezone()", description: "The session's time zone.", cases: [["current_timezone()", "UTC"]], params: [], returns: STRING, row: (_args, { settings }) => settings.timeZone }),
  scalar({
    name: "time_bucket", usage: "time_bucket(bucketSize, ts[, origin])", description: "The start of the bucket of a timestamp.", cases: [["time_bucket(INTERVAL '15' MINUTE, TIMESTAMP'2024-02-29 13:14:15')", "2024-02-29 13:00:00"]],
    params: [{ kind: "family", name: "INTERVAL DAY TO SECOND", accepts: t => t.kind === "day_time_interval" || t.kind === "year_month_interval", default: { kind: "day_time_interval", start: "day", end: "second" } }, uncast(ANY_TIMESTAMP), uncast(ANY_TIMESTAMP)], optional: 1, returns: call => call.types[1]!, canRaise: true,
    make: call => {
      const at = call.args.findIndex(arg => arg.type.kind === "date");
      if (at > 0) throw unexpectedType("time_bucket", call.args, at, "\"(TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE)\"", call.origin);
      const size = constantCell(call.args[0]!);
      if (size === undefined) throw nonFoldable("time_bucket", call.args, 0, "bucketSize", call.origin);
      if (call.args[2] !== undefined && constantCell(call.args[2]) === undefined) throw nonFoldable("time_bucket", call.args, 2, "origin", call.origin);
      if ((typeof size === "number" || typeof size === "bigint") && size <= 0) throw valueOutOfRange("time_bucket", call.args, "bucketSize", "(0, +inf)", String(size), call.origin);
      return {};
    },
    row: ([size, t, origin], { settings }) => {
      if (typeof size === "number") {
        // Months are counted on the session's clock from the year 0.
        const zone = timeZone(settings.timeZone), { year, month } = civil(splitDay(zone.toLocal(t as bigint)).day), total = year * 12 + month - 1 - 1970 * 12, start = Math.floor(total / size) * size + 1970 * 12;
        return zone.toInstant(BigInt(daysFromCivil(Math.floor(start / 12), start - Math.floor(start / 12) * 12 + 1, 1)) * DAY_MICROS);
      }
      const step = size as bigint, shift = (origin as bigint | undefined) ?? 0n;
      return floorDivide((t as bigint) - shift, step) * step + shift;
    },
  }),
];
