-- what functions take, and what they don't cast to it

-- name: bit_count_1
SELECT bit_count(2.5) AS c;

-- name: bit_count_2
SELECT bit_count(DATE'2024-01-01') AS c;

-- name: bit_count_3
SELECT bit_count(X'41') AS c;

-- name: bit_count_4
SELECT bit_count('x') AS c;

-- name: log_1
SELECT log(DATE'2024-01-01', 100) AS c;

-- name: log_2
SELECT log(X'41', 100) AS c;

-- name: log_3
SELECT log(10, DATE'2024-01-01') AS c;

-- name: log_4
SELECT log(10, X'41') AS c;

-- name: width_bucket_1
SELECT width_bucket(DATE'2024-01-01', 0.2, 10.6, 5) AS c;

-- name: width_bucket_2
SELECT width_bucket(X'41', 0.2, 10.6, 5) AS c;

-- name: width_bucket_3
SELECT width_bucket(5.3, DATE'2024-01-01', 10.6, 5) AS c;

-- name: width_bucket_4
SELECT width_bucket(5.3, X'41', 10.6, 5) AS c;

-- name: lpad_1
SELECT lpad(2.5, 5, 'ab') AS c;

-- name: lpad_2
SELECT lpad(DATE'2024-01-01', 5, 'ab') AS c;

-- name: lpad_3
SELECT lpad(X'41', 5, 'ab') AS c;

-- name: lpad_4
SELECT lpad('x', 5, 'ab') AS c;

-- name: rpad_1
SELECT rpad(2.5, 5, 'ab') AS c;

-- name: rpad_2
SELECT rpad(DATE'2024-01-01', 5, 'ab') AS c;

-- name: rpad_3
SELECT rpad(X'41', 5, 'ab') AS c;

-- name: rpad_4
SELECT rpad('x', 5, 'ab') AS c;

-- name: overlay_1
SELECT overlay(X'41', '_', 6) AS c;

-- name: overlay_2
SELECT overlay('Spark SQL', X'41', 6) AS c;

-- name: overlay_3
SELECT overlay('Spark SQL', '_', DATE'2024-01-01') AS c;

-- name: overlay_4
SELECT overlay('Spark SQL', '_', X'41') AS c;

-- name: soundex_1
SELECT soundex(2.5) AS c;

-- name: soundex_2
SELECT soundex(DATE'2024-01-01') AS c;

-- name: soundex_3
SELECT soundex(X'41') AS c;

-- name: reverse_1
SELECT reverse(2.5) AS c;

-- name: reverse_2
SELECT reverse(DATE'2024-01-01') AS c;

-- name: reverse_3
SELECT reverse(X'41') AS c;

-- name: reverse_4
SELECT reverse('x') AS c;

-- name: mask_1
SELECT mask(2.5) AS c;

-- name: mask_2
SELECT mask(DATE'2024-01-01') AS c;

-- name: mask_3
SELECT mask(X'41') AS c;

-- name: unix_seconds_1
SELECT unix_seconds(2.5) AS c;

-- name: unix_seconds_2
SELECT unix_seconds(DATE'2024-01-01') AS c;

-- name: unix_seconds_3
SELECT unix_seconds(X'41') AS c;

-- name: unix_seconds_4
SELECT unix_seconds('x') AS c;

-- name: unix_date_1
SELECT unix_date(2.5) AS c;

-- name: unix_date_2
SELECT unix_date(X'41') AS c;

-- name: unix_date_3
SELECT unix_date('x') AS c;

-- name: timestamp_seconds_1
SELECT timestamp_seconds(DATE'2024-01-01') AS c;

-- name: timestamp_seconds_2
SELECT timestamp_seconds(X'41') AS c;

-- name: timestamp_seconds_3
SELECT timestamp_seconds('x') AS c;

-- name: date_part_1
SELECT date_part(2.5, DATE'2019-08-12') AS c;

-- name: date_part_2
SELECT date_part(DATE'2024-01-01', DATE'2019-08-12') AS c;

-- name: date_part_3
SELECT date_part(X'41', DATE'2019-08-12') AS c;

-- name: date_part_4
SELECT date_part('x', DATE'2019-08-12') AS c;

-- name: unix_timestamp_1
SELECT unix_timestamp(2.5, 'yyyy-MM-dd') AS c;

-- name: unix_timestamp_2
SELECT unix_timestamp(X'41', 'yyyy-MM-dd') AS c;

-- name: unix_timestamp_3
SELECT unix_timestamp('2016-04-08', 2.5) AS c;

-- name: unix_timestamp_4
SELECT unix_timestamp('2016-04-08', DATE'2024-01-01') AS c;

-- name: time_bucket_1
SELECT time_bucket(2.5, TIMESTAMP'2024-02-29 13:14:15') AS c;

-- name: time_bucket_2
SELECT time_bucket(DATE'2024-01-01', TIMESTAMP'2024-02-29 13:14:15') AS c;

-- name: time_bucket_3
SELECT time_bucket(X'41', TIMESTAMP'2024-02-29 13:14:15') AS c;

-- name: time_bucket_4
SELECT time_bucket('x', TIMESTAMP'2024-02-29 13:14:15') AS c;

-- name: array_contains_1
SELECT array_contains(2.5, 2) AS c;

-- name: array_contains_2
SELECT array_contains(DATE'2024-01-01', 2) AS c;

-- name: array_contains_3
SELECT array_contains(X'41', 2) AS c;

-- name: array_contains_4
SELECT array_contains('x', 2) AS c;

-- name: array_position_1
SELECT array_position(2.5, 708) AS c;

-- name: array_position_2
SELECT array_position(DATE'2024-01-01', 708) AS c;

-- name: array_position_3
SELECT array_position(X'41', 708) AS c;

-- name: array_position_4
SELECT array_position('x', 708) AS c;

-- name: array_append_1
SELECT array_append(2.5, 'd') AS c;

-- name: array_append_2
SELECT array_append(DATE'2024-01-01', 'd') AS c;

-- name: array_append_3
SELECT array_append(X'41', 'd') AS c;

-- name: array_append_4
SELECT array_append('x', 'd') AS c;

-- name: array_prepend_1
SELECT array_prepend(2.5, 'd') AS c;

-- name: array_prepend_2
SELECT array_prepend(DATE'2024-01-01', 'd') AS c;

-- name: array_prepend_3
SELECT array_prepend(X'41', 'd') AS c;

-- name: array_prepend_4
SELECT array_prepend('x', 'd') AS c;

-- name: array_insert_1
SELECT array_insert(2.5, 5, 5) AS c;

-- name: array_insert_2
SELECT array_insert(DATE'2024-01-01', 5, 5) AS c;

-- name: array_insert_3
SELECT array_insert(X'41', 5, 5) AS c;

-- name: array_insert_4
SELECT array_insert('x', 5, 5) AS c;

-- name: sort_array_1
SELECT sort_array(2.5, true) AS c;

-- name: sort_array_2
SELECT sort_array(DATE'2024-01-01', true) AS c;

-- name: sort_array_3
SELECT sort_array(X'41', true) AS c;

-- name: sort_array_4
SELECT sort_array('x', true) AS c;

-- name: array_join_1
SELECT array_join(2.5, ' ', ',') AS c;

-- name: array_join_2
SELECT array_join(DATE'2024-01-01', ' ', ',') AS c;

-- name: array_join_3
SELECT array_join(X'41', ' ', ',') AS c;

-- name: array_join_4
SELECT array_join('x', ' ', ',') AS c;

-- name: array_repeat_1
SELECT array_repeat('123', 2.5) AS c;

-- name: array_repeat_2
SELECT array_repeat('123', DATE'2024-01-01') AS c;

-- name: array_repeat_3
SELECT array_repeat('123', X'41') AS c;

-- name: array_repeat_4
SELECT array_repeat('123', 'x') AS c;

-- name: element_at_1
SELECT element_at(2.5, 2) AS c;

-- name: element_at_2
SELECT element_at(DATE'2024-01-01', 2) AS c;

-- name: element_at_3
SELECT element_at(X'41', 2) AS c;

-- name: element_at_4
SELECT element_at('x', 2) AS c;

-- name: get_1
SELECT get(2.5, 0) AS c;

-- name: get_2
SELECT get(DATE'2024-01-01', 0) AS c;

-- name: get_3
SELECT get(X'41', 0) AS c;

-- name: get_4
SELECT get('x', 0) AS c;

-- name: map_contains_key_1
SELECT map_contains_key(2.5, 1) AS c;

-- name: map_contains_key_2
SELECT map_contains_key(DATE'2024-01-01', 1) AS c;

-- name: map_contains_key_3
SELECT map_contains_key(X'41', 1) AS c;

-- name: map_contains_key_4
SELECT map_contains_key('x', 1) AS c;

-- name: map_concat_1
SELECT map_concat(2.5, map(2, 'b')) AS c;

-- name: map_concat_2
SELECT map_concat(DATE'2024-01-01', map(2, 'b')) AS c;

-- name: map_concat_3
SELECT map_concat(X'41', map(2, 'b')) AS c;

-- name: map_concat_4
SELECT map_concat('x', map(2, 'b')) AS c;

-- name: str_to_map_1
SELECT str_to_map(2.5, ',', ':') AS c;

-- name: str_to_map_2
SELECT str_to_map(DATE'2024-01-01', ',', ':') AS c;

-- name: str_to_map_3
SELECT str_to_map(X'41', ',', ':') AS c;

-- name: str_to_map_4
SELECT str_to_map('a:1,b:2,c:3', 2.5, ':') AS c;

-- name: parse_url_1
SELECT parse_url(2.5, 'HOST') AS c;

-- name: parse_url_2
SELECT parse_url(DATE'2024-01-01', 'HOST') AS c;

-- name: parse_url_3
SELECT parse_url(X'41', 'HOST') AS c;

-- name: parse_url_4
SELECT parse_url('http://spark.apache.org/path?query=1', 2.5) AS c;

-- name: from_json_1
SELECT from_json(2.5, 'a INT, b DOUBLE') AS c;

-- name: from_json_2
SELECT from_json(DATE'2024-01-01', 'a INT, b DOUBLE') AS c;

-- name: from_json_3
SELECT from_json(X'41', 'a INT, b DOUBLE') AS c;

-- name: from_json_4
SELECT from_json('{"a":1, "b":0.8}', 2.5) AS c;

-- name: get_json_object_1
SELECT get_json_object(2.5, '$.a') AS c;

-- name: get_json_object_2
SELECT get_json_object(DATE'2024-01-01', '$.a') AS c;

-- name: get_json_object_3
SELECT get_json_object(X'41', '$.a') AS c;

-- name: get_json_object_4
SELECT get_json_object('{"a":"b"}', 2.5) AS c;

-- name: json_array_length_1
SELECT json_array_length(2.5) AS c;

-- name: json_array_length_2
SELECT json_array_length(DATE'2024-01-01') AS c;

-- name: json_array_length_3
SELECT json_array_length(X'41') AS c;

-- name: json_object_keys_1
SELECT json_object_keys(2.5) AS c;

-- name: json_object_keys_2
SELECT json_object_keys(DATE'2024-01-01') AS c;

-- name: json_object_keys_3
SELECT json_object_keys(X'41') AS c;

-- name: schema_of_json_1
SELECT schema_of_json(2.5) AS c;

-- name: schema_of_json_2
SELECT schema_of_json(DATE'2024-01-01') AS c;

-- name: schema_of_json_3
SELECT schema_of_json(X'41') AS c;

-- name: assert_true_1
SELECT assert_true(2.5) AS c;

-- name: assert_true_2
SELECT assert_true(DATE'2024-01-01') AS c;

-- name: assert_true_3
SELECT assert_true(X'41') AS c;

-- name: assert_true_4
SELECT assert_true('x') AS c;

-- name: sequence_1
SELECT sequence(2.5, 5) AS c;

-- name: sequence_2
SELECT sequence(DATE'2024-01-01', 5) AS c;

-- name: sequence_3
SELECT sequence(X'41', 5) AS c;

-- name: sequence_4
SELECT sequence('x', 5) AS c;

-- name: vector_inner_product_1
SELECT vector_inner_product(2.5, array(3F, 4F)) AS c;

-- name: vector_inner_product_2
SELECT vector_inner_product(DATE'2024-01-01', array(3F, 4F)) AS c;

-- name: vector_inner_product_3
SELECT vector_inner_product(X'41', array(3F, 4F)) AS c;

-- name: vector_inner_product_4
SELECT vector_inner_product('x', array(3F, 4F)) AS c;

-- name: bitmap_count_1
SELECT bitmap_count(2.5) AS c;

-- name: bitmap_count_2
SELECT bitmap_count(DATE'2024-01-01') AS c;

-- name: bitmap_count_3
SELECT bitmap_count('x') AS c;

-- name: format_number_1
SELECT format_number(DATE'2024-01-01', 4) AS c;

-- name: format_number_2
SELECT format_number(X'41', 4) AS c;

-- name: format_number_3
SELECT format_number('x', 4) AS c;

-- name: format_number_4
SELECT format_number(12332.123456, 2.5) AS c;

-- name: parse_json_1
SELECT parse_json(2.5) AS c;

-- name: parse_json_2
SELECT parse_json(DATE'2024-01-01') AS c;

-- name: parse_json_3
SELECT parse_json(X'41') AS c;

-- name: variant_get_1
SELECT variant_get(2.5, '$.a', 'int') AS c;

-- name: variant_get_2
SELECT variant_get(DATE'2024-01-01', '$.a', 'int') AS c;

-- name: variant_get_3
SELECT variant_get(X'41', '$.a', 'int') AS c;

-- name: variant_get_4
SELECT variant_get('x', '$.a', 'int') AS c;

-- name: variant_insert_1
SELECT variant_insert(2.5, '$.b', 2) AS c;

-- name: variant_insert_2
SELECT variant_insert(DATE'2024-01-01', '$.b', 2) AS c;

-- name: variant_insert_3
SELECT variant_insert(X'41', '$.b', 2) AS c;

-- name: variant_insert_4
SELECT variant_insert('x', '$.b', 2) AS c;

-- name: variant_delete_1
SELECT variant_delete(2.5, '$.a') AS c;

-- name: variant_delete_2
SELECT variant_delete(DATE'2024-01-01', '$.a') AS c;

-- name: variant_delete_3
SELECT variant_delete(X'41', '$.a') AS c;

-- name: variant_delete_4
SELECT variant_delete('x', '$.a') AS c;

-- name: from_csv_1
SELECT from_csv(2.5, 'a INT, b DOUBLE') AS c;

-- name: from_csv_2
SELECT from_csv(DATE'2024-01-01', 'a INT, b DOUBLE') AS c;

-- name: from_csv_3
SELECT from_csv(X'41', 'a INT, b DOUBLE') AS c;

-- name: from_csv_4
SELECT from_csv('1, 0.8', 2.5) AS c;

-- name: schema_of_csv_1
SELECT schema_of_csv(2.5) AS c;

-- name: schema_of_csv_2
SELECT schema_of_csv(DATE'2024-01-01') AS c;

-- name: schema_of_csv_3
SELECT schema_of_csv(X'41') AS c;

-- name: schema_of_xml_1
SELECT schema_of_xml(2.5) AS c;

-- name: schema_of_xml_2
SELECT schema_of_xml(DATE'2024-01-01') AS c;

-- name: schema_of_xml_3
SELECT schema_of_xml(X'41') AS c;

-- name: xpath_1
SELECT xpath(2.5, 'a/b/text()') AS c;

-- name: xpath_2
SELECT xpath(DATE'2024-01-01', 'a/b/text()') AS c;

-- name: xpath_3
SELECT xpath(X'41', 'a/b/text()') AS c;

-- name: xpath_4
SELECT xpath('<a><b>1</b><b>2</b></a>', 2.5) AS c;

-- name: xpath_int_1
SELECT xpath_int(2.5, 'sum(a/b)') AS c;

-- name: xpath_int_2
SELECT xpath_int(DATE'2024-01-01', 'sum(a/b)') AS c;

-- name: xpath_int_3
SELECT xpath_int(X'41', 'sum(a/b)') AS c;

-- name: xpath_int_4
SELECT xpath_int('<a><b>1</b><b>2</b></a>', 2.5) AS c;

-- name: bitmap_count_4
SELECT bitmap_count(2.5) AS c;

-- name: in_order_by_shadowed
SELECT a, b AS a FROM VALUES (1, 4), (2, 3) t(a, b) ORDER BY a DESC;

-- name: order_by_two_aliases
SELECT a AS x, b AS x FROM VALUES (1, 4), (2, 3) t(a, b) ORDER BY x;

-- name: order_by_key_and_aggregate
SELECT a, count(*) AS a FROM VALUES (1, 4), (2, 3) t(a, b) GROUP BY a ORDER BY a DESC;

-- name: whole_text_division
SELECT '3' / 2S AS a, 7 / '2' AS b, '3' / 2BD AS c;

-- name: whole_text_division_bad
SELECT '3.' / 5S AS r;

-- name: bits_of_decimal_literal
SELECT 1 & 3BD;

-- name: bits_of_decimal
SELECT 10 & 3BD;

-- name: bits_of_text_and_decimal
SELECT 'ABC' & 3BD;

-- name: bits_of_texts
SELECT '1' & '2';

-- name: regexp_no_match_no_group
SELECT regexp_extract('abc', ' ', -1) AS a, regexp_extract_all('x', '2023', 2) AS b;

-- name: interval_without_number
SELECT INTERVAL '' DAY;

-- name: star_in_first
SELECT first(*) FROM VALUES (1, 2) t(a, b);

-- name: star_in_any_value
SELECT any_value(*) > 1 FROM VALUES (1, 2) t(a, b);

-- name: mask_long
SELECT mask('a', 'xx');

-- name: mask_column
SELECT mask('a', x) FROM VALUES ('q') t(x);

-- name: stack_bigint
SELECT stack(2L, 1, 2);

-- name: percentile_fraction
SELECT percentile(1, 0.5, 1.5);

-- name: describe_nested
DESCRIBE QUERY SELECT map('a', named_struct('x y', array(1))) AS c;

-- name: from_csv_no_struct
SELECT from_csv('1', 'INT', 1);

-- name: array_text_index
SELECT array(1)['1'];
