/** What docs/compatibility.md says beside the counts: differences that are meant, and parts that are not built. */
export interface Entry {
  readonly what: string;
  readonly says: string;
  /** The words in which the engine refuses it: the entry goes when they are gone. */
  readonly refusal?: string;
}

export const DELIBERATE: readonly Entry[] = [
  { what: "A changed query is refused at the start", says: "A checkpoint knows its sources, operators, keys and state. A query that does not fit is refused before anything is written; Spark finds out at the first batch, or not at all." },
  { what: "NOT NULL in a schema that is given is kept", says: "A record with a null in such a column goes to the dead letters. Spark drops the declaration for files, and nulls get through." },
  { what: "Malformed records are not lost", says: "What DROPMALFORMED drops goes to the dead letters with its bytes, place and reason. Spark drops it without a trace." },
  { what: "STRING is always valid UTF-8", says: "Other bytes are replaced (text, casts from BINARY) or make the record malformed (JSON). In Spark a STRING can hold any bytes. Functions of a text's bytes (is_valid_utf8, validate_utf8, hex, octet_length, hashes, casts back) see them here, too, where the cast stands in the call itself." },
  { what: "A record has a largest size", says: "`maxRecordBytes`, 16 MiB: a longer line is malformed. Spark holds lines of any length." },
  { what: "Options that are not built are refused", says: "An option of a format that would change the result is an error that names it. Options that Spark does not know are ignored, as there." },
  { what: "A file that grows is read on", says: "As a stream, what is appended to a file is a further range of it, from whole line to whole line. Spark reads a file once, as it is when it is found; files must be moved in whole." },
  { what: "Schemas of streams can be inferred", says: "From what is there at the first start; the checkpoint keeps them. Spark asks for a schema, or for a setting." },
  { what: "Batches start when data comes", says: "The default trigger waits for its sources and not for a clock; at least 1 ms lies between two starts." },
  { what: "Batch and state are one record", says: "There is no folder of offsets and none of commits: a batch with its state changes is one record of a log. Spark's checkpoints can't be read, nor ours by Spark." },
  { what: "One partition", says: "`spark.sql.shuffle.partitions` is 1 unless set, and makes nothing parallel: fields of progress are counted by it. spark_partition_id() is 0, and the order of collect_list, first and string_agg is the order of the input, where Spark's depends on the shuffle." },
  { what: "approx_count_distinct estimates in another way", says: "Same sketch, same hashes, same counts of small sets; above those the estimate is Ertl's, which needs no tables, and differs from Spark's within the error that both promise." },
  { what: "Sketches are those of DataSketches", says: "hll_*, theta_* and kll_* write the library's compact forms; estimates of HyperLogLog behind a union are Ertl's and not taken from tables, which value KLL keeps is decided by another coin, and tuple sketches have bytes of their own." },
  { what: "Windows of a query are part of its state", says: "A changed size, slide or start of overlapping windows is refused at the restart: state is kept by slices of time. In Spark the new windows stand beside the old." },
  { what: "State by hand", says: "TTL works in every timeMode, timers are exact to the microsecond, and state is matched by name when its schema has grown. In a query over bounded input all timers of event time fire at the end." },
  { what: "What watermarks can do more", says: "withWatermark takes perPartition, idleTimeout and maxFutureSkew; window() takes a timeZone for whole days. All are off unless asked for." },
  { what: "Kafka is read committed", says: "Unless `kafka.isolation.level` says otherwise: rows of transactions that were aborted are no rows. Spark's default is read_uncommitted." },
  { what: "The console sink prints the table and no more", says: "As Spark's, without the log around it. The command line prints its own, shorter form." },
  { what: "Errors say what to do", says: "Condition, SQLSTATE and the first line are Spark's; places are marked in the text, and hints and nearest names are added. Some messages are shorter; DESCRIBE FUNCTION prints usage and no Java class." },
  { what: "Numbers of progress that Spark has not", says: "They stand under `millrace`: late rows before aggregation, dead letters, filtered and kept rows, times in microseconds." },
  { what: "CHAR and VARCHAR hold to their lengths", says: "In tables, as in Spark: checked when written, CHARs filled up when written and read. The settings readSideCharPadding and charVarcharAsString, which turn that off, are not followed." },
  { what: "Doubles print with the fewest digits", says: "As Java 19 and later do. Spark on Java 17 sometimes prints a digit more; such values count as equal here." },
  { what: "Regular expressions are JavaScript's underneath", says: "Java's syntax is rewritten. What Java alone has and can't be rewritten is an error. An expression whose time could grow without bound is searched in bounded time; where a repeated part can be empty another match may then be found." },
  { what: "Tables are of a session", says: "Their rows stay in their folder, their names go with the session, and so does global_temp." },
  { what: "Schemas of streams of text are inferred from samples", says: "JSON and CSV: from the first MiB of ten files. A table that is read once is looked at whole, as in Spark, or as samplingRatio says." },
  { what: "A broken row of XML costs itself only", says: "To Spark a file of XML ends where it is broken. The column of corrupt records has the row, not the file." },
  { what: "JSON is taken where Spark fails", says: "Keys of a MAP that are no STRING are read as their type from files (from_json refuses them, as in Spark). lineSep is not asked for beside an encoding. prefersDecimal takes 1e2." },
  { what: "Parquet is read as the schema says", says: "Nanosecond times, UUID and FLOAT16 are refused when the schema is inferred, as in Spark, and read where it is given. DECIMAL as an integer is refused. Timestamps are written as INT64 of microseconds; another outputTimestampType, and the legacy format, are refused." },
  { what: "Collations of the ICU group by simple rules", says: "UTF8_BINARY and UTF8_LCASE are Spark's. UNICODE and languages order as the ICU of Node does; texts are equal letter by letter, so letters that only together are another (Slovak ch) are not grouped with it. A country in a name changes nothing but in fr_CAN, and EXCEPT and INTERSECT over them are refused." },
];

export const MISSING: readonly Entry[] = [
  { what: "More than one thread", says: "A process runs its queries on one thread. Nothing is distributed." },
  { what: "Spark Connect", says: "Plans map to its messages; sending them to a Spark server is not built." },
  { what: "Sources and sinks", says: "MQTT, JDBC beside PostgreSQL, Delta, object stores. Reading and writing ORC. They are refused by name." },
  { what: "Files", says: "Writing text files compressed with bzip2." },
  { what: "Checkpoints", says: "On local disks only: object stores are not built, network file systems are refused. A checkpoint can be forked at a retained batch inside the engine; no command does it yet." },
  { what: "Larger than memory", says: "Sorts, window functions, build sides of joins, groups and state are held in memory, up to `memoryBytes` and at most 4 GiB; nothing is spilled to disk. What does not fit is an error, MILLRACE_OUT_OF_MEMORY." },
  { what: "Functions of a person's own in SQL", says: "CREATE FUNCTION makes them of SQL; those in JavaScript are registered by the program (`session.udf`)." },
  { what: "Tables", says: "Buckets are remembered, and files are written as without them. UPDATE, DELETE, MERGE, REPLACE and generated columns are refused for files, as in Spark." },
  { what: "Types", says: "TIMESTAMP of nanoseconds. Nothing reads or writes GEOMETRY and GEOGRAPHY but well-known binary, and of their reference systems the ranges of numbers are known, not each one. VARIANT is read from JSON and Parquet, and not from Avro or Arrow." },
];
