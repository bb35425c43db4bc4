/** Table functions over what is known beforehand: sql_keywords(), collations(). */
import type { Cell } from "../types/cell.ts";
import { BOOLEAN, field, STRING, struct, type StructType } from "../types/data-type.ts";
import { KEYWORDS } from "../types/keywords.ts";

export interface ConstantTable { readonly schema: StructType; readonly rows: () => readonly (readonly Cell[])[] }

/** Words of Spark's grammar that have no meaning here. */
const MORE = `
  ALIGN APPLY APPROX ASENSITIVE ASOF AUTO BERNOULLI BIN BIN_DISTRIBUTE_RATIO BIN_END BIN_START CDC CHANGES CLOSE COLLATIONS CURRENT_DATABASE
  CURRENT_PATH CURRENT_SCHEMA CURSOR DEFAULT_PATH DISTANCE ERROR EXACT EXCLUSIVE HISTORY IDENTIFIED INCLUSIVE INSENSITIVE JSON_TABLE LOCALTIME
  MATCH_CONDITION MEASURE METRICS NEAREST NEXT OPEN ORDINALITY PATH READ SCD SEQUENCE SIMILARITY SYSTEM SYSTEM_PATH TRACK UNIFORM UNNEST WIDTH
`.trim().split(/\s+/);
/** Other spellings of words that are in the list. */
const SPELLINGS: ReadonlySet<string> = new Set(["REGEXP", "RLIKE", "TEMP", "TEMPORARY"]);

const COLLATIONS: readonly (readonly [name: string, caseSensitive: boolean])[] = [["UTF8_BINARY", true], ["UTF8_LCASE", false], ["UTF8_BINARY_RTRIM", true], ["UTF8_LCASE_RTRIM", false]];

export const CONSTANT_TABLES: ReadonlyMap<string, ConstantTable> = new Map([
  ["sql_keywords", {
    schema: struct([field("keyword", STRING, false), field("reserved", BOOLEAN, false)]),
    rows: () => [...KEYWORDS, ...MORE].filter(word => !SPELLINGS.has(word)).sort().map(word => [word, false]),
  }],
  ["collations", {
    schema: struct([
      field("CATALOG", STRING, false), field("SCHEMA", STRING, false), field("NAME", STRING, false), field("LANGUAGE", STRING), field("COUNTRY", STRING),
      field("ACCENT_SENSITIVITY", STRING, false), field("CASE_SENSITIVITY", STRING, false), field("PAD_ATTRIBUTE", STRING, false), field("ICU_VERSION", STRING),
    ]),
    rows: () => COLLATIONS.map(([name, isSensitive]) => ["SYSTEM", "BUILTIN", name, null, null, "ACCENT_SENSITIVE", isSensitive ? "CASE_SENSITIVE" : "CASE_INSENSITIVE", name.endsWith("_RTRIM") ? "RTRIM" : "NO_PAD", null]),
  }],
]);
