/** XML text to a struct: attributes and children are fields by name, repeated ones arrays, text beside them the value tag. */
import { parseBinary } from "../../types/binary-text.ts";
import { innerXml, parseXml, XmlSyntaxError, type XmlElement } from "./xml-tree.ts";
import type { Cell } from "../../types/cell.ts";
import type { DataType, StructField, StructType } from "../../types/data-type.ts";
import { csvValue } from "../csv/csv-values.ts";
import type { XmlFormatOptions } from "./xml-options.ts";
import { xmlVariant } from "./xml-variant.ts";

/** A value that is none of its type: the fields read so far stay, the rest is null. */
class BadValue {
  readonly message: string;
  readonly column: string | undefined;
  constructor(message: string, column?: string) {
    this.message = message;
    this.column = column;
  }
}

export interface XmlRecord { readonly cells: Cell[]; readonly error: { readonly reason: string; readonly column: string | undefined } | undefined }

/** The fields of a record, as far as they are good. What follows its root is ignored. */
export function readXml(text: string, fields: readonly StructField[], options: XmlFormatOptions): XmlRecord {
  const cells: Cell[] = fields.map(() => null);
  try {
    const { root } = parseXml(text, { rootOnly: true });
    if (options.variantColumn === undefined) new Reader(options).fields(root, { kind: "struct", fields }, cells);
    else cells.fill({ variant: xmlVariant(root, options) });
    return { cells, error: undefined };
  } catch (error) {
    if (error instanceof BadValue) return { cells, error: { reason: error.message, column: error.column } };
    if (error instanceof XmlSyntaxError) return { cells, error: { reason: `${error.message} (character ${error.offset})`, column: undefined } };
    throw error;
  }
}

class Reader {
  readonly #options: XmlFormatOptions;
  constructor(options: XmlFormatOptions) { this.#options = options; }

  /** Puts an element's attributes, children and text into the fields of their names. Case doesn't count. */
  fields(element: XmlElement, { fields }: Pick<StructType, "kind" | "fields">, cells: Cell[]): void {
    const { attributePrefix, excludeAttribute, valueTag } = this.#options, lower = fields.map(f => f.name.toLowerCase());
    const at = (name: string): number => lower.indexOf(name.toLowerCase());
    const { ignoreNamespace } = this.#options;
    if (!excludeAttribute) for (const { name, value } of element.attributes) {
      const i = at(attributePrefix + local(name, ignoreNamespace));
      if (i >= 0) cells[i] = this.#text(value, fields[i]!.type);
    }
    for (const child of element.children) {
      if (child.kind !== "element") continue;
      const i = at(local(child.name, ignoreNamespace));
      if (i < 0) continue;
      const { type } = fields[i]!;
      if (type.kind === "array") cells[i] = [...(cells[i] as readonly Cell[] | null) ?? [], this.#element(child, type.element)];
      else cells[i] = this.#element(child, type);
    }
    const value = at(valueTag), type = fields[value]?.type;
    if (type !== undefined) for (const text of ownTexts(element)) cells[value] = type.kind === "array" ? [...(cells[value] as readonly Cell[] | null) ?? [], this.#text(text, type.element)] : this.#text(text, type);
  }

  #element(element: XmlElement, type: DataType): Cell {
    switch (type.kind) {
      case "struct": {
        const cells: Cell[] = type.fields.map(() => null);
        this.fields(element, type, cells);
        return cells;
      }
      case "map": {
        if (element.children.length === 0) return null;
        if (ownTexts(element).length > 0) throw new BadValue("text where a MAP is");
        const entries = new Map<string, Cell>();
        if (!this.#options.excludeAttribute) for (const { name, value } of element.attributes) entries.set(this.#options.attributePrefix + name, this.#text(value, type.value));
        for (const child of element.children) if (child.kind === "element") entries.set(child.name, this.#element(child, type.value));
        return { entries: [...entries] };
      }
      case "variant": return { variant: xmlVariant(element, this.#options) };
      case "array": return [this.#element(element, type.element)];
      case "string": return element.children.some(child => child.kind === "element") ? innerXml(element) : this.#text(ownText(element), type);
      default:
        if (element.children.some(child => child.kind === "element")) throw new BadValue(`<${element.name}> has elements in it, and is to be a ${type.kind.toUpperCase()}`);
        return this.#text(ownText(element), type);
    }
  }

  #text(raw: string, type: DataType): Cell {
    const { ignoreSurroundingSpaces, nullValue, values } = this.#options, text = ignoreSurroundingSpaces ? raw.trim() : raw;
    if (text === nullValue) return null;
    if (type.kind === "string") return text;
    if (text === "") return null;
    const value = type.kind === "boolean" ? TRUTHS[text.toLowerCase()] : type.kind === "binary" ? parseBinary(text, this.#options.binaryStyle) : csvValue(isFraction(type) && values.decimalSeparators === undefined ? text.replaceAll(",", "") : text, type, values);
    if (value === undefined) throw new BadValue(`${JSON.stringify(text.slice(0, 60))} is not a ${type.kind.toUpperCase()}`);
    return value;
  }
}

const isFraction = ({ kind }: DataType): boolean => kind === "float" || kind === "double";
const TRUTHS: Readonly<Record<string, boolean>> = { true: true, 1: true, false: false, 0: false };
export const local = (name: string, ignoresNamespace: boolean): string => (ignoresNamespace ? name.slice(name.indexOf(":") + 1) : name);

/** The pieces of an element's own text that aren't space; elements and comments lie between them. */
export const ownTexts = (element: XmlElement): readonly string[] => element.children.flatMap(child => (child.kind === "text" && child.text.trim() !== "" ? [child.text] : []));
/** An element's own text, that of its children left out. */
export const ownText = (element: XmlElement): string => element.children.map(child => child.kind === "text" ? child.text : "").join("");
