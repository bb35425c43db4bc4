/** What a table knows of itself without being read through: the planner's estimates begin here. */
export interface TableStatistics {
  readonly rows: number;
  /** By name, what is known of columns. */
  readonly columns?: ReadonlyMap<string, ColumnStatistics>;
}

export interface ColumnStatistics {
  /** The least and the greatest value, of types whose cells are numbers: integers, dates, timestamps, unscaled decimals. */
  readonly range?: { readonly least: number; readonly greatest: number };
  readonly nulls?: number;
}

/** By table of a scan. Tables that know nothing are not in it. */
export type StatisticsOf = ReadonlyMap<object, TableStatistics>;
export const NO_STATISTICS: StatisticsOf = new Map();
