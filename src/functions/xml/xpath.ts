/** The functions xpath, xpath_string, xpath_int and their kin. */
import { ExecutionError } from "../../base/errors.ts";
import { parseXml, XmlSyntaxError } from "../../formats/xml/xml-tree.ts";
import type { RowKernel } from "../../plan/function.ts";
import type { Cell } from "../../types/cell.ts";
import { array, BIGINT, BOOLEAN, DOUBLE, FLOAT, INT, SMALLINT, STRING, type DataType } from "../../types/data-type.ts";
import { constantCell } from "../constant-argument.ts";
import { accept, checkCount } from "../define.ts";
import { AS, uncast } from "../coercion.ts";
import { mismatch, quoted } from "../errors.ts";
import type { Bind } from "../lazy.ts";
import { sqlText } from "../sql-text.ts";
import { evaluateXpath, numberOf, stringOf, treeOf, type XpathNode, type XpathValue } from "./xpath-evaluate.ts";
import { parseXpath, XpathSyntaxError } from "./xpath-parse.ts";

type Kind = "list" | "string" | "boolean" | "short" | "int" | "long" | "float" | "double";
const TYPES: Readonly<Record<Kind, DataType>> = { list: array(STRING, true), string: STRING, boolean: BOOLEAN, short: SMALLINT, int: INT, long: BIGINT, float: FLOAT, double: DOUBLE };

/** Java's conversions of a double to a whole number: cut, saturated, NaN is 0. */
const toInt = (value: number): number => Number.isNaN(value) ? 0 : Math.max(-2_147_483_648, Math.min(2_147_483_647, Math.trunc(value)));
function toLong(value: number): bigint {
  if (Number.isNaN(value)) return 0n;
  if (value >= 2 ** 63) return (1n << 63n) - 1n;
  return value <= -(2 ** 63) ? -(1n << 63n) : BigInt(Math.trunc(value));
}

function cellOf(kind: Kind, value: XpathValue): Cell {
  switch (kind) {
    case "list": {
      if (!Array.isArray(value)) throw new XpathSyntaxError("nodes were expected, not a value");
      return (value as readonly XpathNode[]).map(nodeValue);
    }
    case "string": return stringOf(value);
    case "boolean": return Array.isArray(value) ? value.length > 0 : typeof value === "string" ? value !== "" : typeof value === "number" ? value !== 0 && !Number.isNaN(value) : (value as boolean);
    case "short": return toInt(numberOf(value)) << 16 >> 16;
    case "int": return toInt(numberOf(value));
    case "long": return toLong(numberOf(value));
    case "float": return Math.fround(numberOf(value));
    case "double": return numberOf(value);
  }
}

/** Elements have no value of their own. */
const nodeValue = (node: XpathNode): string | null => node.kind === "element" || node.kind === "document" ? null : node.text;

export function bindXpath(name: string, kind: Kind): Bind {
  return (args, _settings, origin) => {
    checkCount(name, args.length, 2, 2, origin);
    const types = args.map((_, i) => accept(name, args, i, uncast(AS.string), origin)), path = constantCell(args[1]!);
    if (path === undefined) throw mismatch("NON_FOLDABLE_INPUT", name, args, `the input \`path\` should be a foldable "STRING" expression; however, got ${quoted(sqlText(args[1]!))}.`, { inputName: "`path`", inputType: quoted("STRING"), inputExpr: quoted(sqlText(args[1]!)) }, origin);
    const type = TYPES[kind];
    if (path === null || path === "") return { type, argTypes: types, nullable: true, row: () => null };
    let parsed: ReturnType<typeof parseXpath> | undefined;
    const row: RowKernel = ([text]) => {
      if (text === "") return null;
      try {
        parsed ??= parseXpath(path as string);
        return cellOf(kind, evaluateXpath(parsed, treeOf(parseXml(text as string))));
      } catch (error) {
        if (error instanceof XpathSyntaxError) throw new ExecutionError({ condition: "MILLRACE_INVALID_XPATH", sqlState: "42601", message: `Invalid XPath '${path as string}': ${error.message}.`, messageParameters: { path: path as string } });
        if (error instanceof XmlSyntaxError) throw new ExecutionError({ condition: "MILLRACE_MALFORMED_XML", sqlState: "2200M", message: `Error loading expression '${path as string}': the XML is not well-formed at character ${error.offset}: ${error.message}.`, messageParameters: { path: path as string, offset: String(error.offset) } });
        throw error;
      }
    };
    return { type, argTypes: types, nullable: true, canRaise: true, row };
  };
}
