-- Tables of files: ALTER TABLE, partitions, CREATE TABLE LIKE, defaults, statistics, schemas. Cases build on those before them.

-- name: ddl_000
DROP TABLE IF EXISTS lg1;

-- name: ddl_001
DROP TABLE IF EXISTS lg2;

-- name: ddl_002
DROP TABLE IF EXISTS lg3;

-- name: ddl_003
DROP TABLE IF EXISTS lg4;

-- name: ddl_004
DROP TABLE IF EXISTS lgp;

-- name: ddl_005
DROP TABLE IF EXISTS lgj;

-- name: ddl_006
CREATE TABLE lg1 (a INT COMMENT 'first', b STRING DEFAULT 'x', s STRUCT<p: INT>) USING parquet COMMENT 'the table' TBLPROPERTIES (k1='v1', 'k.2'='v2');

-- name: ddl_007
INSERT INTO lg1 VALUES (1, 'q', named_struct('p', 1));

-- name: ddl_008
ALTER TABLE lg1 ADD COLUMN c INT;

-- name: ddl_009
ALTER TABLE lg1 ADD COLUMNS (d INT COMMENT 'dd', e STRING);

-- name: ddl_009b
ALTER TABLE lg1 ALTER COLUMN e SET DEFAULT 'ee';

-- name: ddl_010
SELECT * FROM lg1;

-- name: ddl_011
INSERT INTO lg1 (a) VALUES (2);

-- name: ddl_012
SELECT * FROM lg1 ORDER BY a;

-- name: ddl_013
ALTER TABLE lg1 ADD COLUMN a INT;

-- name: ddl_014
ALTER TABLE lg1 ADD COLUMN z INT FIRST;

-- name: ddl_015
ALTER TABLE lg1 ADD COLUMN z INT AFTER a;

-- name: ddl_016
ALTER TABLE lg1 ADD COLUMN z INT NOT NULL;

-- name: ddl_017
ALTER TABLE lg1 ADD COLUMN s.q INT;

-- name: ddl_018
ALTER TABLE lg1 ADD COLUMNS (y INT, y INT);

-- name: ddl_019
ALTER TABLE lg1 DROP COLUMN c;

-- name: ddl_020
ALTER TABLE lg1 DROP COLUMN nope;

-- name: ddl_021
ALTER TABLE lg1 DROP COLUMN IF EXISTS nope;

-- name: ddl_022
ALTER TABLE lg1 RENAME COLUMN c TO cc;

-- name: ddl_023
ALTER TABLE lg1 RENAME COLUMN nope TO cc;

-- name: ddl_024
ALTER TABLE lg1 ALTER COLUMN a COMMENT 'new';

-- name: ddl_025
ALTER TABLE lg1 ALTER COLUMN a TYPE BIGINT;

-- name: ddl_026
ALTER TABLE lg1 ALTER COLUMN a TYPE INT;

-- name: ddl_027
ALTER TABLE lg1 ALTER COLUMN a SET NOT NULL;

-- name: ddl_028
ALTER TABLE lg1 ALTER COLUMN a DROP NOT NULL;

-- name: ddl_029
ALTER TABLE lg1 ALTER COLUMN a FIRST;

-- name: ddl_030
ALTER TABLE lg1 ALTER COLUMN a SET DEFAULT 7;

-- name: ddl_031
ALTER TABLE lg1 ALTER COLUMN a DROP DEFAULT;

-- name: ddl_032
ALTER TABLE lg1 ALTER COLUMN b SET DEFAULT 5;

-- name: ddl_033
ALTER TABLE lg1 ALTER COLUMN nope SET DEFAULT 5;

-- name: ddl_034
ALTER TABLE lg1 ALTER COLUMN nope COMMENT 'x';

-- name: ddl_035
ALTER TABLE lg1 ALTER COLUMN s.p COMMENT 'x';

-- name: ddl_036
ALTER TABLE lg1 ALTER COLUMN a COMMENT 'x', b COMMENT 'y';

-- name: ddl_037
ALTER TABLE lg1 ALTER COLUMN a;

-- name: ddl_038
ALTER TABLE lg1 CHANGE COLUMN a a INT COMMENT 'changed';

-- name: ddl_039
ALTER TABLE lg1 CHANGE COLUMN a aa INT COMMENT 'changed';

-- name: ddl_040
ALTER TABLE lg1 CHANGE a a BIGINT;

-- name: ddl_041
ALTER TABLE lg1 CHANGE COLUMN a COMMENT 'via change';

-- name: ddl_042
ALTER TABLE lg1 REPLACE COLUMNS (a INT);

-- name: ddl_043
DESCRIBE lg1;

-- name: ddl_044
SHOW CREATE TABLE lg1;

-- name: ddl_045
ALTER TABLE lg1 SET TBLPROPERTIES (k1 = 'new', k3 = 3);

-- name: ddl_046
SHOW TBLPROPERTIES lg1;

-- name: ddl_047
SHOW TBLPROPERTIES lg1 (k1);

-- name: ddl_048
SHOW TBLPROPERTIES lg1 (nope);

-- name: ddl_049
ALTER TABLE lg1 UNSET TBLPROPERTIES (k3);

-- name: ddl_050
ALTER TABLE lg1 UNSET TBLPROPERTIES (nope);

-- name: ddl_051
ALTER TABLE lg1 UNSET TBLPROPERTIES IF EXISTS (nope);

-- name: ddl_052
ALTER TABLE lg1 SET TBLPROPERTIES ('path' = 'x');

-- name: ddl_053
ALTER TABLE lg1 SET TBLPROPERTIES (provider = 'x');

-- name: ddl_054
ALTER TABLE lg1 SET TBLPROPERTIES (owner = 'x');

-- name: ddl_055
ALTER TABLE lg1 SET TBLPROPERTIES (location = 'x');

-- name: ddl_056
SHOW TBLPROPERTIES lg1;

-- name: ddl_057
COMMENT ON TABLE lg1 IS 'about it';

-- name: ddl_058
COMMENT ON TABLE lg1 IS NULL;

-- name: ddl_059
COMMENT ON COLUMN lg1.a IS 'about a';

-- name: ddl_060
COMMENT ON COLUMN lg1.nope IS 'about a';

-- name: ddl_061
COMMENT ON SCHEMA default IS 'the schema';

-- name: ddl_062
COMMENT ON DATABASE nopedb IS 'the schema';

-- name: ddl_063
COMMENT ON SCHEMA default IS 'default database';

-- name: ddl_064
DESCRIBE lg1 a;

-- name: ddl_065
DESCRIBE EXTENDED lg1 a;

-- name: ddl_066
DESCRIBE lg1 s.p;

-- name: ddl_067
DESCRIBE lg1 nope;

-- name: ddl_068
ALTER TABLE lg1 SET LOCATION '/tmp/lg1_elsewhere';

-- name: ddl_069
SELECT * FROM lg1;

-- name: ddl_070
ALTER TABLE lg1 SET SERDEPROPERTIES ('x'='y');

-- name: ddl_071
ALTER TABLE lg1 SET SERDE 'foo';

-- name: ddl_072
ALTER TABLE lg1 RECOVER PARTITIONS;

-- name: ddl_073
MSCK REPAIR TABLE lg1;

-- name: ddl_074
ALTER TABLE lg1 ADD PARTITION (a=1);

-- name: ddl_075
ALTER TABLE lg1 CLUSTER BY (a);

-- name: ddl_076
ALTER TABLE lg1 CLUSTER BY NONE;

-- name: ddl_077
ALTER TABLE lg1 ADD CONSTRAINT c CHECK (a > 1);

-- name: ddl_078
ALTER TABLE lg1 DROP CONSTRAINT c;


-- name: ddl_080
ALTER TABLE nope ADD COLUMN a INT;

-- name: ddl_081
ALTER TABLE nope SET TBLPROPERTIES (a=1);

-- name: ddl_082
ALTER TABLE nope DROP COLUMN a;

-- name: ddl_083
CREATE OR REPLACE TEMP VIEW lgv AS SELECT 1 a;

-- name: ddl_084
ALTER TABLE lgv ADD COLUMN b INT;

-- name: ddl_085
ALTER TABLE lgv SET TBLPROPERTIES (a=1);

-- name: ddl_086
ALTER VIEW lg1 SET TBLPROPERTIES (a=1);

-- name: ddl_087
ALTER TABLE lgv SET LOCATION 'x';

-- name: ddl_088
ALTER TABLE lgv ADD PARTITION (a=1);

-- name: ddl_089
ALTER TABLE lgv ALTER COLUMN a COMMENT 'x';

-- name: ddl_090
ALTER TABLE lgv DROP COLUMN a;

-- name: ddl_091
TRUNCATE TABLE lgv;

-- name: ddl_092
COMMENT ON TABLE lgv IS 'x';

-- name: ddl_093
DROP TABLE lg1;

-- name: ddl_094
DROP TABLE IF EXISTS lgp;

-- name: ddl_095
CREATE TABLE lgp (a INT, p INT, q STRING) USING parquet PARTITIONED BY (p, q);

-- name: ddl_096
INSERT INTO lgp VALUES (1, 1, 'x'), (2, 1, 'y'), (3, 2, 'x');

-- name: ddl_097
SHOW PARTITIONS lgp;

-- name: ddl_098
SHOW PARTITIONS lgp PARTITION (p=1);

-- name: ddl_099
SHOW PARTITIONS lgp PARTITION (nope=1);

-- name: ddl_100
SHOW PARTITIONS lgp PARTITION (q='x');

-- name: ddl_101
ALTER TABLE lgp ADD PARTITION (p=5, q='z');

-- name: ddl_102
ALTER TABLE lgp ADD PARTITION (p=5, q='z');

-- name: ddl_103
ALTER TABLE lgp ADD IF NOT EXISTS PARTITION (p=5, q='z');

-- name: ddl_104
ALTER TABLE lgp ADD PARTITION (p=5);

-- name: ddl_105
ALTER TABLE lgp ADD PARTITION (nope=5);

-- name: ddl_106
ALTER TABLE lgp ADD PARTITION (p='abc', q='z');

-- name: ddl_107
ALTER TABLE lgp ADD PARTITION (p=6, q='z') PARTITION (p=7, q='w');


-- name: ddl_109
SHOW PARTITIONS lgp;

-- name: ddl_110
ALTER TABLE lgp PARTITION (p=5, q='z') RENAME TO PARTITION (p=5, q='zz');

-- name: ddl_111
ALTER TABLE lgp PARTITION (p=1, q='x') RENAME TO PARTITION (p=1, q='xx');

-- name: ddl_112
ALTER TABLE lgp PARTITION (p=1, q='nope') RENAME TO PARTITION (p=1, q='xx');

-- name: ddl_113
ALTER TABLE lgp PARTITION (p=2, q='x') RENAME TO PARTITION (p=1, q='xx');

-- name: ddl_114
SELECT * FROM lgp ORDER BY a;

-- name: ddl_115
ALTER TABLE lgp DROP PARTITION (p=5, q='zz');

-- name: ddl_116
ALTER TABLE lgp DROP PARTITION (p=5, q='zz');

-- name: ddl_117
ALTER TABLE lgp DROP IF EXISTS PARTITION (p=5, q='zz');

-- name: ddl_118
ALTER TABLE lgp DROP PARTITION (p=1);

-- name: ddl_119
ALTER TABLE lgp DROP PARTITION (p=6), PARTITION (p=7);

-- name: ddl_120
ALTER TABLE lgp DROP PARTITION (p > 7);

-- name: ddl_121
ALTER TABLE lgp DROP PARTITION (nope = 7);

-- name: ddl_122
SHOW PARTITIONS lgp;

-- name: ddl_123
SELECT * FROM lgp ORDER BY a;

-- name: ddl_124
TRUNCATE TABLE lgp PARTITION (p=2);

-- name: ddl_125
TRUNCATE TABLE lgp PARTITION (nope=2);

-- name: ddl_126
TRUNCATE TABLE lgp PARTITION (p=99);

-- name: ddl_127
SHOW PARTITIONS lgp;

-- name: ddl_128
SELECT * FROM lgp ORDER BY a;

-- name: ddl_129
INSERT INTO lgp PARTITION (q='inner') SELECT 9, 9;

-- name: ddl_130
SELECT * FROM lgp ORDER BY a;

-- name: ddl_131
INSERT INTO lgp PARTITION (p, q='inner') SELECT 10, 9;

-- name: ddl_132
INSERT INTO lgp PARTITION (p=3, q) SELECT 11, 'k';

-- name: ddl_133
SELECT * FROM lgp ORDER BY a;

-- name: ddl_134
INSERT OVERWRITE lgp PARTITION (p=3, q) SELECT 12, 'm';

-- name: ddl_135
SELECT * FROM lgp ORDER BY a;

-- name: ddl_136
INSERT OVERWRITE lgp PARTITION (q='inner') SELECT 13, 9;

-- name: ddl_137
SELECT * FROM lgp ORDER BY a;

-- name: ddl_138
INSERT INTO lgp PARTITION (p=3, q='b') IF NOT EXISTS SELECT 12;

-- name: ddl_139
INSERT OVERWRITE lgp PARTITION (p=3, q='b') IF NOT EXISTS SELECT 14;

-- name: ddl_140
SELECT * FROM lgp ORDER BY a;

-- name: ddl_141
INSERT OVERWRITE lgp PARTITION (p=3, q='b') IF NOT EXISTS SELECT 15;

-- name: ddl_142
SELECT * FROM lgp ORDER BY a;

-- name: ddl_143
INSERT OVERWRITE lgp PARTITION (p=3, q) IF NOT EXISTS SELECT 15, 'b';

-- name: ddl_144
INSERT INTO lgp PARTITION (p=3, q='b') (a) SELECT 21;

-- name: ddl_145
INSERT INTO lgp PARTITION (p=3) (q, a) SELECT 'qq', 22;

-- name: ddl_146
INSERT INTO lgp PARTITION (p=3, q='b') BY NAME SELECT 23 AS a;

-- name: ddl_147
INSERT INTO lgp BY NAME SELECT 'x' AS q, 4 AS p, 24 AS a;

-- name: ddl_148
INSERT INTO lgp (a) BY NAME SELECT 4 a;

-- name: ddl_149
INSERT INTO lgp BY NAME SELECT 1 AS zz, 24 AS a;

-- name: ddl_150
INSERT OVERWRITE lgp BY NAME SELECT 'x' AS q, 4 AS p, 25 AS a;

-- name: ddl_151
SELECT * FROM lgp ORDER BY a;

-- name: ddl_152
INSERT INTO lgp REPLACE WHERE p = 4 SELECT 1, 4, 'r';

-- name: ddl_153
INSERT INTO lgp REPLACE ON p = 4 SELECT 1, 4, 'r';

-- name: ddl_154
INSERT INTO lgp REPLACE USING (p) SELECT 1, 4, 'r';

-- name: ddl_155
INSERT WITH SCHEMA EVOLUTION INTO lgp SELECT 1, 4, 'r';

-- name: ddl_156
INSERT INTO lgp AS t VALUES (1,2,'a');

-- name: ddl_157
ALTER TABLE lgp ADD COLUMN b INT;

-- name: ddl_158
DESCRIBE lgp;

-- name: ddl_159
SELECT * FROM lgp;

-- name: ddl_160
SHOW CREATE TABLE lgp;

-- name: ddl_161
ALTER TABLE lgp ALTER COLUMN p COMMENT 'pp';


-- name: ddl_163
DESCRIBE lgp PARTITION (p=4, q='x');

-- name: ddl_164
DESCRIBE lgp PARTITION (p=4);

-- name: ddl_165
DESCRIBE lgp PARTITION (p=77, q='x');

-- name: ddl_166
MSCK REPAIR TABLE lgp;

-- name: ddl_167
REPAIR TABLE lgp;

-- name: ddl_168
ALTER TABLE lgp RECOVER PARTITIONS;

-- name: ddl_169
MSCK REPAIR TABLE lgp DROP PARTITIONS;

-- name: ddl_170
ANALYZE TABLE lgp COMPUTE STATISTICS;

-- name: ddl_171
ANALYZE TABLE lgp COMPUTE STATISTICS NOSCAN;

-- name: ddl_172
ANALYZE TABLE lgp COMPUTE STATISTICS FOR COLUMNS a, b;

-- name: ddl_173
ANALYZE TABLE lgp COMPUTE STATISTICS FOR ALL COLUMNS;

-- name: ddl_174
ANALYZE TABLE lgp PARTITION (p=4) COMPUTE STATISTICS;

-- name: ddl_175
ANALYZE TABLE lgp COMPUTE STATISTICS FOR COLUMNS nope;

-- name: ddl_176
ANALYZE TABLE lgp COMPUTE STATISTICS nope;

-- name: ddl_177
ANALYZE TABLES COMPUTE STATISTICS;

-- name: ddl_178
ANALYZE TABLES IN nopedb COMPUTE STATISTICS;

-- name: ddl_179
DESCRIBE EXTENDED lgp a;

-- name: ddl_180
ANALYZE TABLE nope COMPUTE STATISTICS;

-- name: ddl_181
CREATE OR REPLACE TEMP VIEW lgv AS SELECT 1 a;

-- name: ddl_182
ANALYZE TABLE lgv COMPUTE STATISTICS;

-- name: ddl_183
CACHE TABLE lgv;

-- name: ddl_184
ANALYZE TABLE lgv COMPUTE STATISTICS;

-- name: ddl_185
DROP TABLE lgp;

-- name: ddl_186
DROP TABLE IF EXISTS lt1;

-- name: ddl_187
DROP TABLE IF EXISTS lt2;

-- name: ddl_188
DROP TABLE IF EXISTS lt3;

-- name: ddl_189
DROP TABLE IF EXISTS lt4;

-- name: ddl_190
DROP TABLE IF EXISTS lt5;

-- name: ddl_191
DROP TABLE IF EXISTS lt6;

-- name: ddl_192
DROP VIEW IF EXISTS lvv;

-- name: ddl_193
DROP VIEW IF EXISTS lw;

-- name: ddl_194
DROP SCHEMA IF EXISTS ls1 CASCADE;

-- name: ddl_195
CREATE TABLE lt1 (a INT COMMENT 'first' DEFAULT 3, b STRING, p INT) USING json PARTITIONED BY (p) COMMENT 'ct' TBLPROPERTIES (k='v');

-- name: ddl_196
CREATE TABLE lt2 LIKE lt1;

-- name: ddl_197
SHOW CREATE TABLE lt2;

-- name: ddl_198
CREATE TABLE lt2 LIKE lt1;

-- name: ddl_199
CREATE TABLE IF NOT EXISTS lt2 LIKE lt1;

-- name: ddl_200
CREATE TABLE lt3 LIKE lt1 USING parquet TBLPROPERTIES (z='1') LOCATION '/tmp/lt3_loc';

-- name: ddl_201
SHOW CREATE TABLE lt3;

-- name: ddl_202
CREATE TABLE lt4 LIKE nope;

-- name: ddl_203
CREATE TEMP VIEW ltv AS SELECT 1 AS a, 'x' AS b;

-- name: ddl_204
CREATE TABLE lt4 LIKE ltv;

-- name: ddl_205
SHOW CREATE TABLE lt4;

-- name: ddl_206
DESCRIBE lt2;

-- name: ddl_207
INSERT INTO lt2 (p) VALUES (4);

-- name: ddl_208
SELECT * FROM lt2;

-- name: ddl_209
CREATE TABLE lt5 (a INT, b INT GENERATED ALWAYS AS (a + 1)) USING parquet;

-- name: ddl_210
CREATE TABLE lt5 (a INT, b INT GENERATED ALWAYS AS IDENTITY) USING parquet;

-- name: ddl_211
CREATE TABLE lt5 (a BIGINT GENERATED BY DEFAULT AS IDENTITY (START WITH 10 INCREMENT BY 5)) USING parquet;

-- name: ddl_212
CREATE TABLE lt5 (a INT, b INT DEFAULT a + 1) USING parquet;

-- name: ddl_213
CREATE TABLE lt5 (a INT, b INT DEFAULT (SELECT 1)) USING parquet;

-- name: ddl_214
CREATE TABLE lt5 (a INT, b INT DEFAULT 'abc') USING parquet;

-- name: ddl_215
CREATE TABLE lt5 (a INT, b INT DEFAULT rand()) USING parquet;

-- name: ddl_216
CREATE TABLE lt5 (a INT, b TIMESTAMP DEFAULT current_timestamp(), c INT DEFAULT 1 + 1) USING json;

-- name: ddl_217
SHOW CREATE TABLE lt5;

-- name: ddl_218
DROP TABLE IF EXISTS lt5;

-- name: ddl_219
CREATE TABLE lt5 (a INT DEFAULT 1) USING text;

-- name: ddl_220
CREATE TABLE lt5 (a INT PRIMARY KEY) USING parquet;

-- name: ddl_221
CREATE TABLE lt5 (a INT, CHECK (a > 1)) USING parquet;

-- name: ddl_222
CREATE TABLE lt5 (a INT) USING parquet CLUSTERED BY (a) INTO 4 BUCKETS;

-- name: ddl_223
INSERT INTO lt5 VALUES (1);

-- name: ddl_224
SELECT * FROM lt5;

-- name: ddl_225
SHOW CREATE TABLE lt5;

-- name: ddl_226
DROP TABLE IF EXISTS lt5;

-- name: ddl_227
CREATE TABLE lt5 (a INT) USING parquet CLUSTER BY (a);

-- name: ddl_228
SHOW CREATE TABLE lt5;

-- name: ddl_229
DROP TABLE IF EXISTS lt5;

-- name: ddl_230
CREATE TABLE lt5 (a INT) STORED AS PARQUET;

-- name: ddl_231
CREATE TABLE lt5 (a INT) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',';

-- name: ddl_232
CREATE EXTERNAL TABLE lt5 (a INT) USING parquet;

-- name: ddl_233
CREATE EXTERNAL TABLE lt5 (a INT) USING parquet LOCATION '/tmp/lt5x';

-- name: ddl_234
DROP TABLE IF EXISTS lt5;

-- name: ddl_235
CREATE TABLE lt5 (a INT) USING parquet PARTITIONED BY (bucket(4, a));

-- name: ddl_236
CREATE TABLE lt5 (a INT, ts TIMESTAMP) USING parquet PARTITIONED BY (days(ts));

-- name: ddl_236b
DROP TABLE IF EXISTS lt5;

-- name: ddl_237
CREATE TABLE lt5 (a INT) USING nosuch;


-- name: ddl_239
DROP TABLE IF EXISTS lt5;

-- name: ddl_240
CREATE SCHEMA ls1 COMMENT 'c' WITH DBPROPERTIES (a='1', b='2');

-- name: ddl_241
ALTER SCHEMA ls1 SET DBPROPERTIES (a='7', c='3');

-- name: ddl_242
ALTER SCHEMA ls1 UNSET DBPROPERTIES (a);

-- name: ddl_243
ALTER SCHEMA ls1 SET LOCATION '/tmp/ls1';

-- name: ddl_244
ALTER SCHEMA nope SET DBPROPERTIES (a=1);

-- name: ddl_245
ALTER DATABASE ls1 SET PROPERTIES (zz=1);

-- name: ddl_246
ALTER SCHEMA ls1 DEFAULT COLLATION UNICODE;

-- name: ddl_247
COMMENT ON SCHEMA ls1 IS 'new c';

-- name: ddl_248
SHOW SCHEMAS LIKE 'ls*';

-- name: ddl_249
SHOW DATABASES;

-- name: ddl_250
USE ls1;

-- name: ddl_251
SHOW CURRENT NAMESPACE;

-- name: ddl_252
SELECT current_schema(), current_database(), current_catalog();

-- name: ddl_253
CREATE TABLE t (a INT) USING json;

-- name: ddl_254
SHOW TABLES;

-- name: ddl_255
SHOW TABLES IN default LIKE 'lt*';

-- name: ddl_256
SHOW VIEWS;

-- name: ddl_257
USE default;

-- name: ddl_258
USE nopedb;

-- name: ddl_259
USE SCHEMA ls1;

-- name: ddl_260
USE spark_catalog.default;

-- name: ddl_261
DROP SCHEMA ls1;

-- name: ddl_262
DROP SCHEMA ls1 CASCADE;

-- name: ddl_263
CREATE SCHEMA a.b;

-- name: ddl_264
DROP SCHEMA default;

-- name: ddl_265
DROP SCHEMA IF EXISTS nopedb;

-- name: ddl_266
DROP SCHEMA nopedb;

-- name: ddl_267
SHOW SCHEMAS IN spark_catalog;

-- name: ddl_268
SHOW CATALOGS;

-- name: ddl_269
SHOW CATALOGS LIKE 'x*';

-- name: ddl_270
SET CATALOG nope;

-- name: ddl_271
USE CATALOG spark_catalog;

-- name: ddl_272
CREATE VIEW lvv AS SELECT * FROM ltv;

-- name: ddl_273
ALTER VIEW ltv AS SELECT 2 AS zz;

-- name: ddl_274
SELECT * FROM ltv;

-- name: ddl_275
ALTER VIEW ltv SET TBLPROPERTIES (a='1');

-- name: ddl_276
SHOW TBLPROPERTIES ltv;

-- name: ddl_277
CREATE VIEW lvv AS SELECT lt1.a FROM lt1;

-- name: ddl_278
DROP TABLE lt1;

-- name: ddl_279
SELECT * FROM lvv;

-- name: ddl_280
DROP VIEW lvv;

-- name: ddl_281
DROP TABLE IF EXISTS lt2;

-- name: ddl_282
DROP TABLE IF EXISTS lt3;

-- name: ddl_283
DROP TABLE IF EXISTS lt4;

-- name: ddl_284
DROP TABLE IF EXISTS lt5;

-- name: ddl_285
DROP TABLE IF EXISTS lx1;

-- name: ddl_286
CREATE TABLE lx1 (a INT COMMENT 'ca', b STRING DEFAULT 'x', p INT) USING json PARTITIONED BY (p) COMMENT 'cc' TBLPROPERTIES (k='v') ;

-- name: ddl_287
DESCRIBE TABLE lx1 AS JSON;

-- name: ddl_288
DESCRIBE lx1 a AS JSON;

-- name: ddl_289
DESCRIBE QUERY SELECT 1 a, 'x' b;

-- name: ddl_290
DESC VALUES (1);

-- name: ddl_291
DESC QUERY WITH t AS (SELECT 1 a) SELECT * FROM t;

-- name: ddl_292
DESC TABLE lx1;

-- name: ddl_293
DESC FORMATTED lx1 a;

-- name: ddl_294
DESC CATALOG spark_catalog;

-- name: ddl_295
DESCRIBE PROCEDURE foo;

-- name: ddl_296
CALL foo();

-- name: ddl_297
SHOW COLUMNS IN lx1;

-- name: ddl_298
SHOW COLUMNS FROM lx1 FROM default;

-- name: ddl_299
SHOW COLUMNS IN default.lx1 IN default;

-- name: ddl_300
SHOW COLUMNS IN a.lx1 IN default;

-- name: ddl_301
SHOW FUNCTIONS LIKE 'abs';

-- name: ddl_302
SHOW SYSTEM FUNCTIONS LIKE 'ab*';

-- name: ddl_303
SHOW USER FUNCTIONS;

-- name: ddl_304
SHOW FUNCTIONS IN default LIKE 'abs';

-- name: ddl_305
SHOW ALL FUNCTIONS abs;

-- name: ddl_306
SHOW NOPE FUNCTIONS;

-- name: ddl_307
SHOW PROCEDURES;

-- name: ddl_308
SHOW VARIABLES;

-- name: ddl_309
SHOW TABLES LIKE 'lx*';

-- name: ddl_310
SHOW TABLES 'lx*';

-- name: ddl_311
SHOW TABLES FROM nope;

-- name: ddl_312
SHOW VIEWS IN default LIKE 'zz*';

-- name: ddl_313
SHOW CACHED TABLES;

-- name: ddl_314
SHOW PARTITIONS nope;

-- name: ddl_315
SHOW CREATE TABLE nope;

-- name: ddl_316
SHOW TBLPROPERTIES nope;

-- name: ddl_317
SHOW CURRENT DATABASE;

-- name: ddl_318
SHOW CURRENT SCHEMA;

-- name: ddl_319
EXPLAIN ANALYZE SELECT 1;

-- name: ddl_320
EXPLAIN LOGICAL SELECT 1;

-- name: ddl_321
REFRESH TABLE lx1;

-- name: ddl_322
REFRESH TABLE nope;

-- name: ddl_323
REFRESH '/tmp/xx';

-- name: ddl_324
REFRESH FUNCTION abs;

-- name: ddl_325
CACHE TABLE lx1;

-- name: ddl_326
CACHE LAZY TABLE lx1;

-- name: ddl_327
UNCACHE TABLE lx1;

-- name: ddl_328
UNCACHE TABLE nope;

-- name: ddl_329
UNCACHE TABLE IF EXISTS nope;

-- name: ddl_330
CACHE TABLE cc1 OPTIONS ('storageLevel' 'DISK_ONLY') AS SELECT 1 AS a;

-- name: ddl_331
SELECT * FROM cc1;

-- name: ddl_332
CACHE TABLE cc1 AS SELECT 2 AS a;

-- name: ddl_333
CACHE TABLE cc2 OPTIONS ('storageLevel' 'NOPE') AS SELECT 1 AS a;


-- name: ddl_335
CACHE TABLE cc4 AS SELECT 1/0 AS a;

-- name: ddl_336
SELECT * FROM cc4;

-- name: ddl_337
CLEAR CACHE;

-- name: ddl_338
CACHE TABLE nope;

-- name: ddl_339
LOAD DATA INPATH '/tmp/x' INTO TABLE lx1;

-- name: ddl_340
ADD FOO x;

-- name: ddl_341
SET ROLE admin;

-- name: ddl_342
UPDATE lx1 SET a = 1;

-- name: ddl_343
DELETE FROM lx1 WHERE a = 1;

-- name: ddl_344
MERGE INTO lx1 USING lx1 AS s ON lx1.a = s.a WHEN MATCHED THEN DELETE;

-- name: ddl_345
CREATE INDEX i ON lx1 (a);

-- name: ddl_346
DROP INDEX i ON lx1;

-- name: ddl_347
CREATE TEMPORARY FUNCTION lf1(x INT) RETURNS INT RETURN x + 1;

-- name: ddl_348
CREATE TEMPORARY FUNCTION lf2(x INT) RETURNS INT RETURN lf1(x) * 2;

-- name: ddl_349
SELECT lf2(3);

-- name: ddl_350
CREATE TEMPORARY FUNCTION lt1f(n INT) RETURNS TABLE(i BIGINT) RETURN SELECT id FROM range(n);

-- name: ddl_351
SELECT * FROM lt1f(3);


-- name: ddl_353
SELECT * FROM lt2f(2) a JOIN lt1f(3) b ON a.i = b.i;

-- name: ddl_354
SELECT x, i FROM VALUES (1), (2) t(x), LATERAL lt1f(x);

-- name: ddl_355
SELECT lt1f(3);

-- name: ddl_356
SELECT * FROM lf1(3);

-- name: ddl_357
CREATE FUNCTION lpf(x INT) RETURNS INT RETURN lf1(x);

-- name: ddl_358
CREATE OR REPLACE TEMPORARY FUNCTION lf1(x INT) RETURNS INT RETURN lf2(x);

-- name: ddl_359
SELECT lf1(1);

-- name: ddl_360
CREATE TEMPORARY FUNCTION lrec(x INT) RETURNS INT RETURN lrec(x - 1);

-- name: ddl_361
CREATE TEMPORARY FUNCTION lagg(x INT) RETURNS INT RETURN sum(x);

-- name: ddl_362
CREATE TEMPORARY FUNCTION lsub(x INT) RETURNS BIGINT RETURN (SELECT count(*) FROM range(10) WHERE id < x);

-- name: ddl_363
SELECT lsub(4), lsub(x) FROM VALUES (2),(3) t(x);

-- name: ddl_364
SHOW USER FUNCTIONS;

-- name: ddl_365
DROP TABLE lx1;

-- name: ddl_366
DROP TABLE IF EXISTS ld1;

-- name: ddl_367
CREATE TABLE ld1 (a DATE DEFAULT '2020-01-01') USING parquet;

-- name: ddl_368
DROP TABLE IF EXISTS ld1;

-- name: ddl_369
CREATE TABLE ld1 (a SMALLINT DEFAULT 5) USING parquet;

-- name: ddl_370
DROP TABLE IF EXISTS ld1;

-- name: ddl_371
CREATE TABLE ld1 (a SMALLINT DEFAULT 500000) USING parquet;

-- name: ddl_372
CREATE TABLE ld1 (a INT DEFAULT 5.0) USING parquet;

-- name: ddl_373
DROP TABLE IF EXISTS ld1;

-- name: ddl_374
CREATE TABLE ld1 (a INT DEFAULT NULL, b BOOLEAN DEFAULT 'true') USING parquet;

-- name: ddl_375
CREATE TABLE ld1 (a INT DEFAULT nope(1)) USING parquet;

-- name: ddl_376
CREATE TABLE ld1 (a INT DEFAULT nope) USING parquet;

-- name: ddl_377
CREATE TABLE ld1 (a BIGINT DEFAULT sum(1)) USING parquet;

-- name: ddl_378
CREATE TABLE ld1 (a DOUBLE DEFAULT rand()) USING parquet;

-- name: ddl_379
DROP TABLE IF EXISTS ld1;

-- name: ddl_380
CREATE TABLE ld1 (a INT DEFAULT 1 DEFAULT 2) USING parquet;

-- name: ddl_381
CREATE TABLE ld1 (a INT COMMENT 'a' COMMENT 'b') USING parquet;

-- name: ddl_382
CREATE TABLE ld1 (a INT, b INT) USING parquet;

-- name: ddl_383
ALTER TABLE ld1 ALTER COLUMN b SET DEFAULT 'abc';

-- name: ddl_384
ALTER TABLE ld1 ALTER COLUMN b SET DEFAULT (SELECT 1);

-- name: ddl_385
ALTER TABLE ld1 ALTER COLUMN b SET DEFAULT a;

-- name: ddl_386
ALTER TABLE ld1 ADD COLUMN c INT DEFAULT 'abc';

-- name: ddl_387
INSERT INTO ld1 VALUES (1, DEFAULT);

-- name: ddl_388
INSERT INTO ld1 VALUES (1, DEFAULT + 1);

-- name: ddl_389
INSERT INTO ld1 SELECT 1, DEFAULT;

-- name: ddl_390
INSERT INTO ld1 SELECT DEFAULT, a FROM ld1;

-- name: ddl_391
-- unordered
SELECT * FROM ld1;

-- name: ddl_392
INSERT INTO ld1 (a, a) VALUES (1, 2);

-- name: ddl_393
INSERT INTO ld1 (b) VALUES (7);

-- name: ddl_394
INSERT INTO ld1 TABLE ld1;

-- name: ddl_395
INSERT INTO ld1 FROM ld1 SELECT a, b;


-- name: ddl_397
WITH t AS (SELECT 1 a, 2 b) INSERT INTO ld1 SELECT * FROM t;


-- name: ddl_399
SELECT count(*) FROM ld1;

-- name: ddl_400
ALTER TABLE ld1 RENAME TO ld2;

-- name: ddl_401
ALTER TABLE ld2 RENAME TO default.ld1;

-- name: ddl_402
ALTER TABLE ld1 RENAME TO nope.ld3;

-- name: ddl_403
ANALYZE TABLE ld1 COMPUTE STATISTICS FOR ALL COLUMNS;

-- name: ddl_404
DESC EXTENDED ld1 a;

-- name: ddl_405
DESC EXTENDED ld1 b;

-- name: ddl_406
DROP TABLE ld1;

-- name: ddl_407
CREATE TABLE ld1 (s STRING, d DOUBLE, b BOOLEAN, t TIMESTAMP, dt DATE, dec DECIMAL(10,2), bin BINARY, arr ARRAY<INT>) USING parquet;

-- name: ddl_408
INSERT INTO ld1 VALUES ('abc', 1.5, true, TIMESTAMP'2020-01-01 00:00:00', DATE'2020-01-01', 5.5, X'00', array(1)), ('é', NULL, false, NULL, NULL, 7, NULL, NULL), (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

-- name: ddl_409
ANALYZE TABLE ld1 COMPUTE STATISTICS FOR ALL COLUMNS;

-- name: ddl_410
ANALYZE TABLE ld1 COMPUTE STATISTICS FOR COLUMNS s,d,b,t,dt,dec,bin;

-- name: ddl_411
ANALYZE TABLE ld1 COMPUTE STATISTICS FOR COLUMNS arr;

-- name: ddl_412
DESC EXTENDED ld1 s;

-- name: ddl_413
DESC EXTENDED ld1 d;

-- name: ddl_414
DESC EXTENDED ld1 b;

-- name: ddl_415
DESC EXTENDED ld1 t;

-- name: ddl_416
DESC EXTENDED ld1 dt;

-- name: ddl_417
DESC EXTENDED ld1 dec;

-- name: ddl_418
DESC EXTENDED ld1 bin;

-- name: ddl_419
INSERT INTO ld1 (s) VALUES ('x');

-- name: ddl_420
DESC EXTENDED ld1 s;

-- name: ddl_421
DROP TABLE ld1;
