/** Dates and times of the rarer kind. What each gives is in docs/functions. */
import { BIGINT, DATE, INT, STRING, TIMESTAMP, TIMESTAMP_NTZ, YEAR_MONTH_INTERVAL, time } from "../../types/data-type.ts";
import type { Decimal, Int, LocalDate, LocalTime, Num, Timestamp, TimestampNtz, YearMonthInterval } from "../../types/values.ts";
import type { Column, Expr, NumericColumn, StringColumn, TemporalColumn, UntypedColumn } from "../column.ts";
import { fn } from "./make.ts";

type Text = Expr<string | null> | string;
type Number_ = Expr<Num | null> | number | bigint | Decimal;
type Whole = Expr<Num | null> | number;
type Any = Expr<unknown> | string | number | bigint | boolean | null;

export function convert_timezone(of: Text, b: Any, c?: Any): UntypedColumn { return fn("convert_timezone", undefined, of, b, c); }
export function curdate(): TemporalColumn<LocalDate> { return fn("curdate", DATE); }
export function current_time(): TemporalColumn<LocalTime> { return fn("current_time", time()); }
export function localtimestamp(): TemporalColumn<TimestampNtz> { return fn("localtimestamp", TIMESTAMP_NTZ); }
export function date_diff(of: Any, b: Any): NumericColumn<Int | null> { return fn("date_diff", INT, of, b); }
export function date_from_unix_date(of: Number_): TemporalColumn<LocalDate | null> { return fn("date_from_unix_date", DATE, of); }
export function date_part(of: Text, b: Any): UntypedColumn { return fn("date_part", undefined, of, b); }
export function datepart(of: Text, b: Any): UntypedColumn { return fn("datepart", undefined, of, b); }
export function extract(of: Text, b: Any): UntypedColumn { return fn("extract", undefined, of, b); }
export function dateadd(of: Any, b: Whole): TemporalColumn<LocalDate | null> { return fn("dateadd", DATE, of, b); }
export function dayname(of: Any): StringColumn<string | null> { return fn("dayname", STRING, of); }
export function monthname(of: Any): StringColumn<string | null> { return fn("monthname", STRING, of); }
export function make_interval(of?: Number_, b?: Number_, c?: Number_, d?: Number_, e?: Number_, f?: Number_, g?: Number_): UntypedColumn { return fn("make_interval", undefined, of, b, c, d, e, f, g); }
export function try_make_interval(of?: Number_, b?: Number_, c?: Number_, d?: Number_, e?: Number_, f?: Number_, g?: Number_): UntypedColumn { return fn("try_make_interval", undefined, of, b, c, d, e, f, g); }
export function make_ym_interval(of?: Number_, b?: Number_): Column<YearMonthInterval | null> { return fn("make_ym_interval", YEAR_MONTH_INTERVAL, of, b); }
export function make_time(of: Number_, b: Number_, c: Number_): TemporalColumn<LocalTime | null> { return fn("make_time", time(), of, b, c); }
export function make_timestamp(of: Number_, b: Number_, c: Number_, d: Number_, e: Number_, f: Number_, g?: Text): TemporalColumn<Timestamp | null> { return fn("make_timestamp", TIMESTAMP, of, b, c, d, e, f, g); }
export function make_timestamp_ltz(of: Number_, b: Number_, c: Number_, d: Number_, e: Number_, f: Number_, g?: Text): TemporalColumn<Timestamp | null> { return fn("make_timestamp_ltz", TIMESTAMP, of, b, c, d, e, f, g); }
export function make_timestamp_ntz(of: Number_, b: Number_, c: Number_, d: Number_, e: Number_, f: Number_): TemporalColumn<TimestampNtz | null> { return fn("make_timestamp_ntz", TIMESTAMP_NTZ, of, b, c, d, e, f); }
export function try_make_timestamp(of: Number_, b: Number_, c: Number_, d: Number_, e: Number_, f: Number_, g?: Text): TemporalColumn<Timestamp | null> { return fn("try_make_timestamp", TIMESTAMP, of, b, c, d, e, f, g); }
export function try_make_timestamp_ltz(of: Number_, b: Number_, c: Number_, d: Number_, e: Number_, f: Number_, g?: Text): TemporalColumn<Timestamp | null> { return fn("try_make_timestamp_ltz", TIMESTAMP, of, b, c, d, e, f, g); }
export function try_make_timestamp_ntz(of: Number_, b: Number_, c: Number_, d: Number_, e: Number_, f: Number_): TemporalColumn<TimestampNtz | null> { return fn("try_make_timestamp_ntz", TIMESTAMP_NTZ, of, b, c, d, e, f); }
export function time_bucket(of: Any, b: Any, c?: Any): UntypedColumn { return fn("time_bucket", undefined, of, b, c); }
export function time_diff(of: string, b: Any, c: Any): NumericColumn<bigint | null> { return fn("time_diff", BIGINT, of, b, c); }
export function time_from_micros(of: Number_): TemporalColumn<LocalTime | null> { return fn("time_from_micros", time(), of); }
export function time_from_millis(of: Number_): TemporalColumn<LocalTime | null> { return fn("time_from_millis", time(), of); }
export function time_from_seconds(of: Number_): TemporalColumn<LocalTime | null> { return fn("time_from_seconds", time(), of); }
export function time_to_micros(of: Any): NumericColumn<bigint | null> { return fn("time_to_micros", BIGINT, of); }
export function time_to_millis(of: Any): NumericColumn<bigint | null> { return fn("time_to_millis", BIGINT, of); }
export function time_to_seconds(of: Any): UntypedColumn { return fn("time_to_seconds", undefined, of); }
export function time_trunc(of: string, b: Any): TemporalColumn<LocalTime | null> { return fn("time_trunc", time(), of, b); }
export function to_time(of: Text, b?: Text): TemporalColumn<LocalTime | null> { return fn("to_time", time(), of, b); }
export function try_to_time(of: Text, b?: Text): TemporalColumn<LocalTime | null> { return fn("try_to_time", time(), of, b); }
export function to_timestamp_ltz(of: Any, b?: Text): TemporalColumn<Timestamp | null> { return fn("to_timestamp_ltz", TIMESTAMP, of, b); }
export function to_timestamp_ntz(of: Any, b?: Text): TemporalColumn<TimestampNtz | null> { return fn("to_timestamp_ntz", TIMESTAMP_NTZ, of, b); }
export function try_to_timestamp(of: Any, b?: Text): TemporalColumn<Timestamp | null> { return fn("try_to_timestamp", TIMESTAMP, of, b); }
export function try_to_date(of: Any, b?: Text): TemporalColumn<LocalDate | null> { return fn("try_to_date", DATE, of, b); }
export function to_unix_timestamp(of: Any, b?: Text): NumericColumn<bigint | null> { return fn("to_unix_timestamp", BIGINT, of, b); }
export function unix_date(of: Any): NumericColumn<Int | null> { return fn("unix_date", INT, of); }
export function counter_diff<T extends Num | null>(of: Expr<T>): Column<T> { return fn("counter_diff", "first", of); }
