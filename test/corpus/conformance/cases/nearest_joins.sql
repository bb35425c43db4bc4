-- Joins of the nearest rows: NEAREST BY and ASOF.

-- setup
CREATE TEMP VIEW a AS SELECT * FROM VALUES (1,10,'x'),(2,20,'y'),(3,30,'x'),(4,NULL,'x') a(id,t,k);

-- setup
CREATE TEMP VIEW b AS SELECT * FROM VALUES (1,9,'p','x'),(2,21,'q','y'),(3,1,'r','x'),(4,10,'s','x'),(5,NULL,'n','x') b(id,t,v,k);

-- name: nearest_01
-- unordered
SELECT a.id, b.v FROM a JOIN b EXACT NEAREST 1 BY DISTANCE abs(a.t - b.t);

-- name: nearest_02
-- unordered
SELECT a.id, b.v FROM a INNER JOIN b EXACT NEAREST 2 BY DISTANCE abs(a.t - b.t);

-- name: nearest_03
-- unordered
SELECT a.id, b.v FROM a LEFT OUTER JOIN b EXACT NEAREST 2 BY DISTANCE abs(a.t - b.t);

-- name: nearest_04
-- unordered
SELECT a.id, b.v FROM a LEFT JOIN b EXACT NEAREST 1 BY SIMILARITY abs(a.t - b.t);

-- name: nearest_05
-- unordered
SELECT a.id, b.v FROM a JOIN b APPROX NEAREST 3 BY DISTANCE abs(a.t - b.t);

-- name: nearest_06
-- unordered
SELECT a.id, b.v FROM a JOIN b APPROX NEAREST BY DISTANCE abs(a.t - b.t);

-- name: nearest_07
-- unordered
SELECT a.id, b.v FROM a RIGHT JOIN b EXACT NEAREST 1 BY DISTANCE abs(a.t - b.t);

-- name: nearest_08
-- unordered
SELECT a.id, b.v FROM a FULL JOIN b EXACT NEAREST 1 BY DISTANCE abs(a.t - b.t);

-- name: nearest_09
-- unordered
SELECT a.id, b.v FROM a CROSS JOIN b EXACT NEAREST 1 BY DISTANCE abs(a.t - b.t);

-- name: nearest_10
-- unordered
SELECT a.id FROM a LEFT SEMI JOIN b EXACT NEAREST 1 BY DISTANCE abs(a.t - b.t);

-- name: nearest_11
-- unordered
SELECT a.id, b.v FROM a JOIN b EXACT NEAREST 0 BY DISTANCE abs(a.t - b.t);

-- name: nearest_12
-- unordered
SELECT a.id, b.v FROM a JOIN b EXACT NEAREST 100001 BY DISTANCE abs(a.t - b.t);

-- name: nearest_13
-- unordered
SELECT a.id, b.v FROM a JOIN b EXACT NEAREST -1 BY DISTANCE abs(a.t - b.t);

-- name: nearest_14
-- unordered
SELECT a.id, b.v FROM a JOIN b EXACT NEAREST 1 BY DISTANCE map(a.t, b.t);

-- name: nearest_15
-- unordered
SELECT a.id, b.v FROM a JOIN b EXACT NEAREST 1 BY DISTANCE 1;

-- name: nearest_16
-- unordered
SELECT a.id, b.v FROM a JOIN b EXACT NEAREST 1 BY DISTANCE a.t;

-- name: nearest_17
-- unordered
SELECT a.id, b.v FROM a JOIN b EXACT NEAREST 1 BY DISTANCE sum(a.t);

-- name: nearest_18
-- unordered
SELECT a.id, b.v FROM a JOIN b EXACT NEAREST 1 BY DISTANCE nope;

-- name: nearest_19
-- unordered
SELECT a.id, b.v FROM a JOIN (SELECT * FROM b WHERE false) b EXACT NEAREST 1 BY DISTANCE abs(a.t - b.t);

-- name: nearest_20
-- unordered
SELECT a.id, b.v FROM a LEFT JOIN (SELECT * FROM b WHERE false) b EXACT NEAREST 1 BY DISTANCE abs(a.t - b.t);

-- name: nearest_21
-- unordered
SELECT a.id, b.v, c.v FROM a JOIN b EXACT NEAREST 1 BY DISTANCE abs(a.t - b.t) JOIN b c EXACT NEAREST 1 BY SIMILARITY c.t;

-- name: nearest_22
-- unordered
SELECT a.id, b.v FROM a JOIN b ON a.k = b.k EXACT NEAREST 1 BY DISTANCE abs(a.t - b.t);

-- name: nearest_23
-- unordered
SELECT a.id, b.v FROM a JOIN b EXACT NEAREST 1 BY DISTANCE abs(a.t - b.t) WHERE a.k = b.k;

-- name: nearest_24
-- unordered
SELECT * FROM a JOIN b EXACT NEAREST 1 BY DISTANCE abs(a.t - b.t) ON a.k = b.k;

-- name: nearest_25
-- conf: spark.sql.join.asofJoin.enabled=true
-- unordered
SELECT a.id, b.v FROM a ASOF JOIN b MATCH_CONDITION (a.t >= b.t);

-- name: nearest_26
-- conf: spark.sql.join.asofJoin.enabled=true
-- unordered
SELECT a.id, b.v FROM a ASOF JOIN b MATCH_CONDITION (a.t >= b.t) ON a.k = b.k;

-- name: nearest_27
-- conf: spark.sql.join.asofJoin.enabled=true
-- unordered
SELECT a.id, b.v FROM a ASOF JOIN b MATCH_CONDITION (a.t > b.t) ON a.k = b.k;

-- name: nearest_28
-- conf: spark.sql.join.asofJoin.enabled=true
-- unordered
SELECT a.id, b.v FROM a ASOF JOIN b MATCH_CONDITION (a.t <= b.t) ON a.k = b.k;

-- name: nearest_29
-- conf: spark.sql.join.asofJoin.enabled=true
-- unordered
SELECT a.id, b.v FROM a ASOF JOIN b MATCH_CONDITION (a.t < b.t) USING (k);

-- name: nearest_30
-- conf: spark.sql.join.asofJoin.enabled=true
-- unordered
SELECT * FROM a ASOF JOIN b MATCH_CONDITION (a.t >= b.t) USING (k);

-- name: nearest_31
-- conf: spark.sql.join.asofJoin.enabled=true
-- unordered
SELECT a.id, b.v FROM a LEFT ASOF JOIN b MATCH_CONDITION (a.t >= b.t) ON a.k = b.k;

-- name: nearest_32
-- conf: spark.sql.join.asofJoin.enabled=true
-- unordered
SELECT a.id, b.v FROM a ASOF LEFT JOIN b MATCH_CONDITION (a.t >= b.t) ON a.k = b.k;

-- name: nearest_33
-- conf: spark.sql.join.asofJoin.enabled=true
-- unordered
SELECT a.id, b.v FROM a INNER ASOF JOIN b MATCH_CONDITION (a.t >= b.t);

-- name: nearest_34
-- conf: spark.sql.join.asofJoin.enabled=true
-- unordered
SELECT a.id, b.v FROM a ASOF INNER JOIN b MATCH_CONDITION (a.t >= b.t);

-- name: nearest_35
-- conf: spark.sql.join.asofJoin.enabled=true
-- unordered
SELECT a.id, b.v FROM a ASOF JOIN b MATCH_CONDITION (b.t <= a.t);

-- name: nearest_36
-- conf: spark.sql.join.asofJoin.enabled=true
-- unordered
SELECT a.id, b.v FROM a ASOF JOIN b MATCH_CONDITION (a.t = b.t);

-- name: nearest_37
-- conf: spark.sql.join.asofJoin.enabled=true
-- unordered
SELECT a.id, b.v FROM a ASOF JOIN b MATCH_CONDITION (a.t >= a.id);

-- name: nearest_38
-- conf: spark.sql.join.asofJoin.enabled=true
-- unordered
SELECT a.id, b.v FROM a ASOF JOIN b MATCH_CONDITION (a.t + 1 >= b.t * 2);

-- name: nearest_39
-- conf: spark.sql.join.asofJoin.enabled=true
-- unordered
SELECT a.id, b.v FROM a ASOF JOIN b MATCH_CONDITION (a.t >= b.t AND a.k = b.k);

-- name: nearest_40
-- conf: spark.sql.join.asofJoin.enabled=true
-- unordered
SELECT a.id, b.v FROM a ASOF JOIN b ON a.k = b.k;

-- name: nearest_41
-- conf: spark.sql.join.asofJoin.enabled=true
-- unordered
SELECT a.id, b.v FROM a ASOF JOIN b MATCH_CONDITION a.t >= b.t;

-- name: nearest_42
-- conf: spark.sql.join.asofJoin.enabled=true
-- unordered
SELECT a.id, b.v FROM a ASOF JOIN b MATCH_CONDITION (array(a.t) >= map(b.t, 1));

-- name: nearest_43
-- conf: spark.sql.join.asofJoin.enabled=true
-- unordered
SELECT a.id, b.v FROM a ASOF JOIN b MATCH_CONDITION (a.t >= rand());

-- name: nearest_44
-- conf: spark.sql.join.asofJoin.enabled=true
-- unordered
SELECT a.id, b.v FROM a NATURAL ASOF JOIN b MATCH_CONDITION (a.t >= b.t);

-- name: nearest_45
-- conf: spark.sql.join.asofJoin.enabled=true
-- unordered
SELECT asof.id FROM a asof JOIN b ON asof.id = b.id;

-- name: nearest_46
-- conf: spark.sql.join.asofJoin.enabled=true
-- unordered
SELECT a.id, b.v FROM a RIGHT ASOF JOIN b MATCH_CONDITION (a.t >= b.t);

-- name: nearest_47
-- conf: spark.sql.join.asofJoin.enabled=true
-- unordered
SELECT a.id, b.v FROM a LEFT OUTER ASOF JOIN b MATCH_CONDITION (a.t >= b.t);

-- name: asof_off
SELECT a.id FROM a ASOF JOIN b MATCH_CONDITION (a.t >= b.t);
