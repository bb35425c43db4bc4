/** An element as what a VARIANT holds: attributes and children by their names, text where there is nothing else. */
import { shortDecimal, variantObject } from "../../types/variant.ts";
import { csvDecimal } from "../csv/csv-values.ts";
import type { XmlFormatOptions } from "./xml-options.ts";
import { local, ownTexts } from "./xml-read.ts";
import type { XmlElement } from "./xml-tree.ts";

export function xmlVariant(element: XmlElement, options: XmlFormatOptions): unknown {
  const { attributePrefix, excludeAttribute, ignoreNamespace, valueTag } = options, entries = new Map<string, unknown[]>();
  const add = (name: string, value: unknown): void => {
    const before = entries.get(name);
    if (before === undefined) entries.set(name, [value]);
    else before.push(value);
  };
  if (!excludeAttribute) for (const { name, value } of element.attributes) add(attributePrefix + local(name, ignoreNamespace), scalar(value, options));
  for (const child of element.children) if (child.kind === "element") add(local(child.name, ignoreNamespace), xmlVariant(child, options));
  const texts = ownTexts(element).map(text => scalar(text, options));
  if (entries.size === 0 && texts.length <= 1) return texts[0] ?? null;
  for (const text of texts) add(valueTag, text);
  return variantObject([...entries].map(([name, values]) => [name, values.length === 1 ? values[0] : values] as const));
}

function scalar(raw: string, { ignoreSurroundingSpaces, nullValue, values }: XmlFormatOptions): unknown {
  const text = ignoreSurroundingSpaces ? raw.trim() : raw;
  if (text === "" || text === nullValue) return null;
  if (/^(?:true|false)$/i.test(text)) return text.toLowerCase() === "true";
  const number = csvDecimal(text, values);
  if (number === undefined) return text;
  const unscaled = number.scale < 0 ? number.unscaled * 10n ** BigInt(Math.min(-number.scale, 40)) : number.unscaled, scale = Math.max(number.scale, 0);
  return Math.max((unscaled < 0n ? -unscaled : unscaled).toString().length, scale) <= 38 ? shortDecimal(unscaled, scale) : text;
}
