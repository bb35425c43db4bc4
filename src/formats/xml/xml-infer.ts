/** The schema of an XML text: fields in the order of their names, repeated elements arrays. */
import { parseXml, XmlSyntaxError, type XmlElement } from "./xml-tree.ts";
import { ExecutionError } from "../../base/errors.ts";
import { XorShiftRandom } from "../../base/xor-shift-random.ts";
import { array, BIGINT, BOOLEAN, DATE, decimal, DOUBLE, field, STRING, struct, TIMESTAMP, VARIANT, VOID, type DataType, type StructType } from "../../types/data-type.ts";
import { refuseSameNames } from "../column-names.ts";
import { csvDate, csvDecimal, csvTimestamp, javaDouble, javaInteger } from "../csv/csv-values.ts";
import type { SchemaInference } from "../file-format.ts";
import { widest } from "../json/infer-types.ts";
import { rowTagOf, type XmlFormatOptions } from "./xml-options.ts";
import { local, ownTexts } from "./xml-read.ts";
import { XmlRows } from "./xml-rows.ts";

/** Finds the schema of the rows of files: fields in the order of their names. */
export class XmlInference implements SchemaInference {
  readonly #options: XmlFormatOptions;
  readonly #rows: XmlRows;
  readonly #random = new XorShiftRandom(1n);
  #root: DataType = struct([]);

  constructor(options: XmlFormatOptions) {
    this.#options = options;
    this.#rows = new XmlRows(rowTagOf(options), options.ignoreNamespace);
  }

  get isDone(): boolean { return this.#options.variantColumn !== undefined; }

  add(given: Uint8Array): void {
    const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength), { multiLine, samplingRatio } = this.#options;
    const one = (text: string): void => { if (samplingRatio > 0.99 || this.#random.double() < samplingRatio) this.#record(text); };
    if (!multiLine) {
      for (const line of bytes.toString("utf8").split(/\r\n|\r|\n/)) if (line.trim() !== "") one(line);
      return;
    }
    for (let from = 0;;) {
      const found = this.#rows.next(bytes, from, bytes.length, true);
      if (found.kind !== "row") return;
      one(bytes.toString("utf8", found.from, from = found.to));
    }
  }

  schema(): StructType {
    const { variantColumn } = this.#options;
    if (variantColumn !== undefined) return struct([field(variantColumn, VARIANT)]);
    const { fields } = withoutVoid(this.#root) as StructType;
    const schema = struct([...fields].sort((a, b) => (a.name < b.name ? -1 : 1)));
    refuseSameNames(schema, "give a schema");
    return schema;
  }

  #record(text: string): void {
    const { mode, corruptColumn, valueTag } = this.#options;
    try {
      const type = elementType(parseXml(text, { rootOnly: true }).root, this.#options);
      if (type.kind !== "void") this.#root = merged(this.#root, type.kind === "struct" ? type : struct([field(valueTag, type)]), valueTag);
    } catch (error) {
      if (!(error instanceof XmlSyntaxError)) throw error;
      if (mode === "FAILFAST") throw new ExecutionError({
        condition: "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION", sqlState: "22023", message: `Malformed records are detected in record parsing: ${corruptColumn}.\nParse Mode: FAILFAST. To process malformed records as null result, try setting the option 'mode' as 'PERMISSIVE'.`,
        messageParameters: { badRecord: corruptColumn, failFastMode: "FAILFAST" },
      });
      if (mode === "PERMISSIVE") this.#root = merged(this.#root, struct([field(corruptColumn, STRING)]), valueTag);
    }
  }
}

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
  const fields = new Map<string, DataType>(), { valueTag, ignoreNamespace } = options, add = (name: string, type: DataType): void => {
    const before = fields.get(name);
    if (before === undefined) fields.set(name, type);
    else fields.set(name, array(merged(before.kind === "array" ? before.element : before, type, valueTag)));
  };
  if (!options.excludeAttribute) for (const { name, value } of element.attributes) fields.set(options.attributePrefix + local(name, ignoreNamespace), textType(value, options));
  for (const child of element.children) if (child.kind === "element") add(local(child.name, ignoreNamespace), elementType(child, options));
  const texts = ownTexts(element);
  if (fields.size === 0 && texts.length <= 1) return texts.length === 0 ? VOID : textType(texts[0]!, options);
  for (const text of texts) {
    const type = textType(text, options);
    if (type.kind !== "void") add(valueTag, type);
  }
  return struct([...fields].sort(([a], [b]) => a < b ? -1 : 1).map(([name, type]) => field(name, type)));
}

function textType(raw: string, options: XmlFormatOptions): DataType {
  const text = options.ignoreSurroundingSpaces ? raw.trim() : raw;
  if (text === "" || text === options.nullValue) return VOID;
  if (!options.inferSchema || text !== text.trim()) return STRING;
  const whole = javaInteger(text);
  if (whole !== undefined && BigInt.asIntN(64, whole) === whole) return BIGINT;
  if (options.prefersDecimal) {
    const exact = csvDecimal(text, options.values), digits = exact === undefined ? 39 : Math.max((exact.unscaled < 0n ? -exact.unscaled : exact.unscaled).toString().length, exact.scale);
    if (digits <= 38 && exact!.scale >= 0) return decimal(digits, exact!.scale);
  }
  if (javaDouble(text) !== undefined) return DOUBLE;
  if (/^(?:true|false)$/i.test(text)) return BOOLEAN;
  const { values, preferDate } = options;
  if (preferDate && (values.dateFormat === undefined ? /^\d{4}-\d{2}-\d{2}$/.test(text) : true) && csvDate(text, values) !== undefined) return DATE;
  return csvTimestamp(text, values) === undefined ? STRING : TIMESTAMP;
}

/** One type for elements of one name. */
function merged(a: DataType, b: DataType, valueTag: string): DataType {
  if (a.kind === "void") return b;
  if (b.kind === "void" || a.kind === b.kind && a.kind !== "struct" && a.kind !== "array" && a.kind !== "decimal") return a;
  if (a.kind === "struct" && b.kind === "struct") {
    // names that differ in case are one, as first written
    const fields = new Map(a.fields.map(one => [one.name.toLowerCase(), one]));
    for (const one of b.fields) {
      const folded = one.name.toLowerCase(), before = fields.get(folded);
      fields.set(folded, before === undefined ? one : field(before.name, merged(before.type, one.type, valueTag)));
    }
    return struct([...fields.values()].sort((x, y) => (x.name < y.name ? -1 : 1)));
  }
  if (a.kind === "array" || b.kind === "array") return array(merged(a.kind === "array" ? a.element : a, b.kind === "array" ? b.element : b, valueTag));
  // text in some rows, fields in others
  if (a.kind === "struct") return merged(a, struct([field(valueTag, b)]), valueTag);
  if (b.kind === "struct") return merged(struct([field(valueTag, a)]), b, valueTag);
  const kinds = [a.kind, b.kind].sort().join();
  return isNumber(a) && isNumber(b) ? widest(a, b) : kinds === "date,timestamp" ? TIMESTAMP : STRING;
}

const isNumber = ({ kind }: DataType): boolean => kind === "bigint" || kind === "double" || kind === "decimal";

function withoutVoid(type: DataType): DataType {
  switch (type.kind) {
    case "void": return STRING;
    case "array": return array(withoutVoid(type.element));
    case "struct": return struct(type.fields.map(f => field(f.name, withoutVoid(f.type))));
    default: return type;
  }
}
