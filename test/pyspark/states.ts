/**
 * What there is of PySpark's names, where it isn't simply there under the same name: `= x`: there as x. `- why`: not built.
 * `~ why`: has no meaning here.
 */
const CLUSTER = "~ one process: there is nothing to send, tag or interrupt from elsewhere; actions take an AbortSignal";
const NANOS = "- timestamps of nanoseconds";
const PANDAS = "~ Python's libraries";
const TABLES = "- files are dealt out by partitions; clustering would be of no use to their readers";

export const STATES: Readonly<Record<string, string>> = {
  "SparkSession.Builder": "= `session(options)`", "SparkSession.builder": "= `session(options)`", "SparkSession.active": "~ sessions are values", "SparkSession.getActiveSession": "~ sessions are values",
  "SparkSession.newSession": "= `session(options)`", "SparkSession.addArtifact": CLUSTER, "SparkSession.addArtifacts": CLUSTER, "SparkSession.addTag": CLUSTER, "SparkSession.clearTags": CLUSTER, "SparkSession.getTags": CLUSTER, "SparkSession.removeTag": CLUSTER,
  "SparkSession.interruptAll": CLUSTER, "SparkSession.interruptOperation": CLUSTER, "SparkSession.interruptTag": CLUSTER, "SparkSession.clearProgressHandlers": CLUSTER, "SparkSession.registerProgressHandler": CLUSTER, "SparkSession.removeProgressHandler": CLUSTER,
  "SparkSession.client": "- Spark Connect", "SparkSession.copyFromLocalToFs": CLUSTER, "SparkSession.sparkContext": CLUSTER, "SparkSession.profile": "= `explain(\"analyze\")`, the live page", "SparkSession.dataSource": "= a function that returns a `Source` or `Sink`",
  "SparkSession.emptyDataFrame": "= `createDataFrame([], schema)`", "SparkSession.tvf": "= table functions in SQL's FROM, `lateralJoin`, `table(call)`", "SparkSession.udtf": "= `udf.register`", "SparkSession.version": "= `version()` in SQL and functions",
  "DataFrame.approxQuantile": "= `stat.approxQuantile`", "DataFrame.corr": "= `stat.corr`", "DataFrame.cov": "= `stat.cov`", "DataFrame.crosstab": "= `await stat.crosstab`", "DataFrame.freqItems": "= `stat.freqItems`", "DataFrame.sampleBy": "= `stat.sampleBy`",
  "DataFrame.checkpoint": "= `cache`", "DataFrame.localCheckpoint": "= `cache`", "DataFrame.colRegex": "= `Object.keys(r).filter(...)` in a callback", "DataFrame.columns": "= `(await schema()).fields`", "DataFrame.dtypes": "= `(await schema()).fields`",
  "DataFrame.drop_duplicates": "= `dropDuplicates`", "DataFrame.dropna": "= `na.drop`", "DataFrame.fillna": "= `na.fill`", "DataFrame.replace": "= `na.replace`",
  "DataFrame.executionInfo": "= `explain(\"analyze\")`", "DataFrame.groupby": "= `groupBy`", "DataFrame.head": "= `take`, `first`", "DataFrame.inputFiles": "= `input_file_name()`", "DataFrame.isLocal": CLUSTER, "DataFrame.mapInArrow": "= `mapPartitions`, `udf.batch`", "DataFrame.mapInPandas": "= `mapPartitions`, `udf.batch`",
  "DataFrame.melt": "= `unpivot`", "DataFrame.mergeInto": "- MERGE", "DataFrame.pandas_api": PANDAS, "DataFrame.plot": PANDAS, "DataFrame.toPandas": PANDAS,
  "DataFrame.rdd": "= `rows`", "DataFrame.registerTempTable": "= `createOrReplaceTempView`", "DataFrame.repartitionById": "= `repartition`", "DataFrame.sparkSession": "= the session that made it",
  "DataFrame.subtract": "= `except`", "DataFrame.toLocalIterator": "= `for await`", "DataFrame.unionAll": "= `union`", "DataFrame.withMetadata": "- metadata of columns beside comments", "DataFrame.zip": "= `zipWithIndex` and a join",
  "Column.alias": "= `as`", "Column.name": "= `as`", "Column.asc_nulls_first": "= `ascNullsFirst`", "Column.asc_nulls_last": "= `ascNullsLast`", "Column.desc_nulls_first": "= `descNullsFirst`", "Column.desc_nulls_last": "= `descNullsLast`", "Column.astype": "= `cast`",
  "Column.bitwiseAND": "= `bitAnd`", "Column.bitwiseOR": "= `bitOr`", "Column.bitwiseXOR": "= `bitXor`", "Column.endswith": "= `endsWith`", "Column.startswith": "= `startsWith`", "Column.getItem": "= `at`, `get(xs, index)`", "Column.try_cast": "= `tryCast`", "Column.when": "= `when(...).when(...)`", "Column.otherwise": "= `when(...).otherwise(...)`",
  "GroupedData.apply": "= `groupByKey(...).mapGroups`", "GroupedData.applyInArrow": "= `groupByKey(...).flatMapGroups`", "GroupedData.applyInPandas": "= `groupByKey(...).flatMapGroups`", "GroupedData.applyInPandasWithState": "= `flatMapGroupsWithState`", "GroupedData.cogroup": "= `cogroup` of datasets of pairs",
  "GroupedData.mean": "= `avg`", "GroupedData.transformWithStateInPandas": "= `transformWithState`",
  "Window.rangeBetween": "= `Window.orderBy(...).rangeBetween`", "Window.rowsBetween": "= `Window.orderBy(...).rowsBetween`",
  "Catalog.analyzeTable": "= `ANALYZE TABLE`", "Catalog.createDatabase": "= `CREATE SCHEMA`", "Catalog.dropDatabase": "= `DROP SCHEMA`", "Catalog.createExternalTable": "= `CREATE TABLE ... LOCATION`", "Catalog.createTable": "= `CREATE TABLE`", "Catalog.dropTable": "= `DROP TABLE`", "Catalog.dropView": "= `DROP VIEW`",
  "Catalog.getCreateTableString": "= `SHOW CREATE TABLE`", "Catalog.getDatabase": "= `DESCRIBE SCHEMA`", "Catalog.getFunction": "= `DESCRIBE FUNCTION`", "Catalog.getTable": "= `DESCRIBE TABLE EXTENDED`", "Catalog.getTableProperties": "= `SHOW TBLPROPERTIES`", "Catalog.listCatalogs": "= `currentCatalog`: there is one", "Catalog.setCurrentCatalog": "= `currentCatalog`: there is one",
  "Catalog.listPartitions": "= `SHOW PARTITIONS`", "Catalog.recoverPartitions": "~ partitions are found when a table is read", "Catalog.refreshByPath": "= `unpersist`", "Catalog.refreshTable": "= `REFRESH TABLE`", "Catalog.registerFunction": "= `udf.register`", "Catalog.truncateTable": "= `TRUNCATE TABLE`",
  "DataFrameReader.changes": "- change feeds of tables", "DataStreamReader.changes": "- change feeds of tables; `postgres-cdc` has those of PostgreSQL", "DataFrameReader.jdbc": "= `format(\"postgres\")`", "DataFrameWriter.jdbc": "= `format(\"postgres\")` of a stream", "DataStreamReader.name": "~ sources are told apart by what they read",
  "DataFrameWriter.bucketBy": "~ one process: buckets save no shuffle", "DataFrameWriter.sortBy": "~ one process: buckets save no shuffle", "DataFrameWriterV2.clusterBy": TABLES, "DataFrameWriter.clusterBy": TABLES, "DataStreamWriter.clusterBy": TABLES, 
  
  "UDFRegistration.registerJavaFunction": "~ Java's classes", "UDFRegistration.registerJavaUDAF": "~ Java's classes", "UDTFRegistration.register": "= `udf.register`", "RuntimeConfig.isModifiable": "~ all settings can be set",
  "functions.AnalyzeArgument": "~ Python's classes", "functions.AnalyzeResult": "~ Python's classes", "functions.ArrowUDFType": "~ Python's classes", "functions.OrderingColumn": "~ Python's classes", "functions.PandasUDFType": "~ Python's classes", "functions.PartitioningColumn": "~ Python's classes", "functions.SelectedColumn": "~ Python's classes", "functions.SkipRestOfInputTableException": "~ Python's classes",
  "functions.UserDefinedFunction": "= `UserFunction`", "functions.UserDefinedTableFunction": "= `UserTableFunction`", "functions.arrow_udf": "= `udf.batch` of `millrace`", "functions.pandas_udf": "= `udf.batch` of `millrace`", "functions.arrow_udtf": "= `udtf` of `millrace`", "functions.udf": "= `udf` of `millrace`", "functions.udtf": "= `udtf` of `millrace`",
  "functions.call_udf": "= `call_function`", "functions.column": "= `col`", "functions.create_map": "= `map`", "functions.negate": "= `negative`", "functions.bucket": "~ transforms of tables' partitions", "functions.days": "~ transforms of tables' partitions", "functions.hours": "~ transforms of tables' partitions", "functions.months": "~ transforms of tables' partitions", "functions.years": "~ transforms of tables' partitions",
  "functions.java_method": "~ Java's classes", "functions.reflect": "~ Java's classes", "functions.try_reflect": "~ Java's classes", "functions.timestamp_nanos": NANOS, "functions.unix_nanos": NANOS, "functions.unwrap_udt": "~ user-defined types of the JVM", "functions.input_file_block_length": "~ files are read whole or by ranges of our own", "functions.input_file_block_start": "~ files are read whole or by ranges of our own",
};
/** Classes that are left out as a whole. */
export const CLASSES: Readonly<Record<string, string>> = {
  MergeIntoWriter: "- MERGE", TableValuedFunction: "= in SQL's FROM, `lateralJoin`, or as a column in `select`",
};
