/** Options of XML under Spark's names. */
import type { TimeZone } from "../../types/time-zone.ts";

export interface XmlFormatOptions {
  readonly attributePrefix: string;
  readonly valueTag: string;
  readonly excludeAttribute: boolean;
  readonly ignoreSurroundingSpaces: boolean;
  readonly inferSchema: boolean;
  readonly nullValue: string | undefined;
  readonly corruptColumn: string;
  readonly rowTag: string | undefined;
  readonly arrayElementName: string;
  readonly dateFormat: string | undefined;
  readonly timestampFormat: string | undefined;
  readonly timestampNtzFormat: string | undefined;
  readonly indent: string;
  readonly zone: TimeZone;
}

/** `given`: by names in lower case. */
export function xmlOptions(given: Readonly<Record<string, string>>, zone: TimeZone): XmlFormatOptions {
  const isOn = (name: string, otherwise: boolean): boolean => given[name] === undefined ? otherwise : given[name].toLowerCase() === "true";
  return {
    attributePrefix: given["attributeprefix"] ?? "_", valueTag: given["valuetag"] ?? "_VALUE", excludeAttribute: isOn("excludeattribute", false),
    ignoreSurroundingSpaces: isOn("ignoresurroundingspaces", true), inferSchema: isOn("inferschema", true), nullValue: given["nullvalue"],
    corruptColumn: given["columnnameofcorruptrecord"] ?? "_corrupt_record", rowTag: given["rowtag"], arrayElementName: given["arrayelementname"] ?? "item",
    dateFormat: given["dateformat"], timestampFormat: given["timestampformat"], timestampNtzFormat: given["timestampntzformat"], indent: given["indent"] ?? "    ", zone,
  };
}
