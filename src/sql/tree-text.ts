/** Plans as compact text, for the tests of the parser: one relation a line, indented under the one above it. */
import { typeToSql, quoteIfNeeded, type DataType } from "../types/data-type.ts";

/** Fields that hold relations: each on a line of its own. */
const RELATIONS: ReadonlySet<string> = new Set(["input", "left", "right", "plan", "statement"]);

export function treeText(node: unknown, indent = ""): string {
  if (node === null || typeof node !== "object") return scalar(node);
  if (Array.isArray(node)) return `[${node.map(item => treeText(item, indent)).join(", ")}]`;
  if (ArrayBuffer.isView(node)) return `X'${Buffer.from(node.buffer, node.byteOffset, node.byteLength).toString("hex")}'`;
  const { kind, ...fields } = node as Record<string, unknown>;
  switch (kind) {
    case "literal": return `${treeText(fields.value)}:${typeToSql(fields.type as DataType)}`;
    case "unresolved_attribute": return (fields.nameParts as string[]).map(quoteIfNeeded).join(".");
    case "unresolved_function": {
      const { name, args, ...more } = fields;
      return `(${name as string}${(args as unknown[]).map(arg => ` ${treeText(arg, indent)}`).join("")}${rest(more, indent)})`;
    }
    case undefined: return `{${Object.entries(fields).map(([key, value]) => field(key, value, indent)).join("").trimStart()}}`;
    default: return `(${String(kind)}${rest(fields, indent)})`;
  }
}

function rest(fields: Readonly<Record<string, unknown>>, indent: string): string {
  const entries = Object.entries(fields).filter(([key, value]) => key !== "origin" && key !== "sql" && value !== undefined && value !== false);
  const below = entries.filter(([key]) => RELATIONS.has(key)), beside = entries.filter(([key]) => !RELATIONS.has(key));
  return [...beside, ...below].map(([key, value]) => field(key, value, indent)).join("");
}

function field(key: string, value: unknown, indent: string): string {
  if (RELATIONS.has(key)) return `\n${indent}  ${key === "input" ? "" : `${key}: `}${treeText(value, `${indent}  `)}`;
  if ((key === "to" || key === "schema" || key === "type") && typeof value === "object") return ` ${key}=${typeToSql(value as DataType)}`;
  return value === true ? ` ${key}` : ` ${key}=${treeText(value, `${indent}  `)}`;
}

function scalar(value: unknown): string {
  return typeof value === "string" ? `'${value.replaceAll("\n", "\\n")}'` : typeof value === "bigint" ? `${value}n` : String(value);
}
