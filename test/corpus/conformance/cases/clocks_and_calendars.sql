-- Patterns of dates and times, of today and from before Spark 3; timestamps of dates and times; arithmetic of moments and text.

-- setup
CREATE TEMP VIEW harbour AS SELECT * FROM VALUES (1, TIMESTAMP'2031-08-04 05:06:07.089012', 'moored'), (2, TIMESTAMP'1999-12-31 23:59:59.5', 'sailed'), (3, NULL, 'lost'), (4, TIMESTAMP'1492-08-03 11:00:00', 'sailed') AS h(id, at, what);

-- name: aligned_day_of_week_in_month
SELECT id, date_format(at, 'F d') AS f FROM harbour ORDER BY id;

-- name: modified_julian_day_and_generic_zone
SELECT id, date_format(at, 'g gggggg v vvvv') AS f FROM harbour ORDER BY id;

-- name: quarter_of_five_letters
SELECT date_format(DATE'2031-08-04', 'QQQQQ');

-- name: generic_zone_of_two_letters
SELECT date_format(DATE'2031-08-04', 'vv');

-- name: parse_modified_julian_day
SELECT to_timestamp('60000', 'g') AS a, to_timestamp('58849 07', 'g HH') AS b;

-- name: parse_day_of_year_widths
SELECT to_date('7', 'D') AS a, to_date('366 2028', 'D y') AS b, to_date('042', 'DDD') AS c, to_date('042', 'DD') AS d, to_date('12', 'DD') AS e;

-- name: parse_day_of_year_against_month
SELECT to_date('2028-03-060', 'yyyy-MM-DDD');

-- name: parse_day_of_year_with_its_month
SELECT to_date('2028-02-29-060', 'yyyy-MM-dd-DDD') AS a, try_to_timestamp('2028-02-28-060', 'yyyy-MM-dd-DDD') AS b;

-- name: parse_field_told_twice
SELECT try_to_timestamp('05 2031 05', 'MM yyyy MM') AS a, try_to_timestamp('05 2031 06', 'MM yyyy MM') AS b, try_to_timestamp('5 May', 'M MMM') AS c, try_to_timestamp('6 May', 'M MMM') AS d;

-- name: parse_half_days
SELECT try_to_timestamp('PM', 'a') AS a, try_to_timestamp('14 PM', 'HH a') AS b, try_to_timestamp('14 AM', 'HH a') AS c, try_to_timestamp('12', 'hh') AS d, try_to_timestamp('03 15', 'hh HH') AS e, try_to_timestamp('04 15', 'hh HH') AS f, try_to_timestamp('24', 'kk') AS g;

-- name: parse_number_side_by_side
SELECT try_to_timestamp('20310804', 'yyyyMMdd') AS a, try_to_timestamp('120310804', 'yyyyMMdd') AS b, try_to_timestamp('+120310804', 'yyyyMMdd') AS c, try_to_timestamp('40831', 'dMMyy') AS d, try_to_timestamp('140831', 'dMMyy') AS e, try_to_timestamp('310804', 'yMMdd') AS f;

-- name: parse_signs
SELECT try_to_timestamp('-5', 'd') AS a, try_to_timestamp('-0004', 'yyyy') AS b, try_to_timestamp('-44', 'y') AS c, try_to_timestamp('+2031', 'yyyy') AS d, try_to_timestamp('-0', 'y') AS e, try_to_timestamp('007', 'd') AS f;

-- name: parse_fractions
SELECT try_to_timestamp('7.5', 's.SSS') AS a, try_to_timestamp('7.1234', 's.SSS') AS b, try_to_timestamp('7.', 's.SSS') AS c, try_to_timestamp('12 5.12', 'SS s.SS') AS d, try_to_timestamp('12 5.34', 'SS s.SS') AS e, try_to_timestamp('120507', 'SSSmmss') AS f;

-- name: parse_offsets
SELECT try_to_timestamp('2031 +01', 'yyyy X') AS a, try_to_timestamp('2031 +01:00', 'yyyy X') AS b, try_to_timestamp('2031 +0100', 'yyyy XX') AS c, try_to_timestamp('2031 +01:00', 'yyyy XX') AS d, try_to_timestamp('2031 +01:00', 'yyyy XXX') AS e, try_to_timestamp('2031 Z', 'yyyy xxx') AS f, try_to_timestamp('2031 GMT+1', 'yyyy O') AS g, try_to_timestamp('2031 GMT+01:00', 'yyyy OOOO') AS h, try_to_timestamp('2031 -0230', 'yyyy Z') AS i;

-- name: parse_eras
SELECT try_to_timestamp('44 BC', 'y G') AS a, try_to_timestamp('0044 Before Christ', 'yyyy GGGG') AS b, try_to_timestamp('0000 AD', 'yyyy G') AS c;

-- name: ntz_pattern_of_before
SELECT to_timestamp_ntz('2031-08-04 1', 'yyyy-MM-dd u');

-- name: legacy_format_letters
-- conf: spark.sql.legacy.timeParserPolicy=LEGACY
SELECT id, date_format(at, 'G yy yyyyy w W D F u EEE EEEE') AS f, date_format(at, 'k K h a SSSS [X] XX XXX Z z') AS g FROM harbour ORDER BY id;

-- name: legacy_format_week_years
-- conf: spark.sql.legacy.timeParserPolicy=LEGACY
SELECT d, date_format(d, 'Y w W F') AS f FROM VALUES (DATE'2026-12-27'), (DATE'2027-01-01'), (DATE'2028-12-30'), (DATE'2028-12-31'), (DATE'1582-10-04'), (DATE'1582-10-15'), (DATE'1200-02-29') AS t(d) ORDER BY d;

-- name: legacy_format_zones
-- conf: spark.sql.legacy.timeParserPolicy=LEGACY
-- conf: spark.sql.session.timeZone=America/St_Johns
SELECT date_format(TIMESTAMP'2031-01-04 05:06:07Z', 'X XX XXX Z z') AS a, date_format(TIMESTAMP'2031-08-04 05:06:07Z', 'X XX XXX Z z zzzz') AS b;

-- name: legacy_format_unknown_letter
-- conf: spark.sql.legacy.timeParserPolicy=LEGACY
SELECT date_format(DATE'2031-08-04', 'yyyy Q');

-- name: legacy_parse_forms
-- conf: spark.sql.legacy.timeParserPolicy=LEGACY
SELECT try_to_timestamp('2031-8-4 and the rest', 'yyyy-MM-dd') AS a, try_to_timestamp(' 2031-  8-4', 'yyyy-MM-dd') AS b, try_to_timestamp('4 AUGUST 2031', 'd MMM y') AS c, try_to_timestamp('4 aug 2031', 'd MMMM y') AS d, try_to_timestamp('2031-02-29', 'yyyy-MM-dd') AS e, try_to_timestamp('1:2:3.4', 'H:m:s.S') AS f, try_to_timestamp('203108041516', 'yyyyMMddHHmm') AS g;

-- name: legacy_parse_weeks
-- conf: spark.sql.legacy.timeParserPolicy=LEGACY
SELECT try_to_timestamp('2031 32 Tue', 'yyyy w E') AS a, try_to_timestamp('2031 32', 'YYYY w') AS b, try_to_timestamp('2031 8 2 Mon', 'yyyy M W E') AS c, try_to_timestamp('2031 8 3 Mon', 'yyyy M F E') AS d, try_to_timestamp('2031 216', 'yyyy D') AS e, try_to_timestamp('2031-08-04 1', 'yyyy-MM-dd u') AS f, try_to_timestamp('2031-08-04 2', 'yyyy-MM-dd u') AS g, try_to_timestamp('Sun', 'E') AS h, try_to_timestamp('2031 8 -1 Mon', 'yyyy M F E') AS i;

-- name: legacy_parse_zones
-- conf: spark.sql.legacy.timeParserPolicy=LEGACY
SELECT try_to_timestamp('2031-08-04 PDT', 'yyyy-MM-dd z') AS a, try_to_timestamp('2031-08-04 PST', 'yyyy-MM-dd z') AS b, try_to_timestamp('2031-08-04 GMT+2:30', 'yyyy-MM-dd z') AS c, try_to_timestamp('2031-08-04 -0130', 'yyyy-MM-dd Z') AS d, try_to_timestamp('2031-08-04 +02', 'yyyy-MM-dd X') AS e, try_to_timestamp('2031-08-04 +02', 'yyyy-MM-dd XXX') AS f, try_to_timestamp('2031-08-04 CEST', 'yyyy-MM-dd zzzz') AS g;

-- name: legacy_parse_halves
-- conf: spark.sql.legacy.timeParserPolicy=LEGACY
SELECT try_to_timestamp('11 pm', 'h a') AS a, try_to_timestamp('0 pm', 'K a') AS b, try_to_timestamp('13 pm', 'h a') AS c, try_to_timestamp('23 PM', 'H a') AS d, try_to_timestamp('23 AM', 'H a') AS e, try_to_timestamp('24', 'k') AS f, try_to_timestamp('24', 'H') AS g;

-- name: legacy_other_functions
-- conf: spark.sql.legacy.timeParserPolicy=LEGACY
SELECT to_date('4/8/31', 'd/M/yy') AS a, unix_timestamp('2031-08-04 x', 'yyyy-MM-dd') AS b, from_unixtime(1000000000, 'u YYYY w') AS c, to_char(TIMESTAMP'2031-08-04 05:06:07', 'u D') AS d, CAST('2031-08-04' AS DATE) AS e;

-- name: legacy_json
-- conf: spark.sql.legacy.timeParserPolicy=LEGACY
SELECT from_json('{"d":"2031-02-30","t":"4/8/2031 25:00"}', 'd DATE, t TIMESTAMP', map('timestampFormat', 'd/M/yyyy HH:mm')) AS a, from_json('{"t":"2031-08-04 05:06:07"}', 't TIMESTAMP') AS b, to_json(named_struct('t', TIMESTAMP'2031-08-04 05:06:07.089012', 'd', DATE'1999-05-06')) AS c;

-- name: legacy_csv
-- conf: spark.sql.legacy.timeParserPolicy=LEGACY
SELECT from_csv('2031-08-04 05:06:07.000089', 't TIMESTAMP', map('timestampFormat', 'yyyy-MM-dd HH:mm:ss.SSSSSS')) AS a, to_csv(named_struct('t', TIMESTAMP'2031-08-04 05:06:07.089012'), map('timestampFormat', 'E SSSSSS ZZ u')) AS b, from_csv('9-Sep-2031', 'd DATE', map('dateFormat', 'd-MMMMM-yyyy')) AS c;

-- name: exception_policy_reads_as_before
-- conf: spark.sql.legacy.timeParserPolicy=EXCEPTION
SELECT to_timestamp('2031-8-4', 'yyyy-MM-dd');

-- name: exception_policy_try
-- conf: spark.sql.legacy.timeParserPolicy=EXCEPTION
SELECT try_to_timestamp('2031-08-04 x', 'yyyy-MM-dd');

-- name: exception_policy_bad_for_both
-- conf: spark.sql.legacy.timeParserPolicy=EXCEPTION
SELECT try_to_timestamp('never', 'yyyy-MM-dd') AS a, to_timestamp('2031-08-04', 'yyyy-MM-dd') AS b;

-- name: timestamps_of_dates
SELECT make_timestamp(DATE'2031-08-04') AS a, make_timestamp(NULL) AS b, make_timestamp(DATE'2031-08-04', TIME'05:06:07.089') AS c, make_timestamp(DATE'2031-08-04', TIME'05:06', '+02:00') AS d, make_timestamp(DATE'2031-08-04', TIME'05:06', NULL) AS e, make_timestamp_ntz(DATE'2031-08-04', TIME'05:06') AS f, try_make_timestamp(DATE'2031-08-04', TIME'05:06', 'Asia/Tokyo') AS g;

-- name: timestamps_of_dates_in_a_zone
-- conf: spark.sql.session.timeZone=Asia/Kathmandu
SELECT make_timestamp(DATE'2031-08-04') AS a, make_timestamp_ltz(DATE'2031-08-04', TIME'05:06') AS b, make_timestamp_ntz(DATE'2031-08-04', TIME'05:06') AS c;

-- name: timestamp_of_text
SELECT make_timestamp('2031-08-04');

-- name: timestamp_of_date_and_zone
SELECT make_timestamp(DATE'2031-08-04', 'Asia/Tokyo');

-- name: timestamp_of_four
SELECT make_timestamp(DATE'2031-08-04', TIME'05:06', 'Asia/Tokyo', 1);

-- name: names_of_timestamps_of_dates
SELECT make_timestamp_ltz(DATE'2031-08-04', TIME'05:06'), try_make_timestamp_ntz(DATE'2031-08-04', TIME'05:06'), try_make_timestamp(DATE'2031-08-04');

-- name: today_of_a_time
SELECT CAST(CAST(TIME'05:06:07' AS TIMESTAMP) AS DATE) = current_date() AS a, hour(CAST(TIME'05:06:07' AS TIMESTAMP)) AS b, second(CAST(TIME'05:06:07.5' AS TIMESTAMP_NTZ)) AS c, CAST(TIME'05:06:07' AS INT) AS d;

-- name: hour_of_time_needs_setting
SELECT hour(TIME'05:06:07');

-- name: time_and_interval_need_setting
SELECT TIME'05:06:07' + INTERVAL '1' MINUTE;

-- name: text_and_interval_stay_text
SELECT '2031-08-04' + INTERVAL '1' DAY, INTERVAL '90' MINUTE + '2031-08-04 05:06:07.5', what - make_interval(0, 1) FROM harbour WHERE id > 9;

-- name: text_and_months
SELECT '2031-08-04' + INTERVAL '1' MONTH;

-- name: names_of_products
SELECT 2 * INTERVAL '3' DAY, '2' * INTERVAL '3' MONTH, NULL * INTERVAL '3' DAY, INTERVAL '3' DAY * 2;

-- name: names_of_sums_with_null
SELECT DATE'2031-08-04' + NULL, NULL + TIMESTAMP'2031-08-04 05:06:07', NULL - DATE'2031-08-04', INTERVAL '1' DAY + NULL;

-- name: null_by_interval
SELECT NULL / INTERVAL '3' DAY;

-- name: interval_beyond_range
SELECT INTERVAL 1000000000 DAY;

-- name: least_months
SELECT INTERVAL '-2147483648 months' AS a, CAST('- -3 days' AS INTERVAL) AS b;

-- name: least_months_by_minus_one
SELECT INTERVAL '-2147483648' MONTH / -1;

-- name: bare_functions_in_expressions
SELECT current_date = current_date(), current_user = current_user;

-- name: seconds_with_nanos
SELECT timestamp_seconds(12.3456780) AS a;

-- name: plain_text_arithmetic
-- conf: spark.sql.ansi.enabled=false
SELECT 1 + '2', 7L - '0.5', '3' * '4', 1.5 + '2', '7' % 2, try_add(1, '2'), pmod('7', 4), '9' / 2, '1' + NULL;

-- name: plain_text_div
-- conf: spark.sql.ansi.enabled=false
SELECT '7' div 2;

-- name: plain_date_plus_text
-- conf: spark.sql.ansi.enabled=false
SELECT DATE'2031-08-04' + '1';

-- name: plain_timestamp_minus_text
-- conf: spark.sql.ansi.enabled=false
SELECT TIMESTAMP'2031-08-04 05:06:07' - '2031-08-04';

-- name: plain_text_minus_date
-- conf: spark.sql.ansi.enabled=false
SELECT '2031-08-04' - DATE'2031-08-01', '2031-08-04' + INTERVAL '1' HOUR, 'x' + INTERVAL '1' HOUR, 'x' * INTERVAL '1' HOUR;

-- name: plain_date_add_of_text
-- conf: spark.sql.ansi.enabled=false
SELECT date_add('2031-08-04', '3') AS a, date_sub('2031-08-04', concat('', '3')) AS b;

-- name: plain_date_add_of_fraction_text
-- conf: spark.sql.ansi.enabled=false
SELECT date_add('2031-08-04', '3.5');

-- name: plain_date_add_of_text_column
-- conf: spark.sql.ansi.enabled=false
SELECT date_sub('2031-08-04', what) FROM harbour;

-- name: zone_offset_out_of_range
SET TIME ZONE INTERVAL '30' HOUR;

-- name: special_words_with_zones
SELECT TIMESTAMP'epoch UTC' AS a, CAST(TIMESTAMP'today Z' AS DATE) = current_date() AS b, CAST(TIMESTAMP_NTZ'yesterday' AS DATE) = date_sub(current_date(), 1) AS c, DATE'tomorrow PST' = date_add(current_date(), 1) AS d;

-- name: now_with_zone
SELECT TIMESTAMP'now UTC' IS NULL;

-- name: policy_that_is_none
SET spark.sql.legacy.timeParserPolicy=SOMETIMES;
