-- avro

-- setup
CREATE TEMP VIEW r AS SELECT * FROM VALUES (1, 'x', array(1, NULL, 3), map('k', 2), named_struct('n', 5L, 'm', 'y')), (-300, NULL, array(), map(), named_struct('n', CAST(NULL AS BIGINT), 'm', '')), (NULL, 'äöü and a text longer than twelve bytes', NULL, NULL, NULL) AS t(a, b, c, d, e);

-- name: to_avro_of_types
SELECT hex(to_avro(1)), hex(to_avro(-1L)), hex(to_avro(9223372036854775807L)), hex(to_avro(-9223372036854775808L)), hex(to_avro(true)), hex(to_avro(1.5F)), hex(to_avro(-2.5D)), hex(to_avro('äb')), hex(to_avro(X'00FF')), hex(to_avro(CAST(1 AS TINYINT))), hex(to_avro(CAST(-2 AS SMALLINT)));

-- name: to_avro_of_times
SELECT hex(to_avro(DATE'2020-01-01')), hex(to_avro(DATE'1500-01-01')), hex(to_avro(TIMESTAMP'2020-01-01 00:00:00.123456')), hex(to_avro(TIMESTAMP_NTZ'1969-12-31 23:59:59')), hex(to_avro(INTERVAL '1-2' YEAR TO MONTH)), hex(to_avro(INTERVAL '1 02:03:04' DAY TO SECOND));

-- name: to_avro_of_decimals
SELECT hex(to_avro(1.5BD)), hex(to_avro(-1.5BD)), hex(to_avro(CAST(12345678901234567890.12 AS DECIMAL(38, 2)))), hex(to_avro(CAST(-1 AS DECIMAL(18, 0)))), hex(to_avro(CAST(99 AS DECIMAL(2, 0))));

-- name: to_avro_decimal_as_bytes
SELECT hex(to_avro(CAST(1.27 AS DECIMAL(10, 2)), '{"type":"bytes","logicalType":"decimal","precision":10,"scale":2}')), hex(to_avro(CAST(1.28 AS DECIMAL(10, 2)), '{"type":"bytes","logicalType":"decimal","precision":10,"scale":2}')), hex(to_avro(CAST(-1.28 AS DECIMAL(10, 2)), '{"type":"bytes","logicalType":"decimal","precision":10,"scale":2}')), hex(to_avro(CAST(0 AS DECIMAL(10, 2)), '{"type":"bytes","logicalType":"decimal","precision":10,"scale":2}'));

-- name: to_avro_rows
SELECT hex(to_avro(struct(a, b, c, e))) FROM r ORDER BY a;

-- name: to_avro_columns
SELECT hex(to_avro(a)), hex(to_avro(b)), hex(to_avro(c)), hex(to_avro(e)) FROM r ORDER BY a;

-- name: round_trip_rows
SELECT from_avro(to_avro(struct(a, b, c, d, e)), '{"type":"record","name":"t","fields":[{"name":"a","type":["int","null"]},{"name":"b","type":["string","null"]},{"name":"c","type":[{"type":"array","items":["int","null"]},"null"]},{"name":"d","type":[{"type":"map","values":"int"},"null"]},{"name":"e","type":[{"type":"record","name":"f","fields":[{"name":"n","type":["long","null"]},{"name":"m","type":"string"}]},"null"]}]}') v FROM r ORDER BY a;

-- name: schema_text_given
SELECT hex(to_avro(1, '"int"')), hex(to_avro('b', '{"type":"enum","name":"e","symbols":["a","b"]}')), hex(to_avro(X'0102', '{"type":"fixed","name":"f","size":2}')), hex(to_avro(2L, '["int","long"]')), hex(to_avro(2.0D, '["float","double"]')), hex(to_avro(2L, '["null","long"]'));

-- name: timestamps_by_schema
SELECT hex(to_avro(TIMESTAMP'2020-01-01 00:00:00.123456', '{"type":"long","logicalType":"timestamp-millis"}')), hex(to_avro(TIMESTAMP'1969-12-31 23:59:59.9999', '"long"')), hex(to_avro(TIMESTAMP_NTZ'2020-01-01 00:00:00.123456', '{"type":"long","logicalType":"local-timestamp-millis"}'));

-- name: missing_nullable_field
SELECT hex(to_avro(named_struct('a', 1), '{"type":"record","name":"r","fields":[{"name":"a","type":"int"},{"name":"b","type":["null","int"]}]}'));

-- name: fields_in_another_order_and_case
SELECT hex(to_avro(named_struct('B', 1, 'a', 'x'), '{"type":"record","name":"r","fields":[{"name":"a","type":"string"},{"name":"b","type":"int"}]}'));

-- name: null_where_none_may_be
SELECT to_avro(named_struct('a', CAST(NULL AS INT)), '{"type":"record","name":"r","fields":[{"name":"a","type":"int"}]}');

-- name: null_in_null_out
SELECT to_avro(CAST(NULL AS INT)), from_avro(CAST(NULL AS BINARY), '"int"');

-- name: fail_fast_is_the_default_type
SELECT from_avro(X'020278', '{"type":"record","name":"r","fields":[{"name":"a","type":"int"},{"name":"b","type":"string"}]}');

-- name: permissive_is_nullable
SELECT from_avro(X'020278', '{"type":"record","name":"r","fields":[{"name":"a","type":"int"},{"name":"b","type":"string"}]}', map('mode', 'PERMISSIVE')) v;

-- name: permissive_malformed
SELECT from_avro(b, '{"type":"record","name":"r","fields":[{"name":"a","type":"int"},{"name":"b","type":"string"}]}', map('mode', 'PERMISSIVE')) v FROM VALUES (X''), (X'02'), (X'0204'), (X'020278'), (X'80808080808080'), (X'02FFFFFFFF0F'), (NULL) AS t(b);

-- name: permissive_scalar
SELECT from_avro(b, '"long"', map('mode', 'PERMISSIVE')) v FROM VALUES (X''), (X'80'), (X'02'), (X'FFFFFFFFFFFFFFFFFF01'), (X'FFFFFFFFFFFFFFFFFFFF01'), (X'0102') AS t(b);

-- name: ints_of_too_many_bytes
SELECT from_avro(b, '"int"', map('mode', 'PERMISSIVE')) v FROM VALUES (X'FFFFFFFF0F'), (X'FFFFFFFFFF01'), (X'8000'), (X'FEFFFFFF0F') AS t(b);

-- name: drop_malformed_refused
SELECT from_avro(X'80', '"int"', map('mode', 'DROPMALFORMED'));

-- name: unions
SELECT from_avro(X'0002', '{"type":"record","name":"r","fields":[{"name":"u","type":["int","string"]}]}') a, from_avro(X'020261', '{"type":"record","name":"r","fields":[{"name":"u","type":["int","string"]}]}') b, from_avro(X'0002', '["int","null"]') c, from_avro(X'0203', '["int","long"]') d, from_avro(X'000000803F', '["float","double"]') e, from_avro(X'00', '{"type":"record","name":"r","fields":[{"name":"u","type":["null","int","string"]}]}') f, from_avro(X'040261', '{"type":"record","name":"r","fields":[{"name":"u","type":["null","int","string"]}]}') g;

-- name: stable_union_names
SELECT from_avro(X'020261', '{"type":"record","name":"r","fields":[{"name":"u","type":["int","string"]}]}', map('enableStableIdentifiersForUnionType', 'true')) a, from_avro(X'020261', '{"type":"record","name":"r","fields":[{"name":"u","type":["int","string"]}]}', map('enableStableIdentifiersForUnionType', 'true', 'stableIdentifierPrefixForUnionType', '')) b;

-- name: evolution_adds_with_default
SELECT from_avro(X'0206616263', '{"type":"record","name":"r","fields":[{"name":"a","type":"int"},{"name":"b","type":"string"}]}', map('avroSchema', '{"type":"record","name":"r","fields":[{"name":"b","type":"string"},{"name":"c","type":"long","default":7},{"name":"d","type":["null","string"],"default":null},{"name":"e","type":{"type":"array","items":"int"},"default":[1,2]},{"name":"f","type":"string","default":"a default that is rather long"},{"name":"a","type":"double"}]}')) v;

-- name: evolution_aliases
SELECT from_avro(X'02', '{"type":"record","name":"r","fields":[{"name":"old","type":"int"}]}', map('avroSchema', '{"type":"record","name":"r","fields":[{"name":"new","type":"long","aliases":["old"]}]}')) v;

-- name: evolution_missing_default
SELECT from_avro(X'02', '{"type":"record","name":"r","fields":[{"name":"a","type":"int"}]}', map('avroSchema', '{"type":"record","name":"r","fields":[{"name":"a","type":"int"},{"name":"b","type":"int"}]}', 'mode', 'PERMISSIVE')) v;

-- name: promotions
SELECT from_avro(X'03', '"int"', map('avroSchema', '"long"')) a, from_avro(X'03', '"int"', map('avroSchema', '"float"')) b, from_avro(X'03', '"long"', map('avroSchema', '"double"')) c, from_avro(X'0000C03F', '"float"', map('avroSchema', '"double"')) d, from_avro(X'0461C3', '"bytes"', map('avroSchema', '"bytes"')) e, from_avro(X'0261', '"string"', map('avroSchema', '"bytes"')) f, from_avro(X'0261', '"bytes"', map('avroSchema', '"string"')) g;

-- name: promotions_refused
SELECT from_avro(X'03', '"long"', map('avroSchema', '"int"', 'mode', 'PERMISSIVE')) a, from_avro(X'03', '"int"', map('avroSchema', '"string"', 'mode', 'PERMISSIVE')) b, from_avro(X'03', '"int"', map('avroSchema', '["null","string"]', 'mode', 'PERMISSIVE')) c;

-- name: union_to_plain_and_back
SELECT from_avro(X'0203', '["null","int"]', map('avroSchema', '"long"')) a, from_avro(X'03', '"int"', map('avroSchema', '["null","long"]')) b, from_avro(X'00', '["null","int"]', map('avroSchema', '"int"', 'mode', 'PERMISSIVE')) c;

-- name: enum_evolution
SELECT from_avro(X'02', '{"type":"enum","name":"e","symbols":["a","b"]}', map('avroSchema', '{"type":"enum","name":"e","symbols":["b","c"]}')) a, from_avro(X'00', '{"type":"enum","name":"e","symbols":["a","b"]}', map('avroSchema', '{"type":"enum","name":"e","symbols":["b","c"]}', 'mode', 'PERMISSIVE')) b, from_avro(X'00', '{"type":"enum","name":"e","symbols":["a","b"]}', map('avroSchema', '{"type":"enum","name":"e","symbols":["b","c"],"default":"c"}')) c, from_avro(X'04', '{"type":"enum","name":"e","symbols":["a","b"]}', map('mode', 'PERMISSIVE')) d;

-- name: arrays_in_blocks
SELECT from_avro(X'0402040206000000', '{"type":"array","items":"int"}') a, from_avro(X'03040206020800', '{"type":"array","items":"int"}') b, from_avro(X'00', '{"type":"array","items":"int"}') c, from_avro(X'FEFFFFFF0F', '{"type":"array","items":"int"}', map('mode', 'PERMISSIVE')) d;

-- name: maps
SELECT from_avro(X'04026102026204' || X'00', '{"type":"map","values":"int"}') a, from_avro(X'00', '{"type":"map","values":"int"}') b, from_avro(X'04026102026106' || X'00', '{"type":"map","values":"int"}') c;

-- name: logical_types
SELECT from_avro(X'AC9D02', '{"type":"int","logicalType":"date"}') a, from_avro(X'8080D29F98C2CD05', '{"type":"long","logicalType":"timestamp-micros"}') b, from_avro(X'80F0B0EE8C5B', '{"type":"long","logicalType":"timestamp-millis"}') c, from_avro(X'80F0B0EE8C5B', '{"type":"long","logicalType":"local-timestamp-millis"}') d, from_avro(X'02', '{"type":"int","logicalType":"time-millis"}') f, from_avro(X'0261', '{"type":"string","logicalType":"uuid"}') g;

-- name: millis_out_of_range
SELECT from_avro(X'FEFFFFFFFFFFFFFFFF01', '{"type":"long","logicalType":"timestamp-millis"}', map('mode', 'PERMISSIVE')) a, from_avro(X'FEFFFFFFFFFFFFFFFF01', '"long"') b;

-- name: decimals
SELECT from_avro(X'02FF', '{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}') a, from_avro(X'04270F', '{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}') b, from_avro(X'00FF', '{"type":"fixed","name":"f","size":2,"logicalType":"decimal","precision":4,"scale":0}') c, from_avro(X'0C00FF00FF00FF', '{"type":"bytes","logicalType":"decimal","precision":30,"scale":3}') d, from_avro(X'0201', '{"type":"long","logicalType":"custom-decimal","precision":10,"scale":2}') e;

-- name: decimals_out_of_range
SELECT from_avro(X'042710', '{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}', map('mode', 'PERMISSIVE')) a, from_avro(X'00', '{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}', map('mode', 'PERMISSIVE')) b;

-- name: recursive
SELECT from_avro(X'0202040200', '{"type":"record","name":"Node","fields":[{"name":"Id","type":"int"},{"name":"Next","type":["null","Node"]}]}', map('recursiveFieldMaxDepth', '2', 'mode', 'PERMISSIVE')) a, from_avro(X'02020400', '{"type":"record","name":"Node","fields":[{"name":"Id","type":"int"},{"name":"Next","type":["null","Node"]}]}', map('recursiveFieldMaxDepth', '2')) b, from_avro(X'02020400', '{"type":"record","name":"Node","fields":[{"name":"Id","type":"int"},{"name":"Next","type":["null","Node"]}]}', map('recursiveFieldMaxDepth', '1')) c, from_avro(X'020204020600', '{"type":"record","name":"Node","fields":[{"name":"Id","type":"int"},{"name":"Next","type":["null","Node"]}]}', map('recursiveFieldMaxDepth', '2')) d;

-- name: recursion_too_deep
SELECT schema_of_avro('{"type":"record","name":"Node","fields":[{"name":"Id","type":"int"},{"name":"Next","type":["null","Node"]}]}', map('recursiveFieldMaxDepth', '16'));

-- name: recursion_in_lists
SELECT schema_of_avro('{"type":"record","name":"T","fields":[{"name":"v","type":"int"},{"name":"c","type":{"type":"array","items":"T"}},{"name":"m","type":{"type":"map","values":["null","T"]}}]}', map('recursiveFieldMaxDepth', '2'));

-- name: schema_of
SELECT schema_of_avro('"int"'), schema_of_avro('["int","string"]'), schema_of_avro('["int","string"]', map('enableStableIdentifiersForUnionType', 'true')), schema_of_avro('["null","long"]'), schema_of_avro('{"type":"array","items":["null","string"]}'), schema_of_avro('{"type":"map","values":"double"}');

-- name: schema_of_logical
SELECT schema_of_avro('{"type":"int","logicalType":"time-millis"}'), schema_of_avro('{"type":"string","logicalType":"uuid"}'), schema_of_avro('{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}'), schema_of_avro('{"type":"fixed","name":"f","size":2,"logicalType":"decimal","precision":20,"scale":2}'), schema_of_avro('{"type":"fixed","name":"f","size":12,"logicalType":"duration"}'), schema_of_avro('{"type":"long","logicalType":"custom-decimal","precision":10,"scale":2}'), schema_of_avro('{"type":"bytes","logicalType":"decimal","precision":4,"scale":6}'), schema_of_avro('{"type":"string","logicalType":"date"}');

-- name: schema_of_interval
SELECT schema_of_avro('{"type":"int","spark.sql.catalyst.type":"interval year to month"}'), schema_of_avro('{"type":"long","spark.sql.catalyst.type":"interval day to second"}'), schema_of_avro('"null"');

-- name: schema_of_wide_decimal
SELECT schema_of_avro('{"type":"bytes","logicalType":"decimal","precision":50,"scale":2}');

-- name: names
SELECT from_avro(X'02', '"int"'), to_avro(1), to_avro(1, '"int"'), schema_of_avro('"int"'), schema_of_avro('"int"', map('a', 'b'));

-- name: schema_must_be_constant
SELECT from_avro(X'80', c) FROM VALUES ('"int"') t(c);

-- name: schema_must_be_text
SELECT from_avro(X'80', 5);

-- name: options_must_be_a_map
SELECT from_avro(X'80', '"int"', 'x');

-- name: options_must_be_text
SELECT from_avro(X'80', '"int"', map('a', 1));

-- name: to_schema_must_be_text
SELECT to_avro(1, 2);

-- name: schema_of_must_be_text
SELECT schema_of_avro(5);

-- name: schema_of_options
SELECT schema_of_avro('"int"', 'x');

-- name: wrong_counts
SELECT from_avro(X'80');

-- name: wrong_counts_to
SELECT to_avro();

-- name: null_options
SELECT from_avro(X'02', '"int"', NULL);

-- name: trailing_bytes
SELECT from_avro(X'0201020304', '"int"');

-- name: records_in_records
SELECT from_avro(X'020204036162', '{"type":"record","name":"a","namespace":"n.s","fields":[{"name":"x","type":{"type":"record","name":"b","fields":[{"name":"i","type":"int"},{"name":"j","type":["null","int"]}]}},{"name":"y","type":"n.s.b"}]}', map('mode', 'PERMISSIVE')) v;

-- name: empty_record
SELECT from_avro(X'', '{"type":"record","name":"a","fields":[]}') v, hex(to_avro(struct())) w;

-- name: timestamp_nanos
SELECT from_avro(X'02', '{"type":"long","logicalType":"timestamp-nanos"}') e;
