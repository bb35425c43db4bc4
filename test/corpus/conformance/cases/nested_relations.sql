-- Relations in relations: what a lateral subquery sees of the row beside it, keys that NATURAL and USING merge, what ORDER BY and
-- HAVING know over groups, recursions, nulls of subqueries under NOT and in the condition of a join, and numbers drawn from a seed.

-- setup
CREATE TEMP VIEW crates AS SELECT * FROM VALUES (1, 'pears', 12), (2, 'figs', 7), (3, 'plums', 7), (4, 'limes', CAST(NULL AS INT)) AS t(crate, fruit, weight);

-- setup
CREATE TEMP VIEW trips AS SELECT * FROM VALUES (1, 'north', 30), (1, 'south', 45), (3, 'north', 10), (9, 'west', 5) AS t(crate, road, km);

-- setup
CREATE TEMP VIEW holes AS SELECT * FROM VALUES (7), (CAST(NULL AS INT)) AS t(weight);

-- setup
CREATE TEMP VIEW nothing AS SELECT * FROM VALUES (1) AS t(weight) WHERE false;

-- name: lateral_column_as_it_is
-- unordered
SELECT * FROM crates, LATERAL (SELECT weight);

-- name: lateral_column_for_each_row_of_a_table
-- unordered
SELECT crates.crate, w FROM crates, LATERAL (SELECT crates.weight AS w FROM trips WHERE trips.crate = crates.crate);

-- name: lateral_names_of_outer_columns
-- unordered
SELECT * FROM crates AS c, LATERAL (SELECT c.weight * 2, trips.km + c.weight, upper(fruit) FROM trips WHERE trips.crate = c.crate);

-- name: lateral_name_of_a_quoted_alias
-- unordered
SELECT * FROM crates AS `the crates`, LATERAL (SELECT -weight);

-- name: lateral_star_of_nothing
-- unordered
SELECT * FROM crates, LATERAL (SELECT *);

-- name: lateral_star_and_more
-- unordered
SELECT * FROM crates, LATERAL (SELECT *, 'x' AS mark);

-- name: lateral_star_of_the_outer_table
-- unordered
SELECT * FROM trips, LATERAL (SELECT trips.*);

-- name: lateral_star_of_both
-- unordered
SELECT * FROM crates AS c, LATERAL (SELECT c.*, t.* FROM trips AS t WHERE t.crate = c.crate) AS both;

-- name: lateral_star_without_some
-- unordered
SELECT * FROM trips, LATERAL (SELECT trips.* EXCEPT (road, km)) AS s(again);

-- name: lateral_star_in_a_struct
-- unordered
SELECT s FROM trips, LATERAL (SELECT struct(trips.*) AS s);

-- name: lateral_star_two_levels_up
SELECT * FROM crates, LATERAL (SELECT * FROM trips, LATERAL (SELECT crates.*));

-- name: exists_star_of_the_outer_table
SELECT * FROM crates WHERE EXISTS (SELECT crates.* FROM trips);

-- name: star_of_no_relation
SELECT *;

-- name: lateral_natural
SELECT * FROM crates NATURAL JOIN LATERAL (SELECT weight);

-- name: lateral_using
SELECT * FROM crates JOIN LATERAL (SELECT weight AS w) USING (w);

-- name: lateral_by_chance
SELECT * FROM crates, LATERAL (SELECT weight + rand(3));

-- name: lateral_by_chance_beside_one_row
SELECT m, r < 1 AS below FROM (SELECT max(weight) AS m FROM crates), LATERAL (SELECT rand(3) AS r);

-- name: lateral_condition_by_chance
SELECT * FROM crates JOIN LATERAL (SELECT km FROM trips) AS s ON s.km > weight + rand(3);

-- name: natural_takes_the_first_of_a_name
-- unordered
SELECT * FROM crates AS a LEFT JOIN crates AS b ON a.weight = b.weight AND a.crate < b.crate NATURAL JOIN trips AS c;

-- name: using_takes_the_first_of_a_name
-- unordered
SELECT * FROM trips JOIN (SELECT 1 AS crate, 3 AS crate) AS two USING (crate);

-- name: natural_of_doubled_names
-- unordered
SELECT * FROM (SELECT 1 AS k, 2 AS k) AS a NATURAL JOIN (SELECT 1 AS k, 3 AS v) AS b;

-- name: order_by_sees_no_other_column
SELECT sum(km) FROM trips GROUP BY crate ORDER BY road;

-- name: order_by_key_turned_round
SELECT sum(km) AS s FROM trips GROUP BY crate + 1 ORDER BY 1 + crate;

-- name: having_key_turned_round
-- unordered
SELECT count(*) AS n FROM trips GROUP BY crate * 2 + 1 HAVING 1 + 2 * crate > 3;

-- name: order_by_aggregate_behind_having
SELECT sum(km) FROM trips GROUP BY crate HAVING max(km) > 9 ORDER BY max(km);

-- name: order_by_aggregate_of_key_behind_having
SELECT sum(km) FROM trips GROUP BY crate HAVING max(km) > 9 ORDER BY max(crate);

-- name: order_by_key_behind_having
SELECT sum(km) AS s FROM trips GROUP BY crate HAVING max(km) > 9 ORDER BY crate + 1;

-- name: order_by_listed_aggregate_behind_having
SELECT crate, max(km) AS far FROM trips GROUP BY crate HAVING max(km) > 9 ORDER BY max(km);

-- name: order_by_aggregate_behind_window
SELECT crate, max(km) AS far, rank() OVER (ORDER BY max(km)) AS place FROM trips GROUP BY crate ORDER BY min(km);

-- name: nulls_keep_the_order_of_later_keys
SELECT t.crate, road, km, fruit FROM trips AS t LEFT JOIN crates AS c ON t.crate = c.crate AND c.weight > 100 ORDER BY fruit, km DESC;

-- name: nulls_last_keep_the_order_of_later_keys
SELECT t.road, t.km, c.weight FROM crates AS c RIGHT JOIN trips AS t ON t.crate = c.crate AND c.fruit = 'plums' ORDER BY c.weight DESC, t.km;

-- name: rank_of_nulls_of_a_join
-- unordered
SELECT km, rank() OVER (ORDER BY c.weight, km) AS place FROM trips AS t LEFT JOIN crates AS c ON t.crate = c.crate AND c.crate = 3;

-- name: not_of_not_in
-- unordered
SELECT crate FROM crates WHERE NOT (weight NOT IN (SELECT weight FROM holes));

-- name: not_of_or_with_in
-- unordered
SELECT crate FROM crates WHERE NOT (crate > 3 OR weight IN (SELECT weight FROM holes));

-- name: not_of_and_with_in
-- unordered
SELECT crate FROM crates WHERE NOT (crate > 1 AND weight IN (SELECT weight FROM holes));

-- name: in_of_a_join_condition_is_unknown
-- unordered
SELECT c.crate, h.weight FROM crates AS c LEFT JOIN nothing AS h ON (c.weight IN (SELECT weight FROM holes)) IS NULL;

-- name: in_of_a_join_condition_is_unknown_and_joins
-- unordered
SELECT c.crate, t.km FROM crates AS c JOIN trips AS t ON (c.weight IN (SELECT weight FROM holes)) IS NULL AND t.crate = c.crate;

-- name: lists_over_no_rows_of_a_subquery
-- unordered
SELECT crate, (SELECT collect_list(km) FROM trips AS t WHERE t.crate = c.crate) AS all_km, (SELECT count(km) FROM trips AS t WHERE t.crate = c.crate) AS n FROM crates AS c WHERE crate IN (2, 4);

-- name: recursion_behind_its_own_with
-- unordered
WITH RECURSIVE steps(n, m) AS (WITH RECURSIVE small(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM small WHERE k < 2) SELECT 0, k FROM small UNION ALL SELECT n + 1, m FROM steps WHERE n < 2) SELECT * FROM steps;

-- name: recursion_in_a_scalar_subquery
WITH RECURSIVE up(n) AS (SELECT 10 UNION ALL SELECT (SELECT n + 5 FROM up WHERE n < 40)) SELECT n FROM up LIMIT 4;

-- name: recursion_limit_all
-- conf: spark.sql.cteRecursionRowLimit=5
SELECT sum(n) AS s FROM (WITH RECURSIVE up(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < 12) SELECT n FROM up LIMIT ALL);

-- name: recursion_limit_beyond
-- conf: spark.sql.cteRecursionRowLimit=5
SELECT count(*) AS n FROM (WITH RECURSIVE up(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < 12) SELECT n FROM up LIMIT 8);

-- name: recursion_draws_anew
WITH RECURSIVE dice(n, r) AS (SELECT 0, uniform(1, 100, 77) UNION ALL SELECT n + 1, uniform(1, 100, 21) FROM dice WHERE n < 4) SELECT n, r FROM dice ORDER BY n;

-- name: uniform_types
SELECT uniform(-9, 9, 4) AS i, uniform(1, 900L, 4) AS l, uniform(0.0, 9.99, 4) AS d, uniform(1, 2.5F, 4) AS f, uniform(3, 4D, 4) AS x, uniform(CAST(NULL AS INT), 4, 4) AS n;

-- name: uniform_of_a_column
SELECT uniform(crate, 10, 4) FROM crates;

-- name: uniform_of_text
SELECT uniform('1', 10, 4);

-- name: texts_from_seeds
SELECT randstr(12, 2024) AS a, randstr(3, 2024) AS b, uuid(2024) AS c, uuid(-1) AS d;

-- name: randstr_of_less_than_nothing
SELECT randstr(-3, 1);

-- name: uuid_seed_of_no_integer
SELECT uuid(1.5);

-- name: between_draws_once
SELECT sum(CASE WHEN rand(11) BETWEEN 0.3 AND 0.6 THEN 1 ELSE 0 END) AS inside FROM range(0, 200, 1, 1);

-- name: with_of_the_same_name_refused
-- conf: spark.sql.legacy.ctePrecedencePolicy=EXCEPTION
WITH pick AS (SELECT 1 AS a) SELECT (WITH pick AS (SELECT 2 AS a) SELECT a FROM pick) AS b;

-- name: with_of_the_same_name
WITH pick AS (SELECT 1 AS a) SELECT (WITH PICK AS (SELECT 2 AS a) SELECT a FROM pick) AS b;

-- name: fold_into_a_row
SELECT aggregate(array(3, 4, 8), (0 AS total, 0 AS n), (acc, x) -> (acc.total + x, acc.n + 1), acc -> acc.total / acc.n) AS mean;

-- name: nanvl_leaves_the_second_alone
-- unordered
SELECT nanvl(weight, weight / 0) AS w FROM crates;

-- name: keys_that_are_maps
SELECT transform_keys(map('a', 1), (k, v) -> map(k, v)) AS m;

-- name: pivot_of_a_map
SELECT * FROM (SELECT 1 AS n, map('a', 1) AS m) PIVOT (sum(n) FOR m IN (map('a', 1)));

-- name: pivot_values_too_few
SELECT * FROM trips PIVOT (sum(km) FOR (crate, road) IN (1, 3));

-- name: table_function_names_too_many
SELECT * FROM posexplode(array('a', 'b')) AS t(place, item, more);

-- name: range_frame_of_a_cast_distance
-- unordered
SELECT crate, sum(km) OVER (ORDER BY CAST(km AS BIGINT) RANGE BETWEEN 15 PRECEDING AND '5' FOLLOWING) FROM trips;

-- name: range_frame_of_a_wrong_interval
SELECT sum(n) OVER (ORDER BY d RANGE BETWEEN INTERVAL '3' HOUR PRECEDING AND CURRENT ROW) FROM VALUES (1, DATE'2024-05-01') AS t(n, d);

-- name: limit_by_chance
SELECT * FROM crates LIMIT CAST(rand(1) * 5 AS INT);

-- name: aggregate_of_outer_groups_in_exists
-- unordered
SELECT pier, count(*) FROM VALUES (10, 100.0), (10, 300.0), (20, 50.0), (30, 900.0) AS boats(pier, weight)
GROUP BY pier HAVING EXISTS (SELECT 1 FROM VALUES (80.0), (500.0) AS cranes(lifts) WHERE lifts < min(boats.weight));

-- name: aggregate_of_outer_groups_as_value
-- unordered
SELECT pier FROM VALUES (10, 100.0), (10, 300.0), (20, 50.0), (30, 900.0) AS boats(pier, weight)
GROUP BY pier HAVING (SELECT max(lifts) FROM VALUES (80.0), (500.0) AS cranes(lifts) WHERE lifts < max(weight)) = 80;

-- name: aggregate_of_outer_groups_in_list
-- unordered
SELECT pier FROM VALUES (10, 100.0), (10, 300.0), (20, 50.0), (30, 900.0) AS boats(pier, weight)
GROUP BY pier HAVING max(weight) IN (SELECT lifts + 400 FROM VALUES (80.0), (500.0) AS cranes(lifts) WHERE lifts < sum(boats.weight));

-- name: aggregate_of_outer_groups_without_rows_of_its_own
SELECT k FROM VALUES (1, 1) AS t(k, v) GROUP BY k HAVING max(v) = (SELECT 1 WHERE max(v) = 1);

-- name: aggregate_of_outer_groups_distinct_and_filtered
-- unordered
SELECT pier FROM VALUES (10, 100.0), (10, 300.0), (20, 50.0), (30, 900.0) AS boats(pier, weight)
GROUP BY ROLLUP (pier) HAVING EXISTS (SELECT 1 FROM VALUES (80.0), (500.0) AS cranes(lifts) WHERE sum(DISTINCT boats.weight) > lifts + 400);

-- name: aggregate_of_both_queries
SELECT pier FROM VALUES (10, 100.0) AS boats(pier, weight)
GROUP BY pier HAVING EXISTS (SELECT 1 FROM VALUES (80.0) AS cranes(lifts) WHERE sum(weight + lifts) > 1);

-- name: aggregate_of_outer_groups_in_having_of_subquery
-- unordered
SELECT pier FROM VALUES (10, 100.0), (10, 300.0), (20, 50.0) AS boats(pier, weight)
GROUP BY pier HAVING count(DISTINCT weight) > (SELECT count(*) - 1 FROM VALUES (80.0), (500.0) AS cranes(lifts) HAVING count(*) > min(boats.pier) / 10);
