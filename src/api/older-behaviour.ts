/**
 * Settings of Spark that bring an older behaviour back (`spark.sql.legacy.*`). What is followed here stands in this list; whoever
 * sets another one is told that answers stay as they are. The names are those of Spark's SQLConf.
 */
const PREFIX = "spark.sql.legacy.";

/** Without the prefix. */
export const FOLLOWED: readonly string[] = [
  "allowStarWithSingleTableIdentifierInCount", "codingErrorAction", "ctePrecedencePolicy", "identifierClause", "javaCharsets", "negativeIndexInArrayInsert", "parquet.nanosAsLong",
  "percentileDiscCalculation", "sizeOfNull", "timeParserPolicy", "viewSchemaCompensation",
];

/** Undefined if there is nothing to tell. */
export function toldOf(key: string): string | undefined {
  if (!key.startsWith(PREFIX) || FOLLOWED.includes(key.slice(PREFIX.length))) return undefined;
  return `The setting ${key} is not followed: answers stay as they are without it.`;
}
