/** Options of XML under Spark's names, for files and functions. */
import { AnalysisError } from "../../base/errors.ts";
import type { DatetimePattern } from "../../types/datetime-pattern.ts";
import type { TimeZone } from "../../types/time-zone.ts";
import type { CsvValueOptions } from "../csv/csv-options.ts";
import { parseModeOf, type ParseMode } from "../format-reader.ts";
import { fallsBack, momentPattern, momentPatternText } from "../moment-options.ts";
import { booleanOption, decimalSeparatorsOption, optionOf, samplingRatioOption, unsupportedOption, zoneOption, type FormatOptions } from "../options.ts";

export interface XmlFormatOptions {
  readonly attributePrefix: string;
  readonly valueTag: string;
  readonly excludeAttribute: boolean;
  readonly ignoreSurroundingSpaces: boolean;
  /** What stands before a colon in names is left out. */
  readonly ignoreNamespace: boolean;
  readonly inferSchema: boolean;
  readonly prefersDecimal: boolean;
  readonly preferDate: boolean;
  readonly samplingRatio: number;
  readonly nullValue: string | undefined;
  readonly mode: ParseMode;
  readonly corruptColumn: string;
  readonly rowTag: string | undefined;
  readonly rootTag: string;
  readonly declaration: string;
  readonly arrayElementName: string;
  readonly indent: string;
  readonly validatesNames: boolean;
  readonly multiLine: boolean;
  /** The name of the one column of VARIANT that a row becomes. */
  readonly variantColumn: string | undefined;
  readonly zone: TimeZone;
  /** How BINARY stands as text. */
  readonly binaryStyle?: string | undefined;
  /** How text becomes values. */
  readonly values: CsvValueOptions;
  /** How values become text. */
  readonly dates: DatetimePattern | undefined;
  readonly timestamps: DatetimePattern | undefined;
  readonly timestampsNtz: DatetimePattern | undefined;
}

/** @throws AnalysisError for wrong values, UnsupportedError for options that aren't built */
export function xmlOptions(options: FormatOptions, sessionZone: string, nowMicros: () => bigint = () => 0n): XmlFormatOptions {
  const zone = zoneOption(options, sessionZone), text = (name: string, absent: string): string => optionOf(options, name) ?? absent;
  const pattern = (name: Parameters<typeof momentPattern>[1], use: "parse" | "format") => momentPattern(options, name, use);
  for (const name of ["rowValidationXSDPath", "wildcardColName"]) unsupportedOption("xml", options, name);
  const preferDate = booleanOption(options, "preferDate", true), nullValue = optionOf(options, "nullValue");
  return {
    zone, preferDate, nullValue, variantColumn: optionOf(options, "singleVariantColumn"), attributePrefix: text("attributePrefix", "_"), valueTag: text("valueTag", "_VALUE"), excludeAttribute: booleanOption(options, "excludeAttribute", false),
    ignoreSurroundingSpaces: booleanOption(options, "ignoreSurroundingSpaces", true), ignoreNamespace: booleanOption(options, "ignoreNamespace", false),
    inferSchema: booleanOption(options, "inferSchema", true), prefersDecimal: booleanOption(options, "prefersDecimal", false), samplingRatio: samplingRatioOption(options),
    mode: parseModeOf(optionOf(options, "mode")), corruptColumn: text("columnNameOfCorruptRecord", "_corrupt_record"),
    rowTag: optionOf(options, "rowTag"), rootTag: text("rootTag", "ROWS"), declaration: text("declaration", "version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\""),
    arrayElementName: text("arrayElementName", "item"), indent: text("indent", "    "), validatesNames: booleanOption(options, "validateName", true), multiLine: booleanOption(options, "multiLine", true),
    values: {
      zone, nowMicros, preferDate, nullValue: nullValue ?? "\0", nanValue: "NaN", positiveInf: "Infinity", negativeInf: "-Infinity",
      dateFormat: pattern("dateFormat", "parse"), datePattern: momentPatternText(options, "dateFormat"), timestampFormat: pattern("timestampFormat", "parse"), timestampNtzFormat: pattern("timestampNTZFormat", "parse"),
      fallsBack: fallsBack(options), decimalSeparators: decimalSeparatorsOption(options),
    },
    dates: pattern("dateFormat", "format"), timestamps: pattern("timestampFormat", "format"), timestampsNtz: pattern("timestampNTZFormat", "format"),
  };
}

/** The tag of rows in files. @throws AnalysisError XML_ROW_TAG_MISSING */
export function rowTagOf({ rowTag = "" }: XmlFormatOptions): string {
  if (rowTag !== "" && !/[<>]/.test(rowTag)) return rowTag;
  throw new AnalysisError({
    condition: "XML_ROW_TAG_MISSING", sqlState: "42KDF", message: "`rowTag` option is required for reading/writing files in XML format.", messageParameters: { rowTag: "`rowTag`" },
    hint: "name the element that is a row, without brackets: .option(\"rowTag\", \"book\")",
  });
}
