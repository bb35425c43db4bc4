/** One line of CSV to a struct and back. */
import type { Binding, ScalarFunction } from "../../plan/function.ts";
import { isoMillisText, isoMillisZonedText } from "../../formats/json/json-timestamps.ts";
import { cellText } from "../../types/cell-text.ts";
import type { Cell } from "../../types/cell.ts";
import { BIGINT, BOOLEAN, DATE, DOUBLE, INT, STRING, TIMESTAMP, VOID, field, struct, typeToSql, type DataType, type StructType } from "../../types/data-type.ts";
import { datetimePattern } from "../../types/datetime-pattern.ts";
import { DAY_MICROS, parseDate, parseTimestamp } from "../../types/datetime-text.ts";
import { parseDouble, parseIntegral } from "../../types/number-text.ts";
import { UTC, timeZone, type TimeZone } from "../../types/time-zone.ts";
import { cellCast } from "../cast/cast-cells.ts";
import { checkCount, custom, literalValue } from "../define.ts";
import { executionError, mismatch, typeName, unexpectedType } from "../errors.ts";
import { optionsOf, schemaArgument } from "../json/json.ts";

type Options = Readonly<Record<string, string>>;
interface Token { readonly text: string; readonly isQuoted: boolean }

const separatorOf = (options: Options): string => options["sep"] ?? options["delimiter"] ?? ",";

/** The fields of a line. A quoted field that goes on behind its closing quote is taken as it stands. */
export function splitCsv(line: string, options: Options): Token[] {
  const sep = separatorOf(options), quote = options["quote"] ?? "\"", escape = options["escape"] ?? "\\";
  const leading = options["ignoreleadingwhitespace"]?.toLowerCase() === "true", trailing = options["ignoretrailingwhitespace"]?.toLowerCase() === "true";
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    let start = at;
    if (leading) while (line[start] === " " || line[start] === "\t") start++;
    if (quote !== "" && line[start] === quote) {
      let text = "", p = start + 1;
      for (; p < line.length && line[p] !== quote; p++) {
        if (line[p] === escape && (line[p + 1] === quote || line[p + 1] === escape)) p++;
        text += line[p];
      }
      const end = p + 1;
      if (p < line.length && (end === line.length || line.startsWith(sep, end))) {
        tokens.push({ text, isQuoted: true });
        if (end === line.length) return tokens;
        at = end + sep.length;
        continue;
      }
    }
    const found = line.indexOf(sep, start), end = found < 0 ? line.length : found, raw = line.slice(start, end);
    tokens.push({ text: trailing ? raw.trimEnd() : raw, isQuoted: false });
    if (found < 0) return tokens;
    at = found + sep.length;
  }
}

/** The value of a field; undefined if it is none of its type. */
function readField({ text, isQuoted }: Token, type: DataType, options: Options, zone: TimeZone): Cell | undefined {
  const nullText = options["nullvalue"] ?? "";
  if (text === nullText && (!isQuoted || nullText !== "")) return null;
  if (text === "") return null;
  const pattern = type.kind === "date" ? options["dateformat"] : type.kind === "timestamp" ? options["timestampformat"] : type.kind === "timestamp_ntz" ? options["timestampntzformat"] : undefined;
  if (pattern !== undefined) {
    const moment = datetimePattern(pattern, "parse").parse(text);
    if (moment === null) return undefined;
    return type.kind === "date" ? Number(moment.localMicros / DAY_MICROS) : type.kind === "timestamp" ? (moment.zone ?? zone).toInstant(moment.localMicros) : moment.localMicros;
  }
  if (type.kind === "string") return text;
  if (type.kind === "boolean") return text.toLowerCase() === "true" ? true : text.toLowerCase() === "false" ? false : undefined;
  try {
    return cellCast(STRING, type, "ansi", zone.id)(text);
  } catch {
    return undefined;
  }
}

function readCsv(line: string, schema: StructType, options: Options, zone: TimeZone): Cell {
  const corrupt = schema.fields.findIndex(f => f.name === (options["columnnameofcorruptrecord"] ?? "_corrupt_record"));
  const columns = schema.fields.map((_, i) => i).filter(i => i !== corrupt), tokens = splitCsv(line, options), cells: Cell[] = schema.fields.map(() => null);
  let bad = tokens.length !== columns.length && line !== "";
  columns.forEach((column, i) => {
    const token = tokens[i];
    if (token === undefined) return;
    const value = readField(token, schema.fields[column]!.type, options, zone);
    if (value === undefined) bad = true;
    else cells[column] = value;
  });
  if (bad && options["mode"]?.toUpperCase() === "FAILFAST") throw executionError("MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION", "22023", "Malformed records are detected in record parsing: [null]. Parse Mode: FAILFAST.", { badRecord: "[null]", failFastMode: "FAILFAST" });
  if (bad && corrupt >= 0) cells[corrupt] = line;
  return cells;
}

function fieldText(type: DataType, cell: Cell, options: Options, zone: TimeZone): string {
  const sep = separatorOf(options), quote = options["quote"] ?? "\"", escape = options["escape"] ?? "\\";
  if (cell === null) return options["nullvalue"] ?? "";
  const by = (pattern: string | undefined, local: bigint, epoch: bigint, plain: () => string): string => (pattern === undefined ? plain() : datetimePattern(pattern, "format").format(local, zone, epoch));
  let text: string;
  switch (type.kind) {
    case "timestamp": text = by(options["timestampformat"], zone.toLocal(cell as bigint), cell as bigint, () => isoMillisZonedText(cell as bigint, zone)); break;
    case "timestamp_ntz": text = by(options["timestampntzformat"], cell as bigint, cell as bigint, () => isoMillisText(cell as bigint)); break;
    case "date": text = by(options["dateformat"], BigInt(cell as number) * DAY_MICROS, 0n, () => cellText(type, cell, zone)); break;
    default: text = cellText(type, cell, zone);
  }
  if (type.kind === "string" && text === "") return options["emptyvalue"] ?? `${quote}${quote}`;
  text = text.trim();
  const needsQuotes = text.includes(sep) || text.includes(quote) || /[\r\n]/.test(text) || options["quoteall"]?.toLowerCase() === "true";
  return needsQuotes ? quote + text.replaceAll(escape, escape + escape).replaceAll(quote, escape + quote) + quote : text;
}

/** The narrowest type of a field. */
function inferField(text: string): DataType {
  const whole = parseIntegral(text);
  if (text === "") return VOID;
  if (whole !== null) return BigInt.asIntN(32, whole) === whole ? INT : BigInt.asIntN(64, whole) === whole ? BIGINT : DOUBLE;
  if (parseDouble(text) !== null) return DOUBLE;
  if (/^\d{4}-\d{2}-\d{2}$/.test(text) && parseDate(text) !== null) return DATE;
  if (/^\d{4}-/.test(text) && parseTimestamp(text, UTC) !== null) return TIMESTAMP;
  return /^(?:true|false)$/i.test(text) ? BOOLEAN : STRING;
}

export const csvFunctions: readonly ScalarFunction[] = [
  custom({
    name: "from_csv", usage: "from_csv(csvStr, schema[, options])", description: "A line of CSV as a struct; bad fields are null.", cases: [["from_csv('1, 0.8', 'a INT, b DOUBLE')", "{1, 0.8}"]],
    bind: (args, settings, origin): Binding => {
      checkCount("from_csv", args.length, 2, 3, origin);
      const schema = schemaArgument(args[1]!, origin), options = optionsOf(args[2], origin);
      if (schema.kind !== "struct") throw unexpectedType("from_csv", args, 1, "\"STRUCT\"", origin);
      const zone = timeZone(options["timezone"] ?? settings.timeZone);
      return { type: struct(schema.fields.map(f => ({ ...f, nullable: true }))), argTypes: [STRING], canRaise: options["mode"]?.toUpperCase() === "FAILFAST", row: ([line]) => readCsv(line as string, schema, options, zone) };
    },
  }),
  custom({
    name: "to_csv", usage: "to_csv(expr[, options])", description: "A struct as a line of CSV.", cases: [["to_csv(named_struct('a', 1, 'b', 'x,y'))", "1,\"x,y\""]],
    bind: (args, settings, origin): Binding => {
      checkCount("to_csv", args.length, 1, 2, origin);
      const { type } = args[0]!, options = optionsOf(args[1], origin);
      if (type.kind !== "struct") throw mismatch("UNSUPPORTED_INPUT_TYPE", "to_csv", args, `The input of \`to_csv\` can't be ${typeName(type)} type data.`, { functionName: "`to_csv`", dataType: typeName(type) }, origin);
      const zone = timeZone(options["timezone"] ?? settings.timeZone);
      return { type: STRING, nullable: true, row: ([cells]) => type.fields.map((f, i) => fieldText(f.type, (cells as readonly Cell[])[i]!, options, zone)).join(separatorOf(options)) };
    },
  }),
  custom({
    name: "schema_of_csv", usage: "schema_of_csv(csv[, options])", description: "The schema of a line of CSV.", cases: [["schema_of_csv('1,abc')", "STRUCT<_c0: INT, _c1: STRING>"]],
    bind: (args, _settings, origin): Binding => {
      checkCount("schema_of_csv", args.length, 1, 2, origin);
      const line = literalValue(args[0])?.value, options = optionsOf(args[1], origin);
      if (typeof line !== "string" || line === "") throw mismatch("NON_FOLDABLE_INPUT", "schema_of_csv", args, "The `csv` must be a constant text that isn't empty.", { inputName: "`csv`", inputType: "\"STRING\"" }, origin);
      const schema = struct(splitCsv(line, options).map(({ text }, i) => { const type = inferField(text); return field(`_c${i}`, type.kind === "void" ? STRING : type); }));
      return { type: STRING, row: () => typeToSql(schema) };
    },
  }),
];
