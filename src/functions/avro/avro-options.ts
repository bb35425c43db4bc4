/** Options of Spark's Avro functions and files (https://spark.apache.org/docs/latest/sql-data-sources-avro.html#data-source-option). */
import { unsupported } from "../../base/errors.ts";
import { parseAvroSchema, type AvroSchema } from "../../formats/avro/schema.ts";
import { MAX_RECURSION, type AvroTypeOptions } from "../../formats/avro/sql-types.ts";
import { badOption, flagOption, wholeOption, type TextOptions } from "../records/arguments.ts";

/** @throws AnalysisError STDS_INVALID_OPTION_VALUE.WITH_MESSAGE */
export function avroTypeOptions(options: TextOptions): AvroTypeOptions {
  const maxDepth = wholeOption(options, "recursiveFieldMaxDepth", -1);
  if (maxDepth > MAX_RECURSION) throw badOption("recursiveFieldMaxDepth", `Should not be greater than ${MAX_RECURSION}.`);
  return { stableUnionNames: flagOption(options, "enableStableIdentifiersForUnionType", false), unionPrefix: options["stableidentifierprefixforuniontype"] ?? "member_", maxDepth };
}

/** The schema that the option `avroSchema` gives. */
export function givenSchema(options: TextOptions): AvroSchema | undefined {
  if (options["avroschemaurl"] !== undefined) throw unsupported("The option avroSchemaUrl", "give the text of the schema as avroSchema");
  if ((options["datetimerebasemode"] ?? "CORRECTED").toUpperCase() === "LEGACY") throw unsupported("The option datetimeRebaseMode=LEGACY", "days before 1582-10-15 are read as they are: CORRECTED");
  const text = options["avroschema"];
  return text === undefined ? undefined : parseAvroSchema(text);
}
