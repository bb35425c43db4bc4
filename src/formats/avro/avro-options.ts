/** Options of Spark's Avro functions and files (https://spark.apache.org/docs/latest/sql-data-sources-avro.html#data-source-option). */
import { unsupported } from "../../base/errors.ts";
import { optionOf, type FormatOptions } from "../options.ts";
import { badOption, flagOption, wholeOption } from "../spark-options.ts";
import { parseAvroSchema, type AvroSchema } from "./schema.ts";
import { MAX_RECURSION, type AvroTypeOptions } from "./sql-types.ts";

/** @throws AnalysisError STDS_INVALID_OPTION_VALUE.WITH_MESSAGE */
export function avroTypeOptions(options: FormatOptions): AvroTypeOptions {
  const maxDepth = wholeOption(options, "recursiveFieldMaxDepth", -1);
  if (maxDepth > MAX_RECURSION) throw badOption("recursiveFieldMaxDepth", `Should not be greater than ${MAX_RECURSION}.`);
  return { stableUnionNames: flagOption(options, "enableStableIdentifiersForUnionType", false), unionPrefix: optionOf(options, "stableIdentifierPrefixForUnionType") ?? "member_", maxDepth };
}

/** The schema that the option `avroSchema` gives. */
export function givenSchema(options: FormatOptions): AvroSchema | undefined {
  if (optionOf(options, "avroSchemaUrl") !== undefined) throw unsupported("The option avroSchemaUrl", "give the text of the schema as avroSchema");
  if ((optionOf(options, "datetimeRebaseMode") ?? "CORRECTED").toUpperCase() === "LEGACY") throw unsupported("The option datetimeRebaseMode=LEGACY", "days before 1582-10-15 are read as they are: CORRECTED");
  const text = optionOf(options, "avroSchema");
  return text === undefined ? undefined : parseAvroSchema(text);
}
