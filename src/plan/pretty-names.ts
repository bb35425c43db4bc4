/** What automatic names show otherwise than it was written: functions that Spark prints in capitals or under another name, and arguments that were left out. */

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** In capitals. */
export const UPPER = words(`
  sqrt cbrt hypot sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh cot sec csc exp expm1 log log10 log2 log1p
  power degrees radians signum ceil floor pi e rank dense_rank percent_rank
`);

/** Under another name. */
export const ALIASED: Readonly<Record<string, string>> = { array_agg: "collect_list", current_database: "current_schema", dateadd: "date_add", to_varchar: "to_char", random: "rand" };

/** Names of types as functions: a cast that doesn't show. */
export const CASTS = words("boolean tinyint smallint int bigint float double decimal date timestamp time binary string");

/** Only the first argument shows: the rest are schemas, options and precisions. */
export const FIRST_ONLY = words(`
  hour minute second from_json to_json schema_of_json from_csv to_csv schema_of_csv from_xml to_xml schema_of_xml approx_count_distinct shuffle
`);

/** Arguments behind these places never show. */
export const FIRST_FEW: Readonly<Record<string, number>> = { uuid: 0, variant_get: 2, try_variant_get: 2, try_make_timestamp: 6 };

export interface Defaults { /** Arguments that must be written. */ readonly from: number; readonly values: readonly string[] }

const defaults = (from: number, ...values: readonly string[]): Defaults => ({ from, values });
const TIMESTAMP_FORMAT = "yyyy-MM-dd HH:mm:ss";

/** Arguments that were left out and show nevertheless. */
export const DEFAULTS: Readonly<Record<string, Defaults>> = {
  st_geomfromwkb: defaults(1, "0"), st_asbinary: defaults(1, "NDR"),
  round: defaults(1, "0"), bround: defaults(1, "0"), percentile: defaults(2, "1"), percentile_approx: defaults(2, "10000"), approx_percentile: defaults(2, "10000"),
  sort_array: defaults(1, "true"), listagg: defaults(1, "NULL"), string_agg: defaults(1, "NULL"), months_between: defaults(2, "true"),
  unix_timestamp: defaults(0, "current_timestamp()", TIMESTAMP_FORMAT), to_unix_timestamp: defaults(0, "current_timestamp()", TIMESTAMP_FORMAT), from_unixtime: defaults(1, TIMESTAMP_FORMAT),
  make_interval: defaults(0, "0", "0", "0", "0", "0", "0", "0.000000"), make_dt_interval: defaults(0, "0", "0", "0", "0.000000"), make_ym_interval: defaults(0, "0", "0"),
  regexp_extract: defaults(2, "1"), regexp_extract_all: defaults(2, "1"), regexp_replace: defaults(3, "1"), regexp_instr: defaults(2, "0"),
  substring: defaults(2, "2147483647"), substr: defaults(2, "2147483647"), lpad: defaults(2, " "), rpad: defaults(2, " "), locate: defaults(2, "1"), position: defaults(2, "1"),
  replace: defaults(2, ""), overlay: defaults(3, "-1"), split: defaults(2, "-1"), mask: defaults(1, "X", "x", "n", "NULL"),
  from_avro: defaults(2, "NULL"), to_avro: defaults(1, "NULL"), schema_of_avro: defaults(1, "NULL"), from_protobuf: defaults(2, "NULL", "NULL"), to_protobuf: defaults(2, "NULL", "NULL"),
  str_to_map: defaults(1, ",", ":"), sentences: defaults(1, "", ""), lag: defaults(1, "1", "NULL"), lead: defaults(1, "1", "NULL"), ntile: defaults(0, "1"),
  hll_sketch_agg: defaults(1, "12"), hll_union_agg: defaults(1, "false"), hll_union: defaults(2, "false"), theta_sketch_agg: defaults(1, "12"), theta_union_agg: defaults(1, "12"), theta_union: defaults(2, "12"),
  ...Object.fromEntries(["double", "integer"].flatMap(kind => [
    [`tuple_sketch_agg_${kind}`, defaults(2, "12", "sum")], [`tuple_union_agg_${kind}`, defaults(1, "12", "sum")], [`tuple_intersection_agg_${kind}`, defaults(1, "sum")], [`tuple_sketch_summary_${kind}`, defaults(1, "sum")],
    [`tuple_union_${kind}`, defaults(2, "12", "sum")], [`tuple_intersection_${kind}`, defaults(2, "sum")], [`tuple_union_theta_${kind}`, defaults(2, "12", "sum")], [`tuple_intersection_theta_${kind}`, defaults(2, "sum")],
  ])),
  approx_top_k: defaults(1, "5", "10000"), approx_top_k_accumulate: defaults(1, "10000"), approx_top_k_estimate: defaults(1, "5"), approx_top_k_combine: defaults(1, "-1"),
  hmac: defaults(2, "SHA-256"), vector_norm: defaults(1, "2.0"), vector_normalize: defaults(1, "2.0"), variant_set: defaults(3, "true"), try_variant_set: defaults(3, "true"), variant_strip_nulls: defaults(1, "true"),
  aes_encrypt: defaults(2, "GCM", "DEFAULT", "", ""), aes_decrypt: defaults(2, "GCM", "DEFAULT", ""), try_aes_decrypt: defaults(2, "GCM", "DEFAULT", ""), try_make_interval: defaults(0, "0", "0", "0", "0", "0", "0", "0.000000"),
  array_sort: defaults(1, "lambdafunction((IF(((namedlambdavariable() IS NULL) AND (namedlambdavariable() IS NULL)), 0, (IF((namedlambdavariable() IS NULL), 1, (IF((namedlambdavariable() IS NULL), -1, (IF((namedlambdavariable() < namedlambdavariable()), -1, (IF((namedlambdavariable() > namedlambdavariable()), 1, 0)))))))))), namedlambdavariable(), namedlambdavariable())"),
  aggregate: defaults(3, "lambdafunction(namedlambdavariable(), namedlambdavariable())"), reduce: defaults(3, "lambdafunction(namedlambdavariable(), namedlambdavariable())"),
};

/** Parameters of functions that are called by name, in order. */
export const PARAMETERS: Readonly<Record<string, readonly string[]>> = { mask: ["str", "upperChar", "lowerChar", "digitChar", "otherChar"] };

/** Window functions whose frame is the rows up to the current one. */
export const RANKING = words("row_number rank dense_rank percent_rank ntile counter_diff");
/** Window functions that look at one row at a distance. */
export const OFFSETS = words("lag lead");
