-- name: null_literal_decides
SELECT date_sub('no date', NULL) AS a, datediff('13:14:15', CAST(NULL AS STRING)) AS b, next_day(' ', CAST(NULL AS STRING)) AS c;

-- name: null_first_decides_rows
SELECT datediff(c0, c1) FROM VALUES (CAST(NULL AS DATE), '3.75'), (DATE'2024-01-01', '2023-12-31') AS t(c0, c1);

-- name: timestampadd_null_quantity
SELECT timestampadd(HOUR, c1, c2) FROM VALUES (CAST(NULL AS FLOAT), '29 Feb 2024'), (1F, '2024-02-29 13:14:15 GMT-03') AS t(c1, c2);

-- name: names_of_small_decimals
SELECT abs(0.0000001), 1E-20BD, -0.0000012345;

-- name: names_defaults_crypto
SELECT hmac('k', 'm'), aes_decrypt(CAST(NULL AS BINARY), '0000111122223333'), try_aes_decrypt(X'00', 'short');

-- name: names_defaults_vectors
SELECT vector_norm(array(3F, 4F)), vector_normalize(array(3F, 4F)), vector_normalize(CAST(array() AS ARRAY<FLOAT>));

-- name: names_to_varchar
SELECT to_varchar(454, '$999.99'), to_char(DATE'2024-02-29', 'yyyy'), to_varchar(TIMESTAMP'2024-02-29 01:02:03', 'HH');

-- name: names_variant
SELECT variant_get(parse_json('{"a": 1}'), '$.a', 'int'), variant_set(parse_json('{"a":1}'), '$.a', 'z'), variant_strip_nulls(parse_json('[null,1]'));

-- name: names_array_sort
SELECT array_sort(array(3, NULL, 1));

-- name: names_like_quantified
SELECT 'a' LIKE ANY ('b', 'a'), 'a' NOT LIKE ALL ('b', 'c'), 'A' ILIKE ANY ('b', 'a'), 'a' LIKE ANY ('b', NULL);

-- name: names_moment_arithmetic
SELECT c0 - c1, c0 + c1 FROM VALUES (TIMESTAMP_NTZ'1969-12-31 23:59:59.999999', INTERVAL '-13' MONTH) AS t(c0, c1);

-- name: names_calendar_factors
SELECT make_interval(1) * 2, 2 * make_interval(1), make_interval(0, 4) / 2;

-- name: names_time_bucket
SELECT time_bucket(INTERVAL '15' MINUTE, TIMESTAMP'2024-03-10 10:34:00');

-- name: names_try_make_interval
SELECT try_make_interval(7, -1, 29);

-- name: names_within_group
SELECT string_agg(v) WITHIN GROUP (ORDER BY k DESC, v) FROM VALUES (1, 'b'), (1, 'a'), (2, 'c') AS t(k, v);

-- name: listagg_nulls_first
SELECT listagg(v, ',') WITHIN GROUP (ORDER BY k DESC NULLS FIRST) FROM VALUES (1, 'b'), (NULL, 'a'), (2, 'c') AS t(k, v);

-- name: listagg_distinct_two_keys
SELECT listagg(DISTINCT v) WITHIN GROUP (ORDER BY v, k) FROM VALUES (1, 'b') AS t(k, v);

-- name: mode_two_ways
SELECT mode(v) WITHIN GROUP (ORDER BY v) FROM VALUES (1, 'b') AS t(k, v);

-- name: mode_without_order
SELECT mode() FROM VALUES (1) AS t(k);

-- name: percentile_cont_without_order
SELECT percentile_cont(0.5) FROM VALUES (1) AS t(k);

-- name: percentile_disc_two_arguments
SELECT percentile_disc(0.5, 1) FROM VALUES (1) AS t(k);

-- name: percentile_null_share
SELECT percentile(k, NULL) FROM VALUES (1) AS t(k);

-- name: percentile_shares_with_null
SELECT percentile_cont(array(0.5, NULL)) WITHIN GROUP (ORDER BY k) FROM VALUES (1) AS t(k);

-- name: collect_union_nulls
SELECT sort_array(collect_union(c)) AS a FROM VALUES (array(1, NULL, 2)), (array(2, 3)) AS t(c);

-- name: pattern_week_based_new
SELECT to_timestamp('x', 'abc');

-- name: pattern_day_name_parsed
SELECT to_timestamp('Thu', 'EEE');

-- name: pattern_braces
SELECT date_format(TIMESTAMP'2024-02-29 01:02:03', '{yyyy}');

-- name: pattern_quarter_parsed
SELECT to_timestamp('1', 'q');

-- name: zone_in_small_letters
SELECT from_utc_timestamp(TIMESTAMP'2024-01-01 00:00:00', 'america/los_angeles');

-- name: zone_utc_in_small_letters
SELECT convert_timezone('utc', 'UTC', TIMESTAMP_NTZ'2024-01-01 00:00:00');

-- name: try_make_timestamp_bad_zone
SELECT try_make_timestamp(2024, 13, 1, 1, 1, 1, 'xx');

-- name: numbers_as_timestamps
SELECT to_timestamp(1.5F) AS a, to_timestamp_ltz(5) AS b, try_to_timestamp(1.5) AS c;

-- name: time_bucket_not_positive
SELECT time_bucket(INTERVAL '-13' MONTH, TIMESTAMP'2024-12-31 23:59:59');

-- name: time_bucket_column
SELECT time_bucket(c, TIMESTAMP'2024-12-31 23:59:59') FROM VALUES (INTERVAL '15' MINUTE) AS t(c);

-- name: hour_more_arguments
SELECT hour('2024-03-10 02:30:00', 1, 2), minute('2024-03-10 02:30:00', 'x');

-- name: unix_micros_ntz
SELECT unix_micros(TIMESTAMP_NTZ'2024-01-01 00:00:00') AS a;

-- name: from_unixtime_wraps
SELECT from_unixtime(-9223372036854775808L) AS a;

-- name: time_from_seconds_float
-- conf: spark.sql.timeType.enabled=true
SELECT time_from_seconds(0.1F) AS a, time_from_seconds(0.1234567891D) AS b;

-- name: time_from_seconds_nan
-- conf: spark.sql.timeType.enabled=true
SELECT time_from_seconds(CAST('NaN' AS DOUBLE)) AS a;

-- name: map_zip_with_wider_keys
SELECT map_zip_with(map(1.5, 1), map(1, 'x'), (k, a, b) -> a) AS m;

-- name: map_zip_with_other_keys
SELECT map_zip_with(map('a', 1), map(1, 'x'), (k, a, b) -> a) AS m;

-- name: arrays_overlap_null
SELECT arrays_overlap(NULL, array(3, 4, 5));

-- name: array_union_int_float
SELECT array_union(array(3, NULL), array(1F)) AS a, array_append(array(1), 1F) AS b;

-- name: array_distinct_maps
SELECT array_distinct(array(map('a', 1)));

-- name: str_to_map_empty_delimiters
SELECT str_to_map('ab', '', '') AS a, str_to_map('abc,x,', ',', '') AS b;

-- name: base64_of_collated
SELECT base64('abc' COLLATE UTF8_LCASE) AS a, split('2024-02-29', 'abc' COLLATE UTF8_LCASE, -1) AS b;

-- name: url_decode_bad_bytes
SELECT try_url_decode('%C3') AS a, url_decode('a+b') AS b;

-- name: from_base32_any_case
SELECT from_base32('mfrgg===') AS a, from_base32('MF RGG') AS b;

-- name: hmac_empty_key
SELECT hmac('', 'abc');

-- name: hmac_wrong_algorithm
SELECT hmac('k', 'a', 'x');

-- name: decode_utf32_cut
SELECT decode(encode('abc', 'utf-8'), 'UTF-32');

-- name: cast_called_as_function
SELECT cast(1, 2, 'array<int>');

-- name: time_named_as_its_argument
-- conf: spark.sql.timeType.enabled=true
SELECT time(CAST(NULL AS STRING));

-- name: variant_insert_makes_way
SELECT variant_insert(parse_json('{"a":1}'), '$.q[2].r', 9) AS a, variant_set(parse_json('[1]'), '$[3]', 2) AS b, variant_set(parse_json('{"a":1}'), '$.b', 2, false) AS c;

-- name: variant_insert_root
SELECT variant_insert(parse_json('{"a":1}'), '$', 9);

-- name: variant_insert_in_scalar
SELECT variant_insert(parse_json('5'), '$.a', 9);

-- name: variant_set_bad_path
SELECT try_variant_set(parse_json('{"a":1}'), '$[*]', 9);

-- name: variant_append
SELECT variant_array_append(parse_json('[1]'), '$', 2) AS a, variant_array_append(parse_json('{"x":[1]}'), '$.b[9]', 2) AS b, try_variant_array_append(parse_json('{"x":1}'), '$.x', 2) AS c;

-- name: variant_delete_elsewhere
SELECT variant_delete(parse_json('[1,[2]]'), '$[1][0]') AS a, variant_delete(parse_json('5'), '$.a') AS b;

-- name: variant_insert_struct
SELECT variant_insert(parse_json('{}'), '$.a', named_struct('a', 1));

-- name: variant_strip_items
SELECT variant_strip_nulls(parse_json('{"a":[null,1],"b":null}'), false) AS a;

-- name: variant_object_of_number
SELECT to_variant_object(5);

-- name: json_behind_the_value
SELECT try_parse_json('{"a":1}{"b":2}') AS a, try_parse_json('1 2') AS b, try_parse_json('1x') AS c;

-- name: variant_as_text
SELECT concat('a', parse_json('1')) AS a, upper(parse_json('"a"')) AS b;

-- name: xpath_empty_path
SELECT xpath_string('<a>1</a>', '') AS a, xpath('<a>1</a>', '') AS b;

-- name: xpath_prefix_counts_for_nothing
SELECT xpath_double('<r xmlns:n="u"><n:a>1</n:a></r>', 'r/a/text()') AS a;

-- name: to_char_zero
SELECT to_char(0, '999') AS a, to_char(0, '9.9') AS b, to_char(0, 'S999') AS c, to_char(0, '999S') AS d, to_char(0.5, '$999.99') AS e, to_char(5, '999PR') AS f;

-- name: to_char_without_sign
SELECT to_char(-100, '999') AS a, to_char(-5, '999PR') AS b, to_char(-5, '$999PR') AS c, to_char(-5, 'MI9,999') AS d;

-- name: to_char_overflow
SELECT to_char(1234, '999') AS a, to_char(12.34, '9,999') AS b, to_char(-1234, 'S$999.99') AS c, to_char(-1234, '9PR') AS d;

-- name: to_char_empty_format
SELECT to_char(1, '');

-- name: to_number_commas
SELECT to_number('1', ',999');

-- name: to_number_dollar_behind
SELECT to_number('1', '9$');

-- name: to_number_commas_behind_point
SELECT to_number('1', '9.9,9');

-- name: to_number_two_points
SELECT to_number('1', '9..9');

-- name: to_number_letters
SELECT to_number('1', 'L9');

-- name: to_number_null_format
SELECT to_number('454', CAST(NULL AS STRING)) AS a;

-- name: to_number_many_digits
SELECT to_number('1', '9999999999999999999999999999999999999999');

-- name: printf_moments
SELECT printf('%s %d %s', DATE'2024-01-01', TIMESTAMP_NTZ'2024-01-01 00:00:00', INTERVAL '2' MONTH) AS a;

-- name: initcap_letters
SELECT initcap('İSTANBUL ǆabc ﬁx ŉa ΟΔΟΣ') AS a;

-- name: float_literal_range
SELECT 3.4028235E38F;

-- name: float_smallest
SELECT 1.4E-45F AS a, abs(1.4E-45F);

-- name: fdlibm
SELECT exp(1) AS a, cosh(1) AS b, hypot(100, 4) AS c, asinh(-128) AS d, acosh(100) AS e, radians(12) AS f, log2(31) AS g;

-- name: tinyint_beside_decimal
SELECT 0.01 * 2Y AS a, 0.01 * 2 AS b;

-- name: conv_negative_zero
SELECT conv('-0', 10, -10) AS a, conv(-0.001, 16, -10) AS b;

-- name: text_and_number
SELECT '1' AND 1;

-- name: ceil_scale_not_int
SELECT ceil(1.5, 1L);

-- name: charindex_is_none
SELECT charindex('a', 'abc');

-- name: schema_empty
SELECT from_json('{}', '');

-- name: unix_nanos_of_micros
SELECT unix_nanos(TIMESTAMP'2024-01-01 00:00:00');

-- name: counter_diff_negative
SELECT counter_diff(v) OVER (ORDER BY k) FROM VALUES (1, -5), (2, 1) AS t(k, v);

-- name: ntile_column
SELECT ntile(k) OVER (ORDER BY k) FROM VALUES (1), (2) AS t(k);

-- name: array_repeat_too_long
SELECT array_repeat(1, 2147483647);

-- name: array_insert_too_long
SELECT array_insert(array(1), 2147483647, 5);

-- name: sequence_too_long
SELECT sequence(1L, 9223372036854775807L);

-- name: names_whole_number_beside_decimal
SELECT 2147483647 < 1.5, 1.5 >= k, k > 1.5, k <= 1.5, 1.5 = k FROM VALUES (1) AS t(k);

-- name: bytes_cast_to_text
SELECT is_valid_utf8(CAST(c AS STRING)) AS a, octet_length(CAST(c AS STRING)) AS b, hex(CAST(c AS STRING)) AS c, CAST(CAST(c AS STRING) AS BINARY) AS d, md5(CAST(c AS STRING)) AS e FROM VALUES (X'61FF62'), (X'C3A9'), (NULL) AS t(c);

-- name: avg_months_overflow
SELECT avg(c) AS a FROM VALUES (INTERVAL '178956970-7' YEAR TO MONTH), (INTERVAL '1' MONTH) AS t(c);

-- name: try_avg_months_overflow
SELECT try_avg(c) AS a FROM VALUES (INTERVAL '178956970-7' YEAR TO MONTH), (INTERVAL '1' MONTH) AS t(c);

-- name: least_months_taken_away
SELECT TIMESTAMP_NTZ'2024-03-10 02:30:00' - INTERVAL '-178956970-8' YEAR TO MONTH;

-- name: make_date_far_year
SELECT make_date(1000000000, 1, 1);

-- name: zone_before_christ
SELECT convert_timezone('Pacific/Apia', 'America/Los_Angeles', TIMESTAMP'0001-01-01 00:00:00') AS a;

-- name: parse_url_of_mail
SELECT parse_url('mailto:a@b.c', 'FILE') AS a, parse_url('mailto:a@b.c', 'PROTOCOL') AS b, parse_url('mailto:a#b', 'REF') AS c;

-- name: collect_set_zero
SELECT collect_set(c) AS a FROM VALUES (-0.0D) AS t(c);

-- name: to_binary_column_format
SELECT to_binary('YWJj', c) FROM VALUES ('utf-8') AS t(c);

-- name: unbase64_padding
SELECT unbase64('=');

-- name: collate_name_first
SELECT collate(7, 'nonsense');

-- name: sketch_of_text
SELECT theta_sketch_estimate('x');

-- name: kll_bad_buffer
SELECT kll_sketch_get_n_bigint('x');

-- name: theta_bad_buffer
SELECT theta_sketch_estimate(X'00');

-- name: vector_sum_of_ints
SELECT vector_sum(c) FROM VALUES (array(1, 2)) AS t(c);

-- name: ceil_of_whole_decimals
SELECT ceil(12BD) AS a, floor(CAST(5 AS DECIMAL(10,0))) AS b, ceil(1.50) AS c, ceil(d) AS e FROM VALUES (99999999999999999999) AS t(d);

-- name: to_char_of_calendar_interval
SELECT to_varchar(make_interval(0, -1, 0, 1), 'hex');
