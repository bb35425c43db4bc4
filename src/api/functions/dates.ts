/** Functions over dates and times. Those that depend on a zone use the session's. */
import { BIGINT, DATE, DAY_TIME_INTERVAL, DOUBLE, INT, STRING, TIMESTAMP } from "../../types/data-type.ts";
import type { DayTimeInterval, Int, LocalDate, Num, Timestamp, TimestampNtz } from "../../types/values.ts";
import type { ColumnBase, Expr, NumericColumn, StringColumn, TemporalColumn } from "../column.ts";
import { fn } from "./make.ts";

type Day = Timestamp | TimestampNtz | LocalDate | string | null;
type Time = Timestamp | TimestampNtz | string | null;
type DayArg = Expr<Day> | LocalDate | string;
type IntArg = Expr<Num | null> | number;
type AsInt<T> = NumericColumn<Int | (T & null)>;
type AsDate<T> = TemporalColumn<LocalDate | (T & null)>;

export function current_date(): TemporalColumn<LocalDate> { return fn("current_date", DATE); }
/** One value for the whole query, or micro-batch. */
export function current_timestamp(): TemporalColumn<Timestamp> { return fn("current_timestamp", TIMESTAMP); }
export function now(): TemporalColumn<Timestamp> { return fn("now", TIMESTAMP); }
export function current_timezone(): StringColumn<string> { return fn("current_timezone", STRING); }
export function year<T extends Day>(of: Expr<T>): AsInt<T> { return fn("year", INT, of); }
export function quarter<T extends Day>(of: Expr<T>): AsInt<T> { return fn("quarter", INT, of); }
export function month<T extends Day>(of: Expr<T>): AsInt<T> { return fn("month", INT, of); }
export function day<T extends Day>(of: Expr<T>): AsInt<T> { return fn("day", INT, of); }
export function dayofmonth<T extends Day>(of: Expr<T>): AsInt<T> { return fn("dayofmonth", INT, of); }
/** 1 is Sunday. */
export function dayofweek<T extends Day>(of: Expr<T>): AsInt<T> { return fn("dayofweek", INT, of); }
/** 0 is Monday. */
export function weekday<T extends Day>(of: Expr<T>): AsInt<T> { return fn("weekday", INT, of); }
export function dayofyear<T extends Day>(of: Expr<T>): AsInt<T> { return fn("dayofyear", INT, of); }
/** The ISO week. */
export function weekofyear<T extends Day>(of: Expr<T>): AsInt<T> { return fn("weekofyear", INT, of); }
export function hour<T extends Time>(of: Expr<T>): AsInt<T> { return fn("hour", INT, of); }
export function minute<T extends Time>(of: Expr<T>): AsInt<T> { return fn("minute", INT, of); }
export function second<T extends Time>(of: Expr<T>): AsInt<T> { return fn("second", INT, of); }
export function date_add<T extends Day>(of: Expr<T>, days: IntArg): AsDate<T> { return fn("date_add", DATE, of, days); }
export function date_sub<T extends Day>(of: Expr<T>, days: IntArg): AsDate<T> { return fn("date_sub", DATE, of, days); }
/** Days from `start` to `end`. */
export function datediff(end: DayArg, start: DayArg): NumericColumn<Int | null> { return fn("datediff", INT, end, start); }
export function add_months<T extends Day>(of: Expr<T>, months: IntArg): AsDate<T> { return fn("add_months", DATE, of, months); }
export function months_between(end: DayArg, start: DayArg): NumericColumn<number | null> { return fn("months_between", DOUBLE, end, start); }
export function last_day<T extends Day>(of: Expr<T>): AsDate<T> { return fn("last_day", DATE, of); }
export function next_day(of: Expr<Day>, dayOfWeek: string): TemporalColumn<LocalDate | null> { return fn("next_day", DATE, of, dayOfWeek); }
/** The first day of a date's year, quarter, month or week. */
export function trunc(of: Expr<Day>, unit: string): TemporalColumn<LocalDate | null> { return fn("trunc", DATE, of, unit); }
/** A time cut to a unit, `"hour"`. */
export function date_trunc<T extends Day>(unit: string, of: Expr<T>): TemporalColumn<Timestamp | (T & null)> { return fn("date_trunc", TIMESTAMP, unit, of); }
export function date_format<T extends Day>(of: Expr<T>, pattern: string): StringColumn<string | (T & null)> { return fn("date_format", STRING, of, pattern); }
export function to_date<T extends Day>(of: Expr<T>, pattern?: string): AsDate<T> { return fn("to_date", DATE, of, pattern); }
export function to_timestamp<T extends Day>(of: Expr<T>, pattern?: string): TemporalColumn<Timestamp | (T & null)> { return fn("to_timestamp", TIMESTAMP, of, pattern); }
/** Seconds since 1970; without an argument, of now. */
export function unix_timestamp(of?: Expr<Day>, pattern?: string): NumericColumn<bigint | null> { return fn("unix_timestamp", BIGINT, of, pattern); }
export function from_unixtime<T extends Num | null>(seconds: Expr<T>, pattern?: string): StringColumn<string | (T & null)> { return fn("from_unixtime", STRING, seconds, pattern); }
export function unix_seconds<T extends Timestamp | null>(of: Expr<T>): NumericColumn<bigint | (T & null)> { return fn("unix_seconds", BIGINT, of); }
export function unix_millis<T extends Timestamp | null>(of: Expr<T>): NumericColumn<bigint | (T & null)> { return fn("unix_millis", BIGINT, of); }
export function unix_micros<T extends Timestamp | null>(of: Expr<T>): NumericColumn<bigint | (T & null)> { return fn("unix_micros", BIGINT, of); }
export function timestamp_seconds<T extends Num | null>(of: Expr<T>): TemporalColumn<Timestamp | (T & null)> { return fn("timestamp_seconds", TIMESTAMP, of); }
export function timestamp_millis<T extends Num | null>(of: Expr<T>): TemporalColumn<Timestamp | (T & null)> { return fn("timestamp_millis", TIMESTAMP, of); }
export function timestamp_micros<T extends Num | null>(of: Expr<T>): TemporalColumn<Timestamp | (T & null)> { return fn("timestamp_micros", TIMESTAMP, of); }
export function make_date(year: IntArg, month: IntArg, day: IntArg): TemporalColumn<LocalDate | null> { return fn("make_date", DATE, year, month, day); }
export function make_dt_interval(days: IntArg, hours?: IntArg, minutes?: IntArg, seconds?: IntArg): ColumnBase<DayTimeInterval | null> { return fn("make_dt_interval", DAY_TIME_INTERVAL, days, hours, minutes, seconds); }
export function from_utc_timestamp<T extends Day>(of: Expr<T>, zone: string): TemporalColumn<Timestamp | (T & null)> { return fn("from_utc_timestamp", TIMESTAMP, of, zone); }
export function to_utc_timestamp<T extends Day>(of: Expr<T>, zone: string): TemporalColumn<Timestamp | (T & null)> { return fn("to_utc_timestamp", TIMESTAMP, of, zone); }
