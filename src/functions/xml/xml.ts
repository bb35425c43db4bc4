/** from_xml, to_xml, schema_of_xml. */
import { BINARY_STYLE } from "../../types/binary-text.ts";
import type { ResolvedExpression } from "../../plan/resolved.ts";
import { asNullable, STRING, typeToSql, type StructType } from "../../types/data-type.ts";
import { constantCell } from "../constant-argument.ts";
import { accept, checkCount } from "../define.ts";
import { AS, uncast } from "../coercion.ts";
import { executionError, mismatch, quoted, typeName, unexpectedType } from "../errors.ts";
import type { Bind } from "../lazy.ts";
import { optionsOf, schemaArgument } from "../json/json.ts";
import { parseModeArgument } from "../records/arguments.ts";
import { sqlText } from "../sql-text.ts";
import { inferXml } from "../../formats/xml/xml-infer.ts";
import { xmlOptions } from "../../formats/xml/xml-options.ts";
import { readXml } from "../../formats/xml/xml-read.ts";
import { writeXml } from "../../formats/xml/xml-write.ts";

export const bindFromXml: Bind = (args, settings, origin) => {
  checkCount("from_xml", args.length, 2, 3, origin);
  const [input] = args as [ResolvedExpression];
  if (input.type.kind !== "string" && input.type.kind !== "void") throw unexpectedType("from_xml", args.slice(0, 1), 0, quoted("STRING"), origin);
  const schema = schemaArgument(args[1]!, origin), given = optionsOf(args[2], origin, settings);
  if (schema.kind !== "struct") throw mismatch("INVALID_XML_SCHEMA", "from_xml", args.slice(0, 1), `Input schema ${typeName(schema)} must be a struct or a variant.`, { schema: typeName(schema) }, origin);
  const mode = parseModeArgument({ name: "from_xml", shown: args, origin }, { mode: "PERMISSIVE", ...given });
  let nowMicros = 0n;
  const options = { ...xmlOptions(given, settings.timeZone, () => nowMicros), binaryStyle: settings.conf.get(BINARY_STYLE) }, type = asNullable(schema) as StructType, corrupt = type.fields.findIndex(f => f.name === options.corruptColumn);
  return {
    type, argTypes: [STRING], nullable: true, canRaise: mode === "FAILFAST",
    row: ([text], { batchTimeMicros }) => {
      nowMicros = batchTimeMicros;
      const { cells, error } = readXml(text as string, type.fields, options);
      if (error === undefined) return cells;
      if (mode === "FAILFAST") throw executionError("MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION", "22023", "Malformed records are detected in record parsing: [null]. Parse Mode: FAILFAST. To process malformed records as null result, try setting the option 'mode' as 'PERMISSIVE'.", { badRecord: "[null]", failFastMode: "FAILFAST" });
      if (corrupt >= 0) cells[corrupt] = text as string;
      return cells;
    },
  };
};

export const bindToXml: Bind = (args, settings, origin) => {
  checkCount("to_xml", args.length, 1, 2, origin);
  const { type } = args[0]!, given = optionsOf(args[1], origin, settings);
  if (type.kind !== "struct" && type.kind !== "void") throw unexpectedType("to_xml", args.slice(0, 1), 0, quoted("STRUCT"), origin);
  const options = { ...xmlOptions(given, settings.timeZone), binaryStyle: settings.conf.get(BINARY_STYLE) };
  // Spark's writer without indents ends the line.
  const end = options.indent === "" ? "\n" : "";
  return { type: STRING, nullable: true, canRaise: true, row: ([cell]) => type.kind === "struct" ? writeXml(cell!, type, options) + end : null };
};

export const bindSchemaOfXml: Bind = (args, settings, origin) => {
  checkCount("schema_of_xml", args.length, 1, 2, origin);
  accept("schema_of_xml", args, 0, uncast(AS.string), origin);
  const text = args[0]!.type.kind === "string" || args[0]!.type.kind === "void" ? constantCell(args[0]!) : undefined;
  if (text === undefined) throw mismatch("NON_FOLDABLE_INPUT", "schema_of_xml", args.slice(0, 1), `the input \`xml\` should be a foldable "STRING" expression; however, got ${quoted(sqlText(args[0]!))}.`, { inputName: "`xml`", inputType: quoted("STRING"), inputExpr: quoted(sqlText(args[0]!)) }, origin);
  if (text === null) throw mismatch("UNEXPECTED_NULL", "schema_of_xml", args.slice(0, 1), "The xml must not be null.", { exprName: "xml" }, origin);
  const given = optionsOf(args[1], origin, settings), schema = inferXml(text as string, xmlOptions(given, settings.timeZone));
  return { type: STRING, nullable: false, row: () => typeToSql(schema) };
};
