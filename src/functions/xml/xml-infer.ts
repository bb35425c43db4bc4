/** The schema of an XML text: fields in the order of their names, repeated elements arrays. */
import { parseXml, XmlSyntaxError, type XmlElement } from "../../formats/xml/xml-tree.ts";
import { array, BIGINT, BOOLEAN, DATE, DOUBLE, field, STRING, struct, TIMESTAMP, VOID, type DataType, type StructType } from "../../types/data-type.ts";
import { parseDate, parseTimestamp } from "../../types/datetime-text.ts";
import { datetimePattern } from "../../types/datetime-pattern.ts";
import type { XmlFormatOptions } from "./xml-options.ts";
import { ownText } from "./xml-read.ts";

export function inferXml(text: string, options: XmlFormatOptions): StructType {
  try {
    const type = elementType(parseXml(text, { rootOnly: true }).root, options);
    const settled = withoutVoid(type);
    return settled.kind === "struct" ? settled : type.kind === "void" ? struct([]) : struct([field(options.valueTag, settled)]);
  } catch (error) {
    if (!(error instanceof XmlSyntaxError)) throw error;
    return struct([field(options.corruptColumn, STRING)]);
  }
}

function elementType(element: XmlElement, options: XmlFormatOptions): DataType {
  const fields = new Map<string, DataType>(), add = (name: string, type: DataType): void => {
    const before = fields.get(name);
    if (before === undefined) fields.set(name, type);
    else fields.set(name, array(merged(before.kind === "array" ? before.element : before, type)));
  };
  if (!options.excludeAttribute) for (const { name, value } of element.attributes) fields.set(options.attributePrefix + name, textType(value, options));
  for (const child of element.children) if (child.kind === "element") add(child.name, elementType(child, options));
  const text = ownText(element), own = text.trim() === "" ? VOID : textType(text, options);
  if (fields.size === 0) return own;
  if (own.kind !== "void") fields.set(options.valueTag, own);
  return struct([...fields].sort(([a], [b]) => a < b ? -1 : 1).map(([name, type]) => field(name, type)));
}

function textType(raw: string, options: XmlFormatOptions): DataType {
  const text = options.ignoreSurroundingSpaces ? raw.trim() : raw;
  if (text === "" || text === options.nullValue) return VOID;
  if (!options.inferSchema) return STRING;
  if (/^[+-]?\d+$/.test(text)) return BigInt.asIntN(64, BigInt(text.replace("+", ""))) === BigInt(text.replace("+", "")) ? BIGINT : DOUBLE;
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return DOUBLE;
  if (/^(?:true|false)$/i.test(text)) return BOOLEAN;
  const matches = (pattern: string): boolean => { try { return datetimePattern(pattern, "parse").parse(text) !== null; } catch { return false; } };
  if (options.dateFormat !== undefined ? matches(options.dateFormat) : /^\d{4}-\d{1,2}-\d{1,2}$/.test(text) && parseDate(text) !== null) return DATE;
  if (options.timestampFormat !== undefined ? matches(options.timestampFormat) : parseTimestamp(text, options.zone) !== null) return TIMESTAMP;
  return STRING;
}

/** One type for elements of one name. */
function merged(a: DataType, b: DataType): DataType {
  if (a.kind === "void") return b;
  if (b.kind === "void" || a.kind === b.kind && a.kind !== "struct" && a.kind !== "array") return a;
  if (a.kind === "struct" && b.kind === "struct") {
    const names = [...new Set([...a.fields, ...b.fields].map(f => f.name))].sort();
    const typeIn = (type: StructType, name: string): DataType => type.fields.find(f => f.name === name)?.type ?? VOID;
    return struct(names.map(name => field(name, merged(typeIn(a, name), typeIn(b, name)))));
  }
  if (a.kind === "array" || b.kind === "array") return array(merged(a.kind === "array" ? a.element : a, b.kind === "array" ? b.element : b));
  const kinds = [a.kind, b.kind].sort().join();
  return kinds === "bigint,double" ? DOUBLE : kinds === "date,timestamp" ? TIMESTAMP : STRING;
}

function withoutVoid(type: DataType): DataType {
  switch (type.kind) {
    case "void": return STRING;
    case "array": return array(withoutVoid(type.element));
    case "struct": return struct(type.fields.map(f => field(f.name, withoutVoid(f.type))));
    default: return type;
  }
}
