/** Avro's container files as a format of files. */
import { AnalysisError } from "../../base/errors.ts";
import { asNullable, type StructType } from "../../types/data-type.ts";
import type { RandomAccessFormat } from "../file-format.ts";
import { flagOption } from "../spark-options.ts";
import { AvroFile, readAvroHeader } from "./avro-file.ts";
import { avroTypeOptions, givenSchema } from "./avro-options.ts";
import { avroWriting, checkAvroTypes } from "./avro-writer.ts";
import { avroSchemaText, parseAvroSchema } from "./schema.ts";
import { sqlTypeOfAvro } from "./sql-types.ts";

export const avroFileFormat: RandomAccessFormat = {
  kind: "random access",
  name: "avro",
  endings: [".avro"],
  async schemaOf(file, { options }) {
    const schema = givenSchema(options) ?? parseAvroSchema((await readAvroHeader(file)).schemaText), { type } = sqlTypeOfAvro(schema, avroTypeOptions(options));
    if (schema.kind !== "record" || type.kind !== "struct") throw new AnalysisError({
      condition: "MILLRACE_AVRO_INCOMPATIBLE_SCHEMA", sqlState: "42K09", message: `Avro schema cannot be converted to a Spark SQL StructType: ${avroSchemaText(schema)}`, messageParameters: {},
    });
    return asNullable(type) as StructType;
  },
  checkSchema: checkAvroTypes,
  async open(file, wanted, _filters, { options }) {
    const header = await readAvroHeader(file), written = parseAvroSchema(header.schemaText);
    return new AvroFile(file, header, written, givenSchema(options), wanted, flagOption(options, "positionalFieldMatching", false));
  },
  writing: avroWriting,
};
