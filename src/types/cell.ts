/**
 * One value on its way through code that works row by row (rare functions, literals, tests). Never on the hot path.
 *
 * | SQL type | Cell |
 * | --- | --- |
 * | NULL of any type | null |
 * | BOOLEAN | boolean |
 * | TINYINT, SMALLINT, INT, FLOAT, DOUBLE | number |
 * | BIGINT | bigint |
 * | DECIMAL | bigint, unscaled |
 * | STRING | string |
 * | BINARY | Uint8Array |
 * | DATE | number, days since 1970-01-01 |
 * | TIMESTAMP, TIMESTAMP_NTZ | bigint, microseconds since the epoch |
 * | TIME | bigint, nanoseconds of the day |
 * | day-time interval | bigint, microseconds |
 * | year-month interval | number, months |
 * | calendar interval | CalendarInterval |
 * | VARIANT | VariantCell |
 * | ARRAY, STRUCT | Cell[] |
 * | MAP | MapCell: entries in insertion order |
 */
export type Cell = null | boolean | number | bigint | string | Uint8Array | CalendarInterval | VariantCell | MapCell | readonly Cell[];

export interface CalendarInterval { readonly months: number; readonly days: number; readonly micros: bigint }
export interface MapCell { readonly entries: readonly (readonly [Cell, Cell])[] }
/** A VARIANT: a JSON-like value with SQL's scalar types. */
export interface VariantCell { readonly variant: unknown }
