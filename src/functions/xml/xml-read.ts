/** XML text to a struct: attributes and children are fields by name, repeated ones arrays, text beside them the value tag. */
import { innerXml, parseXml, XmlSyntaxError, type XmlElement } from "../../formats/xml/xml-tree.ts";
import type { Cell } from "../../types/cell.ts";
import { STRING, type DataType, type StructType } from "../../types/data-type.ts";
import { datetimePattern } from "../../types/datetime-pattern.ts";
import { DAY_MICROS } from "../../types/datetime-text.ts";
import { cellCast } from "../cast/cast-cells.ts";
import { executionError } from "../errors.ts";
import type { XmlFormatOptions } from "./xml-options.ts";

/** A value that is none of its type: the fields read so far stay, the rest is null. */
class BadValue extends Error {}

export function readXml(text: string, schema: StructType, options: XmlFormatOptions, failFast: boolean): Cell {
  const corrupt = schema.fields.findIndex(f => f.name === options.corruptColumn), cells: Cell[] = schema.fields.map(() => null);
  try {
    new Reader(options).fields(parseXml(text, { rootOnly: true }).root, schema, cells);
  } catch (error) {
    if (!(error instanceof XmlSyntaxError || error instanceof BadValue)) throw error;
    if (failFast) throw executionError("MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION", "22023", "Malformed records are detected in record parsing: [null]. Parse Mode: FAILFAST. To process malformed records as null result, try setting the option 'mode' as 'PERMISSIVE'.", { badRecord: "[null]", failFastMode: "FAILFAST" });
    if (corrupt >= 0) cells[corrupt] = text;
  }
  return cells;
}

class Reader {
  readonly #options: XmlFormatOptions;
  constructor(options: XmlFormatOptions) { this.#options = options; }

  /** Puts an element's attributes, children and text into the fields of their names. Case doesn't count. */
  fields(element: XmlElement, { fields }: StructType, cells: Cell[]): void {
    const { attributePrefix, excludeAttribute, valueTag } = this.#options, lower = fields.map(f => f.name.toLowerCase());
    const at = (name: string): number => lower.indexOf(name.toLowerCase());
    if (!excludeAttribute) for (const { name, value } of element.attributes) {
      const i = at(attributePrefix + name);
      if (i >= 0) cells[i] = this.#text(value, fields[i]!.type);
    }
    for (const child of element.children) {
      if (child.kind !== "element") continue;
      const i = at(child.name);
      if (i < 0) continue;
      const { type } = fields[i]!;
      if (type.kind === "array") cells[i] = [...(cells[i] as readonly Cell[] | null) ?? [], this.#element(child, type.element)];
      else cells[i] = this.#element(child, type);
    }
    const value = at(valueTag);
    if (value >= 0) {
      const text = ownText(element);
      if (text.trim() !== "") cells[value] = this.#text(text, fields[value]!.type);
    }
  }

  #element(element: XmlElement, type: DataType): Cell {
    switch (type.kind) {
      case "struct": {
        const cells: Cell[] = type.fields.map(() => null);
        this.fields(element, type, cells);
        return cells;
      }
      case "map": {
        const entries = new Map<string, Cell>();
        if (!this.#options.excludeAttribute) for (const { name, value } of element.attributes) entries.set(this.#options.attributePrefix + name, this.#text(value, type.value));
        for (const child of element.children) if (child.kind === "element") entries.set(child.name, this.#element(child, type.value));
        return { entries: [...entries] };
      }
      case "array": return [this.#element(element, type.element)];
      case "string": return element.children.some(child => child.kind === "element") ? innerXml(element) : this.#text(ownText(element), type);
      default: return this.#text(ownText(element), type);
    }
  }

  #text(raw: string, type: DataType): Cell {
    const { ignoreSurroundingSpaces, nullValue, zone, dateFormat, timestampFormat, timestampNtzFormat } = this.#options;
    const text = ignoreSurroundingSpaces ? raw.trim() : raw;
    if (text === nullValue) return null;
    if (type.kind === "string") return text;
    if (text === "") return null;
    const pattern = type.kind === "date" ? dateFormat : type.kind === "timestamp" ? timestampFormat : type.kind === "timestamp_ntz" ? timestampNtzFormat : undefined;
    if (pattern !== undefined) {
      const moment = datetimePattern(pattern, "parse").parse(text);
      if (moment === null) throw new BadValue();
      return type.kind === "date" ? Number(moment.localMicros / DAY_MICROS) : type.kind === "timestamp" ? (moment.zone ?? zone).toInstant(moment.localMicros) : moment.localMicros;
    }
    if (type.kind === "boolean") {
      if (/^(?:true|1)$/i.test(text)) return true;
      if (/^(?:false|0)$/i.test(text)) return false;
      throw new BadValue();
    }
    try {
      return cellCast(STRING, type, "ansi", zone.id)(text);
    } catch {
      throw new BadValue();
    }
  }
}

/** An element's own text, that of its children left out. */
export const ownText = (element: XmlElement): string => element.children.map(child => child.kind === "text" ? child.text : "").join("");
