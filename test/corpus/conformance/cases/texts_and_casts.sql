-- Columns of CHAR and VARCHAR, collations and their order, BINARY as text, casts of intervals and TIME, flags of regular expressions.

-- setup
CREATE TABLE plates (code CHAR(4), town VARCHAR(5), year INT) USING parquet;

-- setup
INSERT INTO plates VALUES ('ab', 'Ulm', 1), ('abcd', 'Essen', 2), (NULL, NULL, 3), ('q  ', 'Hof  ', 4);

-- setup
CREATE TABLE longer (code CHAR(6)) USING parquet;

-- setup
INSERT INTO longer VALUES ('ab'), ('zz');

-- setup
CREATE TABLE nested (s STRUCT<x: CHAR(3), y: VARCHAR(2)>, list ARRAY<CHAR(2)>) USING parquet;

-- setup
INSERT INTO nested VALUES (named_struct('x', 'k', 'y', 'v'), array('m', NULL));

-- setup
CREATE TEMPORARY VIEW words AS SELECT * FROM VALUES ('pear', 1), ('Pear', 2), ('päar', 3), ('Zoo', 4), ('apple', 5), ('_x', 6), ('ape-x', 7) AS t(w, n);

-- name: char_filled_on_read
SELECT year, concat(code, '|') AS c, length(code) AS l, concat(town, '|') AS t FROM plates ORDER BY year;

-- name: char_beside_constant
SELECT year FROM plates WHERE code = 'ab' OR code IN ('q', 'x') ORDER BY year;

-- name: char_beside_longer_constant
SELECT year FROM plates WHERE code = 'ab        ' ORDER BY year;

-- name: char_beside_computed_constant
SELECT year FROM plates WHERE code <= concat('a', 'b') ORDER BY year;

-- name: char_beside_char
SELECT year, concat(longer.code, '|') AS c FROM plates JOIN longer ON plates.code = longer.code ORDER BY year;

-- name: char_beside_text
SELECT year FROM plates WHERE code = substring(town, 1, 2) ORDER BY year;

-- name: char_computed_is_no_char
SELECT count(*) AS n FROM plates WHERE upper(code) = 'AB';

-- name: char_under_another_name
SELECT c FROM (SELECT code AS c FROM plates) WHERE c = 'ab';

-- name: char_nested
SELECT concat(s.x, '|') AS x, concat(s.y, '|') AS y, concat(list[0], '|') AS l, list[1] AS none FROM nested;

-- name: char_too_long
INSERT INTO plates VALUES ('abcde', 'x', 9);

-- name: varchar_too_long
INSERT INTO plates VALUES ('a', 'Bremen', 9);

-- name: char_nested_too_long
INSERT INTO nested VALUES (named_struct('x', 'k', 'y', 'vwx'), array('m'));

-- name: varchar_spaces_are_cut
INSERT INTO plates VALUES ('a', 'Trier   ', 5);

-- name: varchar_spaces_were_cut
SELECT concat(town, '|') AS t FROM plates WHERE year = 5;

-- name: char_described
DESCRIBE plates;

-- name: char_described_nested
DESCRIBE nested;

-- name: char_shown
SHOW CREATE TABLE nested;

-- name: char_view
CREATE TEMPORARY VIEW of_plates AS SELECT code, upper(code) AS u, town AS t FROM plates;

-- name: char_view_described
DESCRIBE of_plates;

-- name: char_table_by_select
CREATE TABLE copied USING parquet AS SELECT code AS c, concat(code, 'x') AS d FROM plates;

-- name: char_table_by_select_described
DESCRIBE copied;

-- name: char_cast_is_text
SELECT CAST('abcdef' AS CHAR(3)) AS a, CAST('abcdef' AS VARCHAR(3)) AS b, typeof(code) AS t FROM plates LIMIT 1;

-- name: order_unicode
SELECT w FROM words ORDER BY w COLLATE UNICODE;

-- name: order_unicode_ci
SELECT w, n FROM words ORDER BY w COLLATE UNICODE_CI DESC, n;

-- name: order_language
SELECT w FROM words ORDER BY w COLLATE sv, n;

-- name: extremes_by_collation
SELECT min(w COLLATE UNICODE) AS a, max(w COLLATE UNICODE) AS b, max_by(n, w COLLATE UNICODE) AS c, min_by(n, w COLLATE UNICODE) AS d FROM words;

-- name: comparisons_by_collation
SELECT 'a' COLLATE UNICODE < 'B' AS a, 'z' COLLATE sv < 'ö' AS b, 'z' COLLATE de < 'ö' AS c, 'a ' COLLATE UNICODE_RTRIM = 'a' AS d, 'ß' COLLATE UNICODE_CI_AI = 'SS' AS e, 'æ' COLLATE UNICODE_CI_AI = 'AE' AS f;

-- name: collation_names
SELECT collation('x' COLLATE SR_AI_CI) AS a, collation('x' COLLATE sr_cyrl_srb) AS b, typeof('x' COLLATE de_ci) AS c;

-- name: rank_by_collation
SELECT w, rank() OVER (ORDER BY w COLLATE UNICODE_CI_AI) AS r FROM words ORDER BY n;

-- name: arrays_by_collation
SELECT array_distinct(array('u', 'U' COLLATE UTF8_LCASE)) AS a, array_except(array('u' COLLATE UTF8_LCASE, 'v'), array('U')) AS b, array_union(array('u' COLLATE UTF8_LCASE), array('U')) AS c, arrays_overlap(array('u' COLLATE UTF8_LCASE), array('U')) AS d, sort_array(array('y', 'X', 'x' COLLATE UNICODE)) AS e, greatest('Y', 'x' COLLATE UNICODE) AS f;

-- name: list_distinct_by_collation
SELECT listagg(DISTINCT v COLLATE UTF8_LCASE, '+') WITHIN GROUP (ORDER BY v COLLATE UTF8_LCASE) AS l FROM VALUES ('n'), ('M'), ('N'), ('m') AS t(v);

-- name: no_accents_no_search
SELECT contains('text' COLLATE UNICODE_AI, 'x') AS a;

-- name: searches_by_collation
SELECT translate('SeaSide' COLLATE UTF8_LCASE, 'sd', '12') AS a, substring_index('aXbxc' COLLATE UTF8_LCASE, 'x', 2) AS b, replace('xAy' COLLATE UTF8_LCASE_RTRIM, 'a ', '-') AS c, levenshtein('kitten' COLLATE UTF8_LCASE, 'KITTEN') AS d;

-- name: names_with_collation
SELECT concat_ws('-', v, v), v = 'A', CASE WHEN v IN ('b', 'c') THEN 'd' ELSE v END, v LIKE 'x' FROM (SELECT 'a' COLLATE UTF8_LCASE AS v);

-- name: view_default_collation
CREATE TEMPORARY VIEW collated DEFAULT COLLATION UTF8_LCASE AS SELECT 'Text' AS t, concat('a', 'b') AS c, CAST(1 AS STRING) AS n, 'x' = 'X' AS e;

-- name: view_default_collation_described
DESCRIBE collated;

-- name: view_default_collation_read
SELECT t, e FROM collated WHERE t = 'TEXT' AND c = 'AB';

-- name: view_default_collation_altered
ALTER VIEW collated AS SELECT 'Other' AS o;

-- name: view_default_collation_still
SELECT count(*) AS n, max(collation(o)) AS c FROM collated WHERE o = 'OTHER';

-- name: list_of_bytes_by_text
SELECT listagg(v, ',') FROM VALUES (X'01') AS t(v);

-- name: bytes_in_csv
SELECT to_csv(named_struct('a', X'4B6F', 'b', 1)) AS a;

-- name: bytes_in_csv_base64
-- conf: spark.sql.binaryOutputStyle=BASE64
SELECT to_csv(named_struct('a', X'4B6F70', 'b', X'4B')) AS a;

-- name: bytes_in_csv_basic
-- conf: spark.sql.binaryOutputStyle=BASIC
SELECT to_csv(named_struct('a', X'4B')) AS a;

-- name: bytes_in_xml_and_back
-- conf: spark.sql.binaryOutputStyle=HEX
SELECT from_xml(to_xml(named_struct('a', X'4B6F')), 'a BINARY') AS back, from_xml(to_xml(named_struct('a', X'4B6F')), 'a STRING') AS shown;

-- name: bytes_joined_as_text
-- conf: spark.sql.function.concatBinaryAsString=true
SELECT X'4B' || X'6F' AS a;

-- name: bytes_padded
SELECT hex(lpad(X'0A', 3)), hex(rpad(X'0A', 3)), lpad('a', 3);

-- name: bytes_not_utf8
SELECT is_valid_utf8(v) AS a, try_validate_utf8(v) AS b FROM VALUES (X'C3'), (X'C3A9'), (NULL) AS t(v);

-- name: base64_spaces
SELECT try_to_binary(' a G k = ', 'base64') AS a, try_to_binary('aGk =', 'base64') AS b, try_to_binary('aGk', 'base64') AS c, try_to_binary('aGk= ', 'base64') AS d, try_to_binary('aG =k', 'base64') AS e;

-- name: decimal_as_interval
SELECT CAST(7.5BD AS INTERVAL MONTH) AS a, CAST(-7.5BD AS INTERVAL MONTH) AS b, CAST(7.49BD AS INTERVAL MONTH) AS c;

-- name: interval_as_number_legacy
-- conf: spark.sql.ansi.enabled=false
SELECT CAST(INTERVAL '9' HOUR * 1000 AS TINYINT) AS a;

-- name: number_as_interval_legacy
-- conf: spark.sql.ansi.enabled=false
SELECT CAST(2000000000 AS INTERVAL YEAR) AS a;

-- name: number_as_interval_try
SELECT TRY_CAST(2000000000 AS INTERVAL YEAR) AS a, TRY_CAST('x' AS INTERVAL DAY) AS b;

-- name: text_as_interval_legacy
-- conf: spark.sql.ansi.enabled=false
SELECT CAST('many' AS INTERVAL DAY) AS a;

-- name: time_computed_while_off
SELECT CAST(TIME'01:02:03' AS INT) AS a, TIME'10:00:00' < TIME'11:00:00' AS b, CAST(TIME'23:59:59.999' AS DECIMAL(8, 2)) AS c, typeof(TIME'01:02:03.1234567') AS d;

-- name: time_as_result_while_off
SELECT array(TIME'01:02:03') AS a;

-- name: time_as_small_number_legacy
-- conf: spark.sql.ansi.enabled=false
SELECT CAST(TIME'20:00:00' AS SMALLINT) AS a, CAST(TIME'20:00:00' AS INT) AS b, CAST(TIME'20:00:00' AS DECIMAL(2, 0)) AS c;

-- name: time_nanoseconds
-- conf: spark.sql.timeType.enabled=true
SELECT TIME'01:02:03.123456789' AS a, CAST('01:02:03.123456789' AS TIME(9)) AS b, CAST('01:02:03.123456789' AS TIME) AS c;

-- name: time_too_precise
SELECT CAST(TIME'01:02:03.1234567891' AS STRING) AS a;

-- name: like_all_of_nothing
SELECT 'x' LIKE ALL () AS a;

-- name: ilike_named
SELECT 'a%' ILIKE 'A!%' ESCAPE '!';

-- name: regexp_flags
SELECT regexp_replace('kKmM', 'k(?i)K', '-') AS a, regexp_replace('kKmM', '(?i)K(?-i)k', '-') AS b, regexp_replace('kKmM', '(k(?i)k)M', '-') AS c, regexp_instr('KM', '(?-i)k') AS d, regexp_replace('kM', '(?i-s)Km', '-') AS e;

-- name: regexp_unknown_flag
SELECT regexp_replace('a', '(?q)a', 'b') AS a;

-- name: regexp_unknown_flag_inside
SELECT regexp_replace('a', 'a(?z)', 'b') AS a;

-- name: fields_named_by_variables
SELECT transform(array(1), item -> struct(item, item + 1)) AS a, transform(array(1), item -> (item, 2)) AS b;

-- name: format_string_zero
SELECT format_string('%0$s', 'a') AS a;

-- name: regexp_from_the_last_match
SELECT regexp_replace('11a1', '\\G1', '-') AS a, regexp_count('ab', '\\Gb') AS b;

-- name: charsets_of_java
-- conf: spark.sql.legacy.javaCharsets=true
SELECT hex(encode('ö€', 'windows-1252')) AS a, decode(X'A4F6', 'ISO-8859-15') AS b, hex(encode('語', 'Shift_JIS')) AS c;

-- name: charset_of_java_off
SELECT encode('a', 'windows-1252') AS a;

-- name: coding_errors_replaced
-- conf: spark.sql.legacy.codingErrorAction=true
SELECT hex(encode('aö', 'US-ASCII')) AS a, decode(X'61FF62', 'UTF-8') AS b, decode(X'C3', 'US-ASCII') AS c;

-- name: number_groups_by_format
SELECT try_to_number('12,345', '999,999') AS a, try_to_number('12345', '999,999') AS b, try_to_number('1,2', '999,999') AS c, try_to_number('345', '999,999') AS d;
