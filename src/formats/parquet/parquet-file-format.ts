/** Parquet as a format of files. */
import { AnalysisError } from "../../base/errors.ts";
import { array, field, map, struct, type DataType, type StructType } from "../../types/data-type.ts";
import { schemaFromJson } from "../../types/schema-json.ts";
import type { RandomAccessFormat } from "../file-format.ts";
import { booleanOption, refuseOptions, type FormatOptions } from "../options.ts";
import { ParquetFile, readMetadata } from "./parquet-file.ts";
import { parquetWriting } from "./parquet-writer.ts";
import { SCHEMA_KEY } from "./schema-key.ts";
import { fileColumns, structOf, type TypeRules } from "./schema.ts";
import { wantedGroups } from "./skip.ts";
import { tableStatistics } from "./table-statistics.ts";

export const parquetFileFormat: RandomAccessFormat = {
  kind: "random access",
  name: "parquet",
  endings: [".parquet"],
  narrows: true,
  async schemaOf(file, { options }) {
    checkOptions(options);
    const metadata = await readMetadata(file), met = new Set<string>();
    // What Spark or this writer kept says more than the file's own types: intervals, and which integers are small.
    const schema = schemaFromJson(metadata.keyValues.get(SCHEMA_KEY) ?? "") ?? structOf(fileColumns(metadata.schema), typeRules(options));
    for (const { name } of schema.fields) {
      const key = name.toLowerCase();
      if (met.has(key)) throw new AnalysisError({
        condition: "COLUMN_ALREADY_EXISTS", sqlState: "42711", message: `The column \`${key}\` already exists. Choose another name or rename the existing column.`, messageParameters: { columnName: `\`${key}\`` },
      });
      met.add(key);
    }
    return nullable(schema) as StructType;
  },
  async statisticsOf(file) { return tableStatistics(await readMetadata(file)); },
  async open(file, wanted, filters, { options }) {
    checkOptions(options);
    const metadata = await readMetadata(file), groups = await wantedGroups(metadata, booleanOption(options, "spark.sql.parquet.filterPushdown", true) ? filters : [], file);
    return new ParquetFile(file, metadata, wanted, group => groups.has(group));
  },
  writing: parquetWriting,
};

function typeRules(options: FormatOptions): TypeRules {
  const is = (name: string, absent: boolean): boolean => booleanOption(options, name, absent);
  return {
    binaryAsString: is("spark.sql.parquet.binaryAsString", false), int96AsTimestamp: is("spark.sql.parquet.int96AsTimestamp", true),
    nanosAsLong: is("spark.sql.legacy.parquet.nanosAsLong", false), infersNtz: is("spark.sql.parquet.inferTimestampNTZ.enabled", true),
  };
}

/** Days and times are those of the proleptic Gregorian calendar, as Spark has written them since 3.0. */
function checkOptions(options: FormatOptions): void {
  refuseOptions("parquet", options, { datetimeRebaseMode: ["corrected", "exception"], int96RebaseMode: ["corrected", "exception"] });
}

/** Columns of files may be null, whatever one file says. */
function nullable(type: DataType): DataType {
  switch (type.kind) {
    case "struct": return struct(type.fields.map(one => ({ ...field(one.name, nullable(one.type)), ...(one.comment !== undefined && { comment: one.comment }) })));
    case "array": return array(nullable(type.element));
    case "map": return map(nullable(type.key), nullable(type.value));
    default: return type;
  }
}
