/** The key under which Spark keeps a file's schema in its footer. */
export const SCHEMA_KEY = "org.apache.spark.sql.parquet.row.metadata";
