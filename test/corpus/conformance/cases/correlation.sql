-- setup
CREATE TEMP VIEW t AS SELECT * FROM VALUES (1, 'a', 2), (2, 'b', 3), (3, 'b', 4), (4, 'c', NULL) AS v(id, g, k);

-- name: name_of_references
SELECT (SELECT t.id + t.id), EXISTS (SELECT 1 FROM t x JOIN t y ON x.id = y.id AND y.k = t.k WHERE x.k = t.id), t.id IN (SELECT x.k FROM t x WHERE x.g = t.g), (SELECT max(s.a) FROM (SELECT x.id + t.id AS a FROM t x WHERE x.k = t.k) s) FROM t;

-- name: select_list_over_groups
SELECT (SELECT max(x.k) + t.k FROM t x) FROM t;

-- name: group_key
SELECT (SELECT max(x.k) FROM t x GROUP BY x.id + t.id) FROM t;

-- name: outer_in_sort
SELECT EXISTS (SELECT x.id FROM t x ORDER BY t.k) FROM t;

-- name: outer_in_window
SELECT EXISTS (SELECT rank() OVER (ORDER BY t.k) FROM t x) FROM t;

-- name: outer_beside_window
SELECT id, EXISTS (SELECT rank() OVER (ORDER BY x.k), t.k FROM t x) FROM t;

-- name: outer_in_lateral_view
SELECT EXISTS (SELECT 1 FROM t x LATERAL VIEW explode(array(t.k)) e AS c WHERE c = x.id) FROM t;

-- name: outer_in_generator
SELECT * FROM t, LATERAL (SELECT explode(array(t.id, t.k)) AS e);

-- name: mixed_aggregate
SELECT (SELECT sum(x.k) FILTER (WHERE x.id = t.id) FROM t x) FROM t;

-- name: having_of_subquery
SELECT id, (SELECT count(*) FROM t x HAVING count(*) > t.k) AS c FROM t;

-- name: below_left_join
SELECT EXISTS (SELECT 1 FROM t x LEFT JOIN (SELECT * FROM t z WHERE z.id = t.k) y ON x.id = y.id) FROM t;

-- name: below_right_join
SELECT id, EXISTS (SELECT 1 FROM t x RIGHT JOIN (SELECT * FROM t z WHERE z.id = t.k) y ON x.id = y.id) AS e FROM t;

-- name: in_right_join
SELECT id, (SELECT count(x.id) FROM t x RIGHT JOIN t y ON x.id > y.id AND y.k = t.k) AS n FROM t;

-- name: below_full_join
SELECT EXISTS (SELECT 1 FROM (SELECT * FROM t z WHERE z.id = t.k) x FULL JOIN t y ON x.id = y.id) FROM t;

-- name: below_rollup
SELECT EXISTS (SELECT count(*) FROM t x WHERE x.id = t.id GROUP BY ROLLUP(x.k)) FROM t;

-- name: below_intersect
SELECT id, EXISTS (SELECT x.id FROM t x WHERE x.k > t.k INTERSECT SELECT t.id + 2) AS e FROM t;

-- name: below_except_all
SELECT id, EXISTS (SELECT x.id FROM t x WHERE x.k = t.k EXCEPT ALL SELECT 1) AS e FROM t;

-- name: below_with
SELECT id, EXISTS (WITH c AS (SELECT x.id FROM t x WHERE x.id = t.k) SELECT * FROM c) FROM t;

-- name: values_of_outer
SELECT EXISTS (SELECT * FROM VALUES (t.k)) FROM t;

-- name: scalar_in_groups
SELECT id, (SELECT count(*) FROM t x WHERE x.id = t.id) FROM t GROUP BY id;

-- name: scalar_group_by_all
SELECT g, (SELECT max(x.id) FROM t x WHERE x.g = t.g) AS m FROM t GROUP BY ALL ORDER BY g;

-- name: scalar_in_aggregate
SELECT g, max((SELECT count(*) FROM t x WHERE x.id < t.id)) AS m FROM t GROUP BY g ORDER BY g;

-- name: exists_in_groups
SELECT g, EXISTS (SELECT 1 FROM t x WHERE x.g > t.g) AS e FROM t GROUP BY g ORDER BY g;

-- name: exists_missing_key
SELECT id, EXISTS (SELECT 1 FROM t x WHERE x.k = t.k) FROM t GROUP BY id;

-- name: scalar_as_key
SELECT count(*) AS n, (SELECT max(x.g) FROM t x WHERE x.g <= t.g) AS m FROM t GROUP BY (SELECT max(x.g) FROM t x WHERE x.g <= t.g) ORDER BY m;

-- name: scalar_as_key_alone
SELECT count(*) FROM t GROUP BY (SELECT t.id);

-- name: having_key_not_listed
SELECT count(*) AS n FROM t GROUP BY g HAVING (SELECT max(x.id) FROM t x WHERE x.g = t.g) > 2 ORDER BY n;

-- name: having_exists
SELECT count(*) AS n FROM t GROUP BY g HAVING EXISTS (SELECT 1 FROM t x WHERE x.g > t.g) ORDER BY n;

-- name: scalar_in_order_by
SELECT id FROM t ORDER BY (SELECT t.k);

-- name: exists_in_order_by
SELECT id FROM t ORDER BY EXISTS (SELECT 1 FROM t);

-- name: scalar_in_generator
SELECT explode(array((SELECT t.id))) FROM t;

-- name: exists_in_generator
SELECT explode(array(EXISTS (SELECT 1)));

-- name: scalar_in_window
SELECT id, sum((SELECT max(x.id) FROM t x WHERE x.g = t.g)) OVER (ORDER BY id) AS s FROM t;

-- name: exists_in_left_join
SELECT a.id, b.id FROM t a LEFT JOIN t b ON a.g = b.g AND EXISTS (SELECT 1 FROM t x WHERE x.k = b.id);

-- name: exists_in_right_join
SELECT a.id, b.id FROM t a RIGHT JOIN t b ON a.g = b.g AND EXISTS (SELECT 1 FROM t x WHERE x.k = a.id);

-- name: exists_in_full_join
SELECT a.id, b.id FROM t a FULL JOIN t b ON a.g = b.g AND EXISTS (SELECT 1 FROM t x WHERE x.k = a.id);

-- name: exists_in_anti_join
SELECT a.id FROM t a LEFT ANTI JOIN t b ON a.id = b.id AND EXISTS (SELECT 1 FROM t x WHERE x.k = b.id);

-- name: in_of_right_side
SELECT a.id, b.id FROM t a LEFT JOIN t b ON a.g = b.g AND b.id IN (SELECT x.k FROM t x);

-- name: not_in_of_right_side
SELECT a.id, b.id FROM t a LEFT JOIN t b ON a.g = b.g AND b.id NOT IN (SELECT x.k FROM t x WHERE x.k > 2);

-- name: exists_of_both_sides
SELECT a.id, b.id FROM t a LEFT JOIN t b ON EXISTS (SELECT 1 FROM t x WHERE x.id = a.id AND x.k = b.k);

-- name: in_of_both_sides
SELECT a.id, b.id FROM t a JOIN t b ON a.id IN (SELECT x.id FROM t x WHERE x.k = b.k);

-- name: scalar_in_join
SELECT a.id FROM t a JOIN t b ON a.id = b.id AND (SELECT a.id) = 1;

-- name: not_in_pairs
SELECT id, (id, g) NOT IN (SELECT k, g FROM t) AS a, (id, CAST(NULL AS STRING)) NOT IN (SELECT k, g FROM t) AS b, (k, g) NOT IN (SELECT id, g FROM t) AS c FROM t;

-- name: not_in_pairs_name
SELECT (id, upper(g)) NOT IN (SELECT id, g FROM t) FROM t;

-- name: not_in_correlated
SELECT id, id NOT IN (SELECT x.k FROM t x WHERE x.g = t.g) AS a, CAST(NULL AS INT) NOT IN (SELECT x.k FROM t x WHERE x.g = t.g AND x.id > 1) AS b FROM t;

-- name: order_of_rows
SELECT id, EXISTS (SELECT 1 FROM t x WHERE t.id > x.id + 1) AS e, (SELECT max(x.id) FROM t x WHERE t.id = x.id + 1) AS m FROM t;

-- name: qualify_closed
SELECT EXISTS (SELECT 1 FROM t x QUALIFY rank() OVER (ORDER BY t.k) = 1) FROM t;
