-- Views that outlive what they were made of, columns that come with a default, inserts into several tables, schemas and their refusals.

-- name: tv_schema
CREATE SCHEMA harbour;
-- name: tv_use
USE harbour;
-- name: tv_ships
CREATE TABLE ships (hull INT COMMENT 'number on the bow', flag STRING) USING parquet;
-- name: tv_ships_rows
INSERT INTO ships VALUES (4, 'no'), (9, 'pt');
-- name: tv_view_kept
CREATE VIEW all_ships AS SELECT * FROM ships;
-- name: tv_view_bound
CREATE VIEW bound_ships WITH SCHEMA BINDING AS SELECT * FROM ships;
-- name: tv_view_typed
CREATE VIEW typed_ships WITH SCHEMA TYPE EVOLUTION AS SELECT * FROM ships;
-- name: tv_view_open
CREATE VIEW open_ships WITH SCHEMA EVOLUTION AS SELECT * FROM ships;
-- name: tv_view_named
CREATE VIEW named_ships (n COMMENT 'short', f) WITH SCHEMA EVOLUTION AS SELECT * FROM ships;
-- name: tv_view_temporary
CREATE TEMPORARY VIEW session_ships AS SELECT * FROM ships;
-- name: tv_temporary_with_schema
CREATE TEMPORARY VIEW other_ships WITH SCHEMA EVOLUTION AS SELECT * FROM ships;
-- name: tv_more_columns
ALTER TABLE ships ADD COLUMN tons DOUBLE COMMENT 'when empty';
-- name: tv_kept_after_more
SELECT * FROM all_ships ORDER BY hull;
-- name: tv_bound_after_more
SELECT * FROM bound_ships ORDER BY hull;
-- name: tv_typed_after_more
SELECT * FROM typed_ships ORDER BY hull;
-- name: tv_open_described_before
DESCRIBE open_ships;
-- name: tv_open_after_more
SELECT * FROM open_ships ORDER BY hull;
-- name: tv_open_described_after
DESCRIBE open_ships;
-- name: tv_named_after_more
SELECT * FROM named_ships ORDER BY n;
-- name: tv_session_after_more
SELECT * FROM session_ships ORDER BY hull;
-- name: tv_show_kept
SHOW CREATE TABLE all_ships;
-- name: tv_show_open
SHOW CREATE TABLE open_ships;
-- name: tv_show_named
SHOW CREATE TABLE named_ships;
-- name: tv_columns_of_view
SHOW COLUMNS IN named_ships;
-- name: tv_drop_ships
DROP TABLE ships;
-- name: tv_kept_without_table
SELECT * FROM all_ships;
-- name: tv_described_without_table
DESCRIBE all_ships;
-- name: tv_ships_of_text
CREATE TABLE ships (hull STRING, flag STRING) USING parquet;
-- name: tv_ships_of_text_rows
INSERT INTO ships VALUES ('31', 'is');
-- name: tv_kept_casts
SELECT hull + 1 AS next, flag FROM all_ships;
-- name: tv_bound_refuses
SELECT * FROM bound_ships;
-- name: tv_session_refuses
SELECT * FROM session_ships;
-- name: tv_typed_takes_text
SELECT * FROM typed_ships;
-- name: tv_typed_described
DESCRIBE typed_ships;
-- name: tv_kept_refuses_text
INSERT INTO ships VALUES ('thirty', 'dk');
-- name: tv_kept_cast_fails
SELECT * FROM all_ships ORDER BY flag;
-- name: tv_drop_again
DROP TABLE ships;
-- name: tv_ships_without_flag
CREATE TABLE ships (hull SMALLINT, crew INT) USING parquet;
-- name: tv_kept_misses_flag
SELECT * FROM all_ships;
-- name: tv_typed_misses_flag
SELECT * FROM typed_ships;
-- name: tv_open_is_as_it_is
SELECT * FROM open_ships;
-- name: tv_alter_mode
ALTER VIEW open_ships WITH SCHEMA BINDING;
-- name: tv_alter_mode_shown
SHOW CREATE TABLE open_ships;
-- name: tv_alter_body
ALTER VIEW open_ships AS SELECT crew, hull FROM ships;
-- name: tv_alter_body_shown
SHOW CREATE TABLE open_ships;
-- name: tv_same_name_twice
CREATE VIEW twins (a, b) AS SELECT hull AS k, crew AS k FROM ships;
-- name: tv_same_name_twice_rows
SELECT * FROM twins;
-- name: tv_own_name_missing
CREATE VIEW no_name AS SELECT hull * 2 FROM ships;
-- name: tv_own_name_missing_inside
CREATE VIEW no_name AS SELECT * FROM (SELECT max(crew) FROM ships);
-- name: tv_own_name_not_needed
CREATE VIEW cast_name AS SELECT CAST(hull AS STRING), 7, 'x' AS y FROM ships;
-- name: tv_names_keep_schema
USE default;
-- name: tv_names_keep_schema_rows
SELECT * FROM harbour.open_ships;
-- name: tv_temporary_hides_nothing
CREATE TEMPORARY VIEW ships AS SELECT 1 AS hull, 2 AS crew, 3 AS extra;
-- name: tv_temporary_hides_nothing_rows
SELECT * FROM harbour.open_ships;
-- name: tv_temporary_on_temporary
CREATE TEMPORARY VIEW on_ships AS SELECT hull + crew AS both FROM ships;
-- name: tv_temporary_on_temporary_rows
SELECT * FROM on_ships;
-- name: tv_permanent_on_temporary
CREATE VIEW lasting AS SELECT * FROM ships;
-- name: tv_permanent_beside_with
CREATE VIEW lasting AS WITH ships AS (SELECT 5 AS five) SELECT * FROM ships;
-- name: tv_permanent_beside_with_rows
SELECT * FROM lasting;
-- name: tv_variable
DECLARE VARIABLE pier INT DEFAULT 12;
-- name: tv_permanent_on_variable
CREATE VIEW on_pier AS SELECT pier AS p;
-- name: tv_routine
CREATE TEMPORARY FUNCTION knots(x INT) RETURNS INT RETURN x * 2;
-- name: tv_permanent_on_function
CREATE VIEW on_knots AS SELECT knots(3) AS k;
-- name: tv_if_not_exists_looks
CREATE VIEW IF NOT EXISTS lasting AS SELECT nothing_here;
-- name: tv_replace_of_table
CREATE OR REPLACE VIEW harbour.ships AS SELECT 1 AS one;
-- name: tv_recursive
CREATE OR REPLACE VIEW lasting AS SELECT * FROM lasting;
-- name: tv_view_by_whole_name
SELECT lasting.five, default.lasting.five AS f2, spark_catalog.default.lasting.five AS f3 FROM lasting;
-- name: tv_global
CREATE GLOBAL TEMPORARY VIEW tide AS SELECT 6 AS hours;
-- name: tv_global_by_whole_name
SELECT global_temp.tide.hours, tide.* FROM global_temp.tide;
-- name: tv_drop_view_as_table
DROP TABLE lasting;
-- name: tv_drop_table_as_view
DROP VIEW harbour.ships;

-- name: tv_default_table
CREATE TABLE cargo (id INT) USING parquet;
-- name: tv_default_before
INSERT INTO cargo VALUES (1), (2);
-- name: tv_default_added
ALTER TABLE cargo ADD COLUMN kind STRING DEFAULT 'gr' || 'ain';
-- name: tv_default_in_old_rows
SELECT * FROM cargo ORDER BY id;
-- name: tv_default_null_stays
INSERT INTO cargo VALUES (3, NULL), (4, DEFAULT);
-- name: tv_default_changed
ALTER TABLE cargo ALTER COLUMN kind SET DEFAULT 'ore';
-- name: tv_default_changed_row
INSERT INTO cargo (id) VALUES (5);
-- name: tv_default_filter
SELECT id FROM cargo WHERE kind = 'grain' ORDER BY id;
-- name: tv_default_dropped
ALTER TABLE cargo ALTER COLUMN kind DROP DEFAULT;
-- name: tv_default_dropped_row
INSERT INTO cargo (id) VALUES (6);
-- name: tv_default_all
SELECT * FROM cargo ORDER BY id;
-- name: tv_default_nested
ALTER TABLE cargo ADD COLUMN box STRUCT<w: INT, parts: ARRAY<STRING>> DEFAULT named_struct('w', 3, 'parts', array('lid'));
-- name: tv_default_nested_rows
SELECT id, box FROM cargo WHERE id < 3 ORDER BY id;
-- name: tv_default_shown
DESCRIBE cargo;
-- name: tv_default_wrong_type
ALTER TABLE cargo ADD COLUMN n TINYINT DEFAULT 4000;
-- name: tv_default_column
ALTER TABLE cargo ADD COLUMN n INT DEFAULT id;

-- name: tv_many_one
CREATE TABLE small_cargo (id INT) USING json;
-- name: tv_many_two
CREATE TABLE named_cargo (kind STRING, id INT) USING json;
-- name: tv_many
FROM cargo INSERT INTO small_cargo SELECT id WHERE id < 3 INSERT INTO named_cargo (id, kind) SELECT id, kind WHERE kind IS NOT NULL ORDER BY id LIMIT 2;
-- name: tv_many_first
SELECT * FROM small_cargo ORDER BY id;
-- name: tv_many_second
SELECT * FROM named_cargo ORDER BY id;
-- name: tv_many_overwrite
WITH half AS (SELECT id, kind FROM cargo WHERE id % 2 = 0) FROM half h INSERT OVERWRITE small_cargo SELECT h.id INSERT OVERWRITE TABLE small_cargo SELECT -h.id;
-- name: tv_many_overwrite_rows
SELECT * FROM small_cargo ORDER BY id;
-- name: tv_many_wrong_writes_nothing
FROM cargo INSERT INTO named_cargo SELECT kind, id INSERT INTO small_cargo SELECT id, kind;
-- name: tv_many_wrong_wrote_nothing
SELECT count(*) AS n FROM named_cargo;
-- name: tv_many_values
FROM cargo INSERT INTO small_cargo VALUES (1);
-- name: tv_many_selects
-- unordered
FROM VALUES (1), (2) AS t(x) SELECT x WHERE x = 1 SELECT x * 10 AS y ORDER BY y DESC LIMIT 1;
-- name: tv_many_selects_inside
-- unordered
SELECT sum(x) AS s FROM (FROM VALUES (1), (2) AS t(x) SELECT x SELECT x * 10);
-- name: tv_many_selects_differ
FROM VALUES (1, 2) AS t(x, y) SELECT x SELECT x, y;

-- name: tv_comment_carried
DESCRIBE QUERY SELECT n, n AS other, n + 0 AS sum FROM (SELECT hull AS n FROM harbour.ships);
-- name: tv_comment_table
CREATE TABLE buoys (light INT COMMENT 'seconds') USING csv TBLPROPERTIES ('comment' = 'at sea', 'colour' = 'red', 'apiToken' = 'abc', 'pass' = 'my password');
-- name: tv_comment_described
DESCRIBE QUERY SELECT light, light AS l FROM buoys UNION ALL SELECT 1, 2;
-- name: tv_secret_properties
SHOW TBLPROPERTIES buoys;
-- name: tv_comment_is_property
SHOW CREATE TABLE buoys;
-- name: tv_comment_property_set
ALTER TABLE buoys SET TBLPROPERTIES ('comment' = 'at anchor');
-- name: tv_comment_property_shown
SHOW CREATE TABLE buoys;
-- name: tv_comment_property_unset
ALTER TABLE buoys UNSET TBLPROPERTIES ('comment');
-- name: tv_comment_property_gone
SHOW CREATE TABLE buoys;
-- name: tv_as_serde
SHOW CREATE TABLE buoys AS SERDE;
-- name: tv_columns_conflict
SHOW COLUMNS IN harbour.ships FROM default;
-- name: tv_columns_agree
SHOW COLUMNS IN harbour.ships FROM HARBOUR;
-- name: tv_column_as_json
DESCRIBE EXTENDED buoys light AS JSON;
-- name: tv_partition_without_value
SHOW PARTITIONS buoys PARTITION (light);
-- name: tv_analyze_missing_partition
ANALYZE TABLE buoys PARTITION (light = 1) COMPUTE STATISTICS;
-- name: tv_bytes_partition
CREATE TABLE marks (a INT, b BINARY) USING json PARTITIONED BY (b);
-- name: tv_bytes_partition_rows
INSERT INTO marks VALUES (1, X'4B'), (2, X'4C4D');
-- name: tv_bytes_partition_read
SELECT * FROM marks ORDER BY a;
-- name: tv_bytes_partitions
SHOW PARTITIONS marks;
-- name: tv_bytes_analyzed
ANALYZE TABLE marks PARTITION (b = 'K') COMPUTE STATISTICS;
-- name: tv_bytes_analyzed_missing
ANALYZE TABLE marks PARTITION (b = 'Q') COMPUTE STATISTICS;

-- name: tv_case_schema
CREATE SCHEMA NorthPier;
-- name: tv_case_schemas
SHOW SCHEMAS LIKE 'north*';
-- name: tv_case_table
CREATE TABLE NorthPier.Crane (Load INT) USING CSV;
-- name: tv_case_tables
SHOW TABLES IN northpier;
-- name: tv_case_shown
SHOW CREATE TABLE NORTHPIER.CRANE;
-- name: tv_case_view
CREATE TEMPORARY VIEW CraneLoads AS SELECT Load FROM NorthPier.Crane;
-- name: tv_case_views
SHOW VIEWS LIKE '*loads';
-- name: tv_case_columns
SELECT LOAD, load AS l2 FROM craneloads;
-- name: tv_schema_twice
CREATE SCHEMA northpier;
-- name: tv_schema_collation
CREATE SCHEMA southpier DEFAULT COLLATION UNICODE;
-- name: tv_schema_nested
CREATE SCHEMA a.b;
-- name: tv_schema_reserved
CREATE SCHEMA global_temp;
-- name: tv_schema_show_nested
SHOW TABLES IN a.b;
-- name: tv_schema_describe_nested
DESCRIBE SCHEMA a.b;
-- name: tv_schema_drop_nested
DROP SCHEMA a.b;
-- name: tv_schema_catalog_only
SHOW TABLES IN spark_catalog;
-- name: tv_schema_in_other_catalog
SHOW SCHEMAS IN elsewhere;
-- name: tv_schema_not_empty
DROP SCHEMA northpier;
-- name: tv_schema_default
DROP SCHEMA default;
-- name: tv_name_too_long_create
CREATE TABLE one.two.three (a INT) USING json;
-- name: tv_name_too_long_drop
DROP TABLE IF EXISTS one.two.three;
-- name: tv_name_too_long_view
CREATE VIEW one.two.three AS SELECT 1 AS a;
-- name: tv_name_too_long_describe
DESCRIBE one.two.three;
-- name: tv_name_too_long_insert
INSERT INTO one.two.three VALUES (1);
-- name: tv_name_too_long_alter
ALTER TABLE one.two.three ADD COLUMN a INT;
-- name: tv_rename_view_as_table
ALTER TABLE harbour.all_ships RENAME TO harbour.every_ship;
-- name: tv_alter_table_as_view
ALTER VIEW harbour.ships AS SELECT 1 AS a;
-- name: tv_no_path_view
CREATE TEMPORARY VIEW no_files (a INT, b STRING) USING json;
-- name: tv_no_path_rows
SELECT * FROM no_files;
-- name: tv_schema_cascade
DROP SCHEMA northpier CASCADE;
-- name: tv_schema_cascade_view
SELECT * FROM craneloads;
-- name: tv_schema_last
DROP SCHEMA harbour CASCADE;

-- name: tv_collation_table
CREATE TABLE crew (name STRING, code STRING COLLATE UTF8_BINARY_RTRIM, age INT) USING parquet DEFAULT COLLATION UTF8_LCASE;
-- name: tv_collation_described
DESCRIBE crew;
-- name: tv_collation_shown
SHOW CREATE TABLE crew;
-- name: tv_collation_rows
INSERT INTO crew VALUES ('Ada', 'x ', 30);
-- name: tv_collation_compared
SELECT age FROM crew WHERE name = 'ADA' AND code = 'x';
-- name: tv_collation_changed
ALTER TABLE crew DEFAULT COLLATION UNICODE_CI;
-- name: tv_collation_later
ALTER TABLE crew ADD COLUMN rank STRING;
-- name: tv_collation_later_described
DESCRIBE crew;
-- name: tv_collation_view
CREATE VIEW aboard DEFAULT COLLATION UTF8_LCASE AS SELECT 'Deck' AS place, CAST(age AS STRING) AS years, array('a') AS list, code, 'q' COLLATE UNICODE AS own, age FROM crew;
-- name: tv_collation_view_described
DESCRIBE aboard;
-- name: tv_collation_view_rows
SELECT place, years FROM aboard WHERE place = 'DECK';
-- name: tv_collation_view_shown
SHOW CREATE TABLE aboard;
-- name: tv_collation_view_altered
ALTER VIEW aboard AS SELECT 'Hold' AS place;
-- name: tv_collation_view_altered_rows
SELECT place, collation(place) AS c FROM aboard WHERE place = 'hold';
-- name: tv_collation_temporary
CREATE TEMPORARY VIEW ashore DEFAULT COLLATION UTF8_LCASE AS SELECT 'Quay', 'b' = 'B' AS same;
-- name: tv_collation_temporary_rows
SELECT * FROM ashore;
-- name: tv_collation_ctas
CREATE TABLE copied USING json DEFAULT COLLATION UNICODE_CI AS SELECT 'k' AS k, age FROM crew WHERE 'z' = 'Z';
-- name: tv_collation_ctas_described
DESCRIBE copied;
-- name: tv_collation_ctas_rows
SELECT * FROM copied WHERE k = 'K';
-- name: tv_schema_of_the_session
CREATE VIEW whereabouts AS SELECT current_schema() AS s;
-- name: tv_schema_of_the_session_other
CREATE SCHEMA offshore;
-- name: tv_schema_of_the_session_use
USE offshore;
-- name: tv_schema_of_the_session_rows
SELECT * FROM default.whereabouts;
