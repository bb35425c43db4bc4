/** A struct as XML text. Fields that begin with the attribute prefix are attributes, the value tag is text, nulls are left out. */
import { binaryText } from "../../types/binary-text.ts";
import { ExecutionError } from "../../base/errors.ts";
import { isoMillisText, isoMillisZonedText } from "../json/json-timestamps.ts";
import { escapeAttribute, escapeText, isXmlName } from "./xml-tree.ts";
import { cellText } from "../../types/cell-text.ts";
import type { Cell, MapCell } from "../../types/cell.ts";
import type { DataType, StructType } from "../../types/data-type.ts";
import type { DatetimePattern } from "../../types/datetime-pattern.ts";
import { DAY_MICROS } from "../../types/datetime-text.ts";
import type { XmlFormatOptions } from "./xml-options.ts";

interface Member { readonly name: string; readonly type: DataType; readonly cell: Cell }

/** `depth`: of the element, by which its lines are indented. */
export function writeXml(cell: Cell, type: StructType, options: XmlFormatOptions, depth = 0): string {
  const writer = new Writer(options);
  writer.container(options.rowTag ?? "ROW", membersOf(cell, type), depth);
  return (depth > 0 ? options.indent.repeat(depth) : "") + writer.text;
}

/** @throws ExecutionError MILLRACE_INVALID_XML_NAME for fields whose names no element or attribute can have */
export function checkNames(type: DataType, options: XmlFormatOptions): void {
  switch (type.kind) {
    case "struct":
      for (const { name, type: inner } of type.fields) {
        if (name !== options.valueTag) checkName(name.startsWith(options.attributePrefix) ? name.slice(options.attributePrefix.length) : name);
        checkNames(inner, options);
      }
      break;
    case "array": return checkNames(type.element, options);
    case "map": return checkNames(type.value, options);
  }
}

function membersOf(cell: Cell, type: DataType): readonly Member[] {
  if (type.kind === "struct") return type.fields.map((f, i) => ({ name: f.name, type: f.type, cell: (cell as readonly Cell[])[i]! }));
  const { value } = type as Extract<DataType, { kind: "map" }>;
  return (cell as MapCell).entries.map(([key, item]) => ({ name: String(key), type: value, cell: item }));
}

class Writer {
  readonly #options: XmlFormatOptions;
  text = "";
  constructor(options: XmlFormatOptions) { this.#options = options; }

  /** An element with members: attributes, text, children. */
  container(name: string, members: readonly Member[], depth: number): void {
    const { attributePrefix, valueTag, nullValue } = this.#options;
    const isAttribute = (m: Member): boolean => m.name.startsWith(attributePrefix) && m.name !== valueTag && m.type.kind !== "struct" && m.type.kind !== "array" && m.type.kind !== "map";
    const shown = (m: Member): boolean => m.cell !== null || nullValue !== undefined;
    const attributes = members.filter(m => isAttribute(m) && shown(m)), rest = members.filter(m => !isAttribute(m) && shown(m));
    const head = `<${this.#name(name)}${attributes.map(m => ` ${this.#name(m.name.slice(attributePrefix.length))}="${escapeAttribute(this.#value(m))}"`).join("")}`;
    if (rest.length === 0) {
      this.text += `${head}/>`;
      return;
    }
    this.text += `${head}>`;
    let hasChildren = false;
    for (const member of rest) {
      if (member.name === valueTag) this.text += escapeText(this.#value(member));
      else hasChildren = this.#child(member, depth + 1) || hasChildren;
    }
    if (hasChildren) this.#line(depth);
    this.text += `</${name}>`;
  }

  /** A member as an element, or several; whether there was any. */
  #child({ name, type, cell }: Member, depth: number): boolean {
    if (type.kind === "array" && cell !== null) {
      let any = false;
      for (const item of cell as readonly Cell[]) {
        if (item === null && this.#options.nullValue === undefined) continue;
        if (type.element.kind === "array") {
          this.#line(depth);
          this.container(name, (item as readonly Cell[]).map(inner => ({ name: this.#options.arrayElementName, type: (type.element as Extract<DataType, { kind: "array" }>).element, cell: inner })), depth);
          any = true;
        } else any = this.#child({ name, type: type.element, cell: item }, depth) || any;
      }
      return any;
    }
    this.#line(depth);
    if ((type.kind === "struct" || type.kind === "map") && cell !== null) this.container(name, membersOf(cell, type), depth);
    else this.text += `<${this.#name(name)}>${escapeText(this.#value({ name, type, cell }))}</${name}>`;
    return true;
  }

  #name(name: string): string { return this.#options.validatesNames ? checkName(name) : name; }
  #line(depth: number): void { if (this.#options.indent !== "") this.text += `\n${this.#options.indent.repeat(depth)}`; }

  #value({ type, cell }: Member): string {
    const { nullValue, zone, dates, timestamps, timestampsNtz } = this.#options;
    if (cell === null) return nullValue ?? "";
    const by = (pattern: DatetimePattern | undefined, local: bigint, epoch: bigint, plain: () => string): string => pattern === undefined ? plain() : pattern.format(local, zone, epoch);
    switch (type.kind) {
      case "timestamp": return by(timestamps, zone.toLocal(cell as bigint), cell as bigint, () => isoMillisZonedText(cell as bigint, zone));
      case "timestamp_ntz": return by(timestampsNtz, cell as bigint, cell as bigint, () => isoMillisText(cell as bigint));
      case "date": return by(dates, BigInt(cell as number) * DAY_MICROS, 0n, () => cellText(type, cell, zone));
      case "binary": return binaryText(cell as Uint8Array, this.#options.binaryStyle);
      case "day_time_interval": case "year_month_interval": case "calendar_interval": case "variant":
        throw new ExecutionError({ condition: "_LEGACY_ERROR_TEMP_3238", sqlState: "22018", message: `Failed to convert a value of ${type.kind.replaceAll("_", " ")} to XML.`, messageParameters: { dataType: type.kind } });
      default: return cellText(type, cell, zone);
    }
  }
}

function checkName(name: string): string {
  if (isXmlName(name)) return name;
  throw new ExecutionError({ condition: "MILLRACE_INVALID_XML_NAME", sqlState: "2200N", message: `'${name}' is no name of an XML element or attribute.`, messageParameters: { name } });
}
