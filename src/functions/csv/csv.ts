/** One line of CSV to a struct and back. */
import { AnalysisError } from "../../base/errors.ts";
import type { Binding, ScalarFunction } from "../../plan/function.ts";
import { bytesAsText, csvOptions, separatorOf, textOfBytes, type CsvOptions } from "../../formats/csv/csv-options.ts";
import { CsvTokenizer } from "../../formats/csv/csv-tokenizer.ts";
import { csvValue } from "../../formats/csv/csv-values.ts";
import { inferCsvTypes } from "../../formats/csv/infer-csv.ts";
import { isoMillisText, isoMillisZonedText } from "../../formats/json/json-timestamps.ts";
import { momentPattern } from "../../formats/moment-options.ts";
import { cellText } from "../../types/cell-text.ts";
import { BINARY_STYLE, binaryText } from "../../types/binary-text.ts";
import type { Cell } from "../../types/cell.ts";
import { STRING, field, struct, typeToSql, type DataType, type StructType } from "../../types/data-type.ts";
import { DAY_MICROS } from "../../types/datetime-text.ts";
import { timeZone, type TimeZone } from "../../types/time-zone.ts";
import { constantCell } from "../constant-argument.ts";
import { accept, checkCount, custom } from "../define.ts";
import { AS, uncast } from "../coercion.ts";
import { contextOf, executionError, mismatch, quoted, typeName, unexpectedNull } from "../errors.ts";
import { sqlText } from "../sql-text.ts";
import { optionsOf, schemaArgument } from "../json/json.ts";

type Options = Readonly<Record<string, string>>;

/** The fields of a line, as the reader of files cuts it. */
function fieldsOf(line: string, tokenizer: CsvTokenizer): string[] {
  return (tokenizer.line(bytesAsText(line)) ?? []).map(textOfBytes);
}

/** Reads lines as rows of a schema: bad fields are null, and all of a bad line goes into the column for such. */
function lineReader(schema: StructType, options: CsvOptions): (line: string) => Cell {
  const corrupt = schema.fields.findIndex(f => f.name === options.corruptColumn), columns = schema.fields.map((_, i) => i).filter(i => i !== corrupt), tokenizer = new CsvTokenizer(options.syntax), { nullValue } = options.values;
  return line => {
    const fields = fieldsOf(line, tokenizer), cells: Cell[] = schema.fields.map(() => null);
    let bad = fields.length !== columns.length && line !== "";
    columns.forEach((column, i) => {
      const text = fields[i];
      if (text === undefined || text === nullValue) return;
      const value = csvValue(text, schema.fields[column]!.type, options.values);
      if (value === undefined) bad = true;
      else cells[column] = value;
    });
    if (bad && options.mode === "FAILFAST") throw executionError("MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION", "22023", "Malformed records are detected in record parsing: [null]. Parse Mode: FAILFAST.", { badRecord: "[null]", failFastMode: "FAILFAST" });
    if (bad && corrupt >= 0) cells[corrupt] = line;
    return cells;
  };
}

const separator = (options: Options): string => separatorOf(options["sep"] ?? options["delimiter"] ?? ",");

function fieldText(type: DataType, cell: Cell, options: Options, zone: TimeZone, style: string | undefined): string {
  const sep = separator(options), quote = options["quote"] ?? "\"", escape = options["escape"] ?? "\\";
  if (cell === null) return options["nullvalue"] ?? "";
  const by = (name: Parameters<typeof momentPattern>[1], local: bigint, epoch: bigint, plain: () => string): string => momentPattern(options, name, "format")?.format(local, zone, epoch) ?? plain();
  let text: string;
  switch (type.kind) {
    case "timestamp": text = by("timestampFormat", zone.toLocal(cell as bigint), cell as bigint, () => isoMillisZonedText(cell as bigint, zone)); break;
    case "timestamp_ntz": text = by("timestampNTZFormat", cell as bigint, cell as bigint, () => isoMillisText(cell as bigint)); break;
    case "date": text = by("dateFormat", BigInt(cell as number) * DAY_MICROS, 0n, () => cellText(type, cell, zone)); break;
    case "binary": text = binaryText(cell as Uint8Array, style); break;
    default: text = cellText(type, cell, zone);
  }
  if (type.kind === "string" && text === "") return options["emptyvalue"] ?? `${quote}${quote}`;
  text = text.trim();
  const needsQuotes = text.includes(sep) || text.includes(quote) || /[\r\n]/.test(text) || options["quoteall"]?.toLowerCase() === "true";
  return needsQuotes ? quote + text.replaceAll(escape, escape + escape).replaceAll(quote, escape + quote) + quote : text;
}

export const csvFunctions: readonly ScalarFunction[] = [
  custom({
    name: "from_csv", usage: "from_csv(csvStr, schema[, options])", description: "A line of CSV as a struct; bad fields are null.", cases: [["from_csv('1, 0.8', 'a INT, b DOUBLE')", "{1, 0.8}"]],
    bind: (args, settings, origin): Binding => {
      checkCount("from_csv", args.length, 2, 3, origin);
      const schema = schemaArgument(args[1]!, origin);
      if (schema.kind !== "struct") throw new AnalysisError({
        condition: "INVALID_SCHEMA.NON_STRUCT_TYPE", sqlState: "42K07", message: `The input schema ${quoted(sqlText(args[1]!))} is not a valid schema string. The input expression should be evaluated to struct type, but got ${typeName(schema)}.`,
        messageParameters: { inputSchema: quoted(sqlText(args[1]!)), dataType: typeName(schema) }, queryContext: contextOf(origin),
      });
      const options = optionsOf(args[2], origin, settings);
      accept("from_csv", args, 0, uncast(AS.string), origin);
      if (options["mode"]?.toUpperCase() === "DROPMALFORMED") throw new AnalysisError({
        condition: "PARSE_MODE_UNSUPPORTED", sqlState: "42601", message: "The function `from_csv` doesn't support the DROPMALFORMED mode. Acceptable modes are PERMISSIVE and FAILFAST.", messageParameters: { funcName: "`from_csv`", mode: "DROPMALFORMED" },
      });
      const read = lineReader(schema, csvOptions(options, settings.timeZone, () => 0n));
      return { type: struct(schema.fields.map(f => ({ ...f, nullable: true }))), argTypes: [STRING], canRaise: options["mode"]?.toUpperCase() === "FAILFAST", row: ([line]) => read(line as string) };
    },
  }),
  custom({
    name: "to_csv", usage: "to_csv(expr[, options])", description: "A struct as a line of CSV.", cases: [["to_csv(named_struct('a', 1, 'b', 'x,y'))", "1,\"x,y\""]],
    bind: (args, settings, origin): Binding => {
      checkCount("to_csv", args.length, 1, 2, origin);
      const { type } = args[0]!, options = optionsOf(args[1], origin, settings);
      if (type.kind !== "struct") throw mismatch("UNSUPPORTED_INPUT_TYPE", "to_csv", args, `The input of \`to_csv\` can't be ${typeName(type)} type data.`, { functionName: "`to_csv`", dataType: typeName(type) }, origin);
      const zone = timeZone(options["timezone"] ?? settings.timeZone), style = settings.conf.get(BINARY_STYLE);
      return { type: STRING, nullable: true, row: ([cells]) => type.fields.map((f, i) => fieldText(f.type, (cells as readonly Cell[])[i]!, options, zone, style)).join(separator(options)) };
    },
  }),
  custom({
    name: "schema_of_csv", usage: "schema_of_csv(csv[, options])", description: "The schema of a line of CSV.", cases: [["schema_of_csv('1,abc')", "STRUCT<_c0: INT, _c1: STRING>"]],
    bind: (args, settings, origin): Binding => {
      checkCount("schema_of_csv", args.length, 1, 2, origin);
      accept("schema_of_csv", args, 0, uncast(AS.string), origin);
      const line = constantCell(args[0]!), options = optionsOf(args[1], origin, settings);
      if (line === null) throw unexpectedNull("schema_of_csv", args, "csv", origin);
      if (typeof line !== "string" || line === "") throw mismatch("NON_FOLDABLE_INPUT", "schema_of_csv", args, "The `csv` must be a constant text that isn't empty.", { inputName: "`csv`", inputType: "\"STRING\"" }, origin);
      const csv = csvOptions(options, settings.timeZone, () => 0n), schema = struct(inferCsvTypes(fieldsOf(line, new CsvTokenizer(csv.syntax)), csv).map((type, i) => field(`_c${i}`, type)));
      return { type: STRING, row: () => typeToSql(schema) };
    },
  }),
];
