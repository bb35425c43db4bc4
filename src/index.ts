/** What `import ... from "millrace"` gives, and the one place that ties the API to the engine in this process. */
import { localEngine } from "./api/local-engine.ts";
import type { LocalEngine } from "./api/local/local-engine.ts";
import { createSession, type PageOpener, type Session, type SessionOptions } from "./api/session.ts";

/** A session: `await using mill = session()`. Nothing is opened or started before the first action. */
export const session = (options: SessionOptions = {}): Session => createSession(options, localEngine, openPage);

/** The server is loaded when a session wants its page, and not before. */
const openPage: PageOpener = async (engine, options) => (await import("./server/serve-page.ts")).servePage(engine as LocalEngine, options);

export { progressLine } from "./stream/progress-text.ts";
export type { Session, SessionOptions, PageOptions, Listener, StreamingQueries } from "./api/session.ts";
export type { SparkConf } from "./api/conf.ts";
export type { DataFrame, Frame, FrameOps, JoinType, Ambiguous, Picked, Selected, ShowOptions } from "./api/data-frame.ts";
export type { GroupedData, PivotedData, RolledUpData } from "./api/grouped-data.ts";
export type {
  Reader, RowsReadOptions, Source, SourceFormats, UntypedRow, FileReadOptions, JsonReadOptions, ParquetReadOptions, TextReadOptions, XmlReadOptions, RateReadOptions, TelemetryReadOptions, ReplayReadOptions,
} from "./api/reader.ts";
export type {
  DataFrameWriter, DataStreamWriter, OutputMode, RestartOptions, SaveMode, Sink, SinkFormats, StartOptions, Trigger, BatchIterator,
  JsonWriteOptions, CsvWriteOptions, XmlWriteOptions, ParquetWriteOptions, ConsoleOptions,
} from "./api/writer.ts";
export type {
  ActionOptions, SourceProgress, StateAnswer, StateOperatorProgress, StateQueryOptions, StreamingQuery, StreamingQueryProgress, StreamingQueryStatus,
} from "./api/streaming-query.ts";
export type {
  ArrayColumn, BooleanColumn, Column, ColumnBase, Columns, Condition, Expr, MapColumn, Named, NumericColumn, Selection, StringColumn, StructColumn,
  TemporalColumn, UntypedColumn, WindowSpec, FramedWindowSpec,
} from "./api/column.ts";
export {
  schema, tinyint, smallint, int, bigint, float, double, decimal, string, boolean, binary, date, time, timestamp, timestampNtz,
  dayTimeInterval, yearMonthInterval, variant, array, map, struct,
} from "./api/schema.ts";
export type { DataType, Fields, In, Infer, RowIn, RowOfFields, Schema, SchemaField, TypeName, TypeNames, ValueOf } from "./api/schema.ts";
export { listState, mapState, valueState } from "./api/state-types.ts";
export type {
  FlatMapGroupsOptions, GroupState, GroupStateTimeout, ListState, MapGroupsOptions, MapState, StateContext, StateOptions, StateSpec, StateVar,
  StatefulProcessor, TimeMode, ValueState,
} from "./api/state-types.ts";
export type { Catalog, CatalogColumn, CatalogTable } from "./api/catalog.ts";
export type { ArrowTable, ColumnsIn, FoundRow, RowsIn } from "./api/given-data.ts";
export { fromStandard, type StandardOptions, type StandardSchema } from "./api/standard-schema.ts";
export { observation, type Observation } from "./api/observation.ts";
export { udaf, udf, udtf } from "./api/user-functions.ts";
export type { AggregateOptions, BatchResult, FunctionOptions, TableCall, UserFunction, UserFunctions, UserTableFunction } from "./api/user-functions.ts";
export type { ColumnValues, ColumnView } from "./columns/column-view.ts";
export type { AsyncMapContext, AsyncMapOptions, Dataset, KeyedDataset, KeyedWindowsBy, StateTypes, WindowedBy } from "./api/dataset.ts";
export {
  DayTimeInterval, Decimal, LocalDate, LocalTime, Timestamp, TimestampNtz, Variant, YearMonthInterval, stringify,
} from "./types/values.ts";
export type { DecimalLike, Int, LocalDateLike, Num, TimestampLike } from "./types/values.ts";
export type { Duration, Unit } from "./types/duration.ts";
export {
  AnalysisError, CheckpointError, ExecutionError, MillraceError, ParseError, StreamingQueryError, type QueryContext,
} from "./base/errors.ts";
