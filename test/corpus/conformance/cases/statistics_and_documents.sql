-- setup
CREATE TEMP VIEW trips AS SELECT * FROM VALUES (1, 'north', 12.5D, 3), (2, 'north', 7.25D, 1), (3, 'south', 30.0D, 8), (4, 'south', 2.75D, 1), (5, 'east', NULL, 2), (6, 'north', 19.5D, 4) AS t(id, region, km, stops);

-- setup
CREATE TEMP VIEW notes AS SELECT id, parse_json(body) AS doc FROM VALUES (1, '{"title":"oak","tags":["a","b"],"size":{"w":3,"h":4}}'), (2, '{"title":"elm","tags":[],"dotted.name":5,"size":{"w":1}}') AS t(id, body);

-- name: mode_of_equals_is_first_in_the_map
SELECT mode(n) AS a, mode(n * 1000L) AS b, mode(s) AS c, mode(n / 8) AS d, mode(d) AS e, mode(n > 2) AS f FROM VALUES (5, 'pear', DATE'2020-02-02'), (77, 'fig', DATE'2021-03-03'), (2, 'plum', DATE'2019-01-01'), (640, 'apple', DATE'2024-04-04') AS t(n, s, d);

-- name: mode_of_many_equals
SELECT mode(id % 90) AS a, mode(CAST(id % 45 AS STRING)) AS b, mode(CAST(id AS DECIMAL(12, 3)) / 7) AS c FROM range(0, 360, 1, 1);

-- name: mode_deterministic
SELECT mode(n, true), mode(n, false) FROM VALUES (9), (4), (6) AS t(n);

-- name: mode_within_group
SELECT mode() WITHIN GROUP (ORDER BY n), mode() WITHIN GROUP (ORDER BY n DESC) FROM VALUES (9), (4), (6) AS t(n);

-- name: mode_distinct
SELECT mode(DISTINCT stops) FROM trips;

-- name: mode_option_null
SELECT mode(stops, NULL) FROM trips;

-- name: mode_option_text
SELECT mode(stops, 'true') FROM trips;

-- name: mode_option_column
SELECT mode(stops, stops > 1) FROM trips;

-- name: percentile_distinct
SELECT percentile_disc(DISTINCT 0.25) WITHIN GROUP (ORDER BY km) FROM trips;

-- name: median_distinct
SELECT median(DISTINCT stops) FROM trips;

-- name: median_over_order
SELECT median(km) OVER (PARTITION BY region ORDER BY id) FROM trips;

-- name: percentile_over_frame
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY km) OVER (PARTITION BY region ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM trips;

-- name: percentile_over_whole_partition
SELECT id, median(km) OVER w, percentile_disc(0.5) WITHIN GROUP (ORDER BY km DESC) OVER w FROM trips WINDOW w AS (PARTITION BY region) ORDER BY id;

-- name: percentile_over_named_window_with_order
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY km) OVER w FROM trips WINDOW w AS (PARTITION BY region ORDER BY id);

-- name: percentile_disc_before_spark_4
-- conf: spark.sql.legacy.percentileDiscCalculation=true
SELECT percentile_disc(array(0.1, 0.35, 0.6, 0.85)) WITHIN GROUP (ORDER BY n) AS p FROM VALUES (10), (20), (30), (40), (50), (60) AS t(n);

-- name: scalar_function_within_group_over
SELECT abs(id) WITHIN GROUP (ORDER BY id) OVER (PARTITION BY region) FROM trips;

-- name: regression_rounding
SELECT regr_slope(y, x), regr_intercept(y, x), regr_r2(y, x), regr_sxx(y, x), regr_sxy(y, x), regr_syy(y, x), regr_avgx(y, x), regr_avgy(y, x) FROM (SELECT /*+ COALESCE(1) */ * FROM VALUES (4.1D, 0.3D), (0.7D, 1.9D), (12.9D, 2.2D), (3.3D, 7.1D), (5.9D, NULL), (8.2D, 9.4D) AS t(y, x));

-- name: regression_over_window
SELECT regr_intercept(cos(id), id * id / 3) OVER (ORDER BY id) AS i FROM range(0, 6, 1, 1) ORDER BY id;

-- name: kll_values_must_have_the_type
SELECT kll_sketch_agg_float(stops) FROM trips;

-- name: kll_double_takes_float
SELECT kll_sketch_get_n_double(kll_sketch_agg_double(CAST(stops AS FLOAT))) FROM trips;

-- name: kll_k_out_of_range
SELECT kll_sketch_agg_bigint(stops, 5) FROM trips;

-- name: kll_k_null
SELECT kll_sketch_agg_bigint(stops, NULL) FROM trips;

-- name: kll_k_text
SELECT kll_sketch_agg_bigint(stops, '64') FROM trips;

-- name: kll_k_is_computed
SELECT hex(kll_sketch_agg_bigint(41, 6 + 6));

-- name: kll_quantile_of_column
SELECT kll_sketch_get_quantile_bigint(s, id / 10) FROM (SELECT id, kll_sketch_agg_bigint(stops) AS s FROM trips GROUP BY id);

-- name: kll_quantiles_with_null
SELECT kll_sketch_get_quantile_bigint(kll_sketch_agg_bigint(stops), array(0.5D, NULL)) FROM trips;

-- name: kll_summary
SELECT kll_sketch_to_string_double(kll_sketch_agg_double(km, 32)) AS s FROM trips WHERE region = 'south';

-- name: kll_summary_of_nothing
SELECT kll_sketch_to_string_bigint(kll_sketch_agg_bigint(id)) AS s FROM trips WHERE id > 100;

-- name: kll_merged_keep_the_size_of_the_first
SELECT hex(kll_merge_agg_bigint(s)) FROM (SELECT kll_sketch_agg_bigint(17, 48) AS s);

-- name: hll_names_and_defaults
SELECT hll_sketch_estimate(hll_union(hll_sketch_agg(id), hll_sketch_agg(stops))) FROM trips;

-- name: hll_size_null
SELECT hll_sketch_agg(id, NULL) FROM trips;

-- name: hll_size_of_column
SELECT hll_sketch_agg(id, stops) FROM trips;

-- name: hll_size_text
SELECT hll_sketch_agg(region, '10') FROM trips;

-- name: hll_of_smallint
SELECT hll_sketch_agg(CAST(id AS SMALLINT)) FROM trips;

-- name: hll_of_collated_text
SELECT hll_sketch_estimate(hll_sketch_agg(s COLLATE UTF8_LCASE)), hll_sketch_estimate(hll_sketch_agg(s)) FROM VALUES ('Ash'), ('ash'), ('ASH'), ('yew') AS t(s);

-- name: theta_size_out_of_range
SELECT theta_sketch_agg(id, 2) FROM trips;

-- name: theta_size_of_column
SELECT theta_sketch_agg(id, stops) FROM trips;

-- name: theta_of_arrays_with_null
SELECT theta_sketch_estimate(theta_sketch_agg(a)) FROM VALUES (array(7, NULL)), (array(7, 0)), (array(NULL, 7)) AS t(a);

-- name: theta_of_collated_text
SELECT theta_sketch_estimate(theta_sketch_agg(s COLLATE UTF8_LCASE)) FROM VALUES ('Ash'), ('ash'), ('yew') AS t(s);

-- name: tuple_mode_unknown
SELECT tuple_sketch_agg_integer(id, stops, 12, 'median') FROM trips;

-- name: tuple_size_null
SELECT tuple_sketch_agg_integer(id, stops, NULL) FROM trips;

-- name: variant_path_names_columns
SELECT doc:title::string, doc:size.w::int, doc:tags[0]::string FROM notes ORDER BY id;

-- name: variant_path_inside_calls
SELECT upper(doc:title::string), doc:size.h IS NULL, typeof(doc:tags) FROM notes ORDER BY id;

-- name: variant_path_in_backticks_is_a_path
SELECT doc:`dotted.name`, doc:['dotted.name'], doc:`size.w` FROM notes ORDER BY id;

-- name: variant_path_of_no_variant
SELECT id:title FROM notes;

-- name: variant_beside_text
SELECT coalesce(doc:missing, 'none') FROM notes ORDER BY id;

-- name: range_of_other_type_is_cast
SELECT sum(stops) OVER (ORDER BY CAST(id AS BIGINT) RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM trips ORDER BY id;

-- name: range_of_text_and_decimals
SELECT count(*) OVER (ORDER BY km RANGE BETWEEN '5' PRECEDING AND 'Infinity' FOLLOWING) AS a, count(*) OVER (ORDER BY stops RANGE BETWEEN 1.9 PRECEDING AND 1.9 FOLLOWING) AS b FROM trips ORDER BY id;

-- name: rows_by_smallint
SELECT sum(id) OVER (ORDER BY id ROWS BETWEEN 1S PRECEDING AND CURRENT ROW) FROM trips;

-- name: range_of_dates_bounds_differ
SELECT count(*) OVER (ORDER BY d RANGE BETWEEN 1L PRECEDING AND 1 FOLLOWING) FROM VALUES (DATE'2024-01-01') AS t(d);

-- name: order_by_aggregate_above_windows
SELECT region, rank() OVER (ORDER BY region) AS r FROM trips GROUP BY region ORDER BY count(*);

-- name: order_by_aggregate_of_ungrouped_above_windows
SELECT region, max(km) AS m, rank() OVER (ORDER BY region) AS r FROM trips GROUP BY region ORDER BY max(km);

-- name: order_by_alias_above_windows
SELECT region, max(km) AS m, rank() OVER (ORDER BY region) AS r FROM trips GROUP BY region ORDER BY m DESC, region;

-- name: group_by_number_of_window
SELECT rank() OVER (ORDER BY 1), count(*) FROM trips GROUP BY 1;

-- name: group_by_number_of_window_aggregate
SELECT sum(id) OVER () FROM trips GROUP BY 1;

-- name: limit_by_chance
SELECT id FROM trips LIMIT CAST(rand() * 3 AS INT);

-- name: json_keys_of_structs_and_arrays
SELECT to_json(map(named_struct('p', 1, 'q', array(2, NULL), 'r', DATE'1970-01-11'), 'x')), to_json(map(array(1.50, 2.25), 'y'));

-- name: from_json_of_map_is_entries
SELECT from_json('{"k":"v"}', 'MAP<STRING, STRING>');

-- name: schema_of_csv_null
SELECT schema_of_csv(NULL);

-- name: schema_of_json_null
SELECT schema_of_json(CAST(NULL AS STRING));

-- name: to_xml_without_indents
SELECT to_xml(named_struct('leaf', 'oak', 'n', 2), map('indent', ''));

-- name: assert_true_shows_its_message
SELECT assert_true(id < 99) FROM trips WHERE id = 1;

-- name: assert_true_fails
SELECT assert_true(stops IN (1, 2) AND km > 1) FROM trips;

-- name: to_number_wants_its_groups
SELECT try_to_number('4567', '9G999') AS a, try_to_number('4,567', '9G999') AS b, try_to_number('567', '9G999') AS c, try_to_number('12345.5', '99,999.9') AS d;

-- name: format_string_index_zero
SELECT format_string('%1$s and %0$s', region) FROM trips;

-- name: view_of_files_without_path
CREATE TEMP VIEW nowhere (a INT, b STRING) USING json;

-- name: view_of_files_without_path_is_empty
SELECT count(*), max(a), max(b) FROM nowhere;

-- name: view_of_files_without_path_nor_schema
CREATE TEMP VIEW nothing USING parquet;

-- name: file_of_no_name
SELECT * FROM csv.``;

-- name: source_that_is_no_file
SELECT * FROM jdbc.`some/where`;

-- name: shapes_of_any_system
SELECT typeof(array(st_geomfromwkb(w), st_geomfromwkb(w, 3857))) AS a, st_srid(st_geomfromwkb(w)::GEOMETRY(ANY)) AS b, hex(st_asbinary(st_geogfromwkb(w)::GEOGRAPHY(ANY))) AS c, typeof(coalesce(st_geogfromwkb(w), st_geogfromwkb(w)::GEOGRAPHY(ANY))) AS d FROM VALUES (X'0101000000000000000000144000000000000018C0') AS t(w);

-- name: shape_takes_system_of_row
SELECT st_srid(st_setsrid(st_geomfromwkb(X'0101000000000000000000144000000000000018C0'), n)) AS s FROM VALUES (3857), (0), (4326) AS t(n) ORDER BY s;

-- name: shape_of_any_system_to_one
SELECT CAST(st_geomfromwkb(X'0101000000000000000000144000000000000018C0')::GEOMETRY(ANY) AS GEOMETRY(3857));

-- name: columns_in_calls_show_without_tables
SELECT max(t.stops), abs(t.id) + 1, t.id IN (1, t.stops) FROM trips AS t GROUP BY t.id, t.stops ORDER BY t.id;
