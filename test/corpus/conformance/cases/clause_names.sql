-- what names mean in the clauses of a query, pipes, and IDENTIFIER

-- setup
CREATE TEMP VIEW sales AS SELECT * FROM VALUES ('north', 'tea', 4, 10), ('north', 'rice', 2, 30), ('south', 'tea', 7, 5), ('south', 'salt', 1, 60) AS s(region, item, amount, price);

-- setup
CREATE TEMP VIEW nested AS SELECT * FROM VALUES (named_struct('p', 1, 'q', named_struct('u', 2, 'v', 'w')), map('k', 9), array(3, 4)) AS n(s, m, xs);

-- setup
CREATE TEMP VIEW regions AS SELECT * FROM VALUES ('north', 12), ('south', 60) AS r(region, top);

-- name: having_prefers_grouped_row
-- unordered
SELECT max(item) AS amount FROM sales GROUP BY amount HAVING amount > 3;

-- name: having_falls_to_alias
-- unordered
SELECT region, sum(amount) AS price FROM sales GROUP BY region HAVING price > 6;

-- name: having_alias_of_unknown_column
-- unordered
SELECT region, sum(amount) AS total FROM sales GROUP BY region HAVING total > 6;

-- name: having_column_not_grouped
SELECT sum(amount) FROM sales GROUP BY region HAVING item > 'a';

-- name: having_generated_name
SELECT max(price) FROM sales GROUP BY region HAVING `max(price)` > 40;

-- name: having_alias_over_lateral_alias
SELECT sum(amount) AS a, a * 2 AS b FROM sales GROUP BY region HAVING b > 12;

-- name: having_ambiguous_alias
SELECT 1 AS z, 2 AS z FROM sales GROUP BY region HAVING z > 0;

-- name: having_field_of_grouped_struct
SELECT 'x' AS s FROM nested GROUP BY s HAVING s.p > 0;

-- name: having_item_of_wrong_type
SELECT array(1) AS region FROM sales GROUP BY region HAVING region[0] > 0;

-- name: having_window_alias
SELECT region, sum(amount) OVER (PARTITION BY region) AS w FROM sales GROUP BY region, amount HAVING w > 1;

-- name: order_by_list_first
SELECT region, max(amount) AS price FROM sales GROUP BY region ORDER BY price DESC;

-- name: order_by_not_grouped
SELECT sum(amount) FROM sales GROUP BY region ORDER BY item;

-- name: order_by_item_of_grouped_array
SELECT 'x' AS xs FROM nested GROUP BY xs ORDER BY xs[0];

-- name: order_by_behind_having_that_asks
SELECT region, max(amount) FROM sales GROUP BY region HAVING max(price) > 1 ORDER BY count(*);

-- name: order_by_behind_having_sees_keys
SELECT max(amount) FROM sales GROUP BY region HAVING max(price) > 1 ORDER BY region;

-- name: order_by_behind_having_of_list
SELECT max(amount) FROM sales GROUP BY region HAVING max(amount) > 1 ORDER BY min(price) DESC;

-- name: order_by_aggregate_of_plain_list
SELECT item FROM sales ORDER BY max(price);

-- name: order_by_missing_field
SELECT region FROM sales ORDER BY region.x;

-- name: keys_in_any_order
-- unordered
SELECT price + amount, count(*) FROM sales GROUP BY amount + price HAVING 1 < price + amount;

-- name: keys_of_three_operands
-- unordered
SELECT count(*) FROM sales GROUP BY amount + price + 1 HAVING 1 + price + amount > 13;

-- name: comparison_turned_round
SELECT count(*) FROM sales GROUP BY NOT (amount > price) ORDER BY amount <= price;

-- name: group_by_generated_name
-- unordered
SELECT concat(region, '!') FROM sales GROUP BY `concat(region, !)`;

-- name: group_by_alias_with_lateral_alias
SELECT region AS a, a || '?' AS b FROM sales GROUP BY region, b;

-- name: group_by_number_with_lateral_alias
SELECT region AS a, a || '?' AS b FROM sales GROUP BY 1, 2;

-- name: group_by_all_beside_aggregate
SELECT amount + count(*) FROM sales GROUP BY ALL;

-- name: group_by_all_is_a_column
-- unordered
SELECT count(*) FROM VALUES (1), (1), (2) AS t(all) GROUP BY all;

-- name: order_by_all_is_a_column
SELECT * FROM VALUES ('b', 1), ('a', 2) AS t(x, all) ORDER BY all;

-- name: group_by_number_of_star
SELECT * FROM sales GROUP BY 1;

-- name: grouping_id_as_a_column
SELECT region, item, GROUPING__ID FROM sales GROUP BY ROLLUP (region, item) HAVING grouping__id > 0 ORDER BY grouping__id, region;

-- name: grouping_sets_of_nothing
SELECT region, sum(amount) FROM sales GROUP BY region GROUPING SETS (());

-- name: rollup_of_nothing
SELECT count(*) FROM sales GROUP BY ROLLUP (region, ());

-- name: filter_by_chance
SELECT count(amount) FILTER (WHERE rand() > 2) FROM sales;

-- name: bool_and_of_text
SELECT every('true'), bool_or('no');

-- name: histogram_ties
SELECT histogram_numeric(c, 3) FROM VALUES (1), (2), (3), (4), (5), (6), (7), (8) AS t(c);

-- name: histogram_of_intervals
SELECT histogram_numeric(c, 2) FROM VALUES (INTERVAL '1' MONTH), (INTERVAL '3' MONTH), (INTERVAL '9' MONTH) AS t(c);

-- name: histogram_of_nothing
SELECT histogram_numeric(NULL, 3);

-- name: pipe_where_is_closed
FROM sales |> SELECT item |> WHERE price > 1;

-- name: pipe_order_is_closed
FROM sales |> SELECT item |> ORDER BY price;

-- name: pipe_keeps_merged_keys
FROM VALUES (1, 'a') l(k, x) |> JOIN VALUES (1, 'b') r(k, y) USING (k) |> WHERE true |> EXTEND x || y AS z |> DROP y |> SET z = z || '.' |> SELECT l.k, r.k, z;

-- name: pipe_two_clauses
FROM sales |> ORDER BY price LIMIT 2;

-- name: pipe_aggregate_by_number
FROM sales |> AGGREGATE sum(amount) AS s GROUP BY 2, 1 |> ORDER BY s;

-- name: pipe_aggregate_number_too_high
FROM sales |> AGGREGATE sum(amount) GROUP BY 5;

-- name: pipe_aggregate_same_name
FROM sales |> AGGREGATE sum(price) AS region GROUP BY region |> WHERE region > 1;

-- name: pipe_aggregate_rollup
FROM sales |> AGGREGATE sum(price) GROUP BY ROLLUP (region);

-- name: pipe_aggregate_window
FROM sales |> AGGREGATE sum(price) OVER () GROUP BY region;

-- name: pipe_extend_star
FROM sales |> EXTEND *;

-- name: pipe_drop_twice
FROM sales |> DROP price, item, price;

-- name: pipe_drop_field
FROM nested |> DROP s.p, m, xs;

-- name: pipe_where_with_window
FROM sales |> WHERE sum(price) OVER w > 1 WINDOW w AS (ORDER BY item);

-- name: pipe_window_is_its_own
FROM sales |> SELECT item, sum(price) OVER w AS p |> SELECT item, sum(p) OVER w AS q WINDOW w AS (ORDER BY item);

-- name: pipe_select_groups
FROM sales |> SELECT region, sum(price) AS p GROUP BY region |> ORDER BY p;

-- name: named_window_is_shown
SELECT item, sum(price) OVER w FROM sales WINDOW w AS (PARTITION BY region ORDER BY item) ORDER BY item, price;

-- name: window_defined_twice
SELECT sum(price) OVER w FROM sales WINDOW w AS (ORDER BY item), w AS (ORDER BY price);

-- name: sample_too_much
SELECT * FROM sales TABLESAMPLE (BUCKET 3 OUT OF 2);

-- name: except_overlaps
SELECT * EXCEPT (item, price, item) FROM sales;

-- name: except_of_struct
SELECT s.* EXCEPT (p) FROM nested;

-- name: except_of_field_in_struct
SELECT s.* EXCEPT (q.u) FROM nested;

-- name: except_of_inner_struct
SELECT s.q.* EXCEPT (v) FROM nested;

-- name: except_of_all_fields
SELECT s.q.* EXCEPT (w) FROM nested;

-- name: map_by_name
SELECT map('a', 1).a, m.k FROM nested;

-- name: lateral_alias_of_map_value
SELECT m.k, k + 1 AS more FROM nested;

-- name: columns_without_alias
SELECT q FROM (VALUES (1), (2) AS (q)) ORDER BY q;

-- name: identifier_alias
SELECT 1 AS IDENTIFIER('one'), z.IDENTIFIER FROM VALUES (2) AS IDENTIFIER('z')(IDENTIFIER('IDENTIFIER'));

-- name: identifier_alias_of_two_parts
SELECT 1 AS IDENTIFIER('a.b');

-- name: identifier_of_field
SELECT IDENTIFIER('s.p'), IDENTIFIER('s').p FROM nested;

-- name: identifier_of_table_in_front
SELECT IDENTIFIER('sales').item FROM sales;

-- name: identifier_of_cte
WITH IDENTIFIER('c')(IDENTIFIER('d')) AS (VALUES (5)) SELECT d FROM IDENTIFIER('c');

-- name: identifier_of_table_function
SELECT * FROM IDENTIFIER('ra' || 'nge')(2);

-- name: identifier_of_window
SELECT count(*) OVER IDENTIFIER('w') AS n FROM VALUES (1) AS t(a) WINDOW IDENTIFIER('w') AS (ORDER BY a);

-- name: identifier_of_using
SELECT * FROM sales JOIN regions USING (IDENTIFIER('region')) ORDER BY price;

-- name: identifier_takes_text_parameter
EXECUTE IMMEDIATE 'SELECT IDENTIFIER(:a ''ce'') AS IDENTIFIER(:b), :a ''!'' FROM sales ORDER BY IDENTIFIER(:b)' USING 'pri' AS a, 'cost' AS b;

-- name: identifier_with_spaces
SELECT IDENTIFIER('a b') FROM sales;
