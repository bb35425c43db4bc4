-- SQL scripts: each case is one script. Variables of the session: x, zz.

-- setup
DECLARE x = 100;

-- name: script_001
BEGIN SELECT 1 AS a; SELECT 2 AS b; END;

-- name: script_002
BEGIN END;

-- name: script_003
BEGIN DECLARE x INT DEFAULT 5; SET x = x + 1; SELECT x; END;

-- name: script_004
BEGIN DECLARE x = 5; SET VAR x = x + 1; VALUES (x); END; --;

-- name: script_005
BEGIN NOT ATOMIC SELECT 1; END;

-- name: script_006
BEGIN ATOMIC SELECT 1; END;

-- name: script_007
lbl: BEGIN DECLARE x INT = 1; BEGIN DECLARE x INT = 2; SELECT lbl.x, x; END; END lbl;

-- name: script_008
lbl: BEGIN SELECT 1; END lbl2;

-- name: script_009
BEGIN SELECT 1; END lbl;

-- name: script_010
lbl: BEGIN lbl: BEGIN SELECT 1; END; END;

-- name: script_011
BEGIN SELECT 1 END;

-- name: script_012
BEGIN SELECT 1; END; SELECT 2;

-- name: script_013
BEGIN IF 1=1 THEN SELECT 42; ELSEIF 2=2 THEN SELECT 3; ELSE SELECT 4; END IF; END;

-- name: script_014
BEGIN IF NULL THEN SELECT 42; ELSE SELECT 4; END IF; END;

-- name: script_015
BEGIN IF 1 THEN SELECT 42; ELSE SELECT 4; END IF; END;

-- name: script_016
BEGIN IF (SELECT count(*) > 1 FROM range(3)) THEN SELECT 42; END IF; END;

-- name: script_017
BEGIN IF (SELECT id FROM range(3)) THEN SELECT 42; END IF; END;

-- name: script_018
BEGIN IF (SELECT true FROM range(3)) THEN SELECT 42; END IF; END;

-- name: script_020
BEGIN IF 1=0 THEN SELECT 42; END IF; END;

-- name: script_021
BEGIN IF 'true' THEN SELECT 42; END IF; END;

-- name: script_022
BEGIN CASE 1 WHEN 1 THEN SELECT 'one'; WHEN 2 THEN SELECT 'two'; ELSE SELECT 'o'; END CASE; END;

-- name: script_023
BEGIN CASE WHEN 1=2 THEN SELECT 'one'; WHEN NULL THEN SELECT 'n'; ELSE SELECT 'o'; END CASE; END;

-- name: script_024
BEGIN CASE 5 WHEN 1 THEN SELECT 'one'; END CASE; END;

-- name: script_025
BEGIN CASE WHEN 1 THEN SELECT 'one'; END CASE; END;

-- name: script_026
BEGIN CASE 1 WHEN 'one' THEN SELECT 'one'; END CASE; END;

-- name: script_027
BEGIN CASE (SELECT 1) WHEN '1' THEN SELECT 'one'; END CASE; END;

-- name: script_028
BEGIN CASE NULL WHEN NULL THEN SELECT 'one'; ELSE SELECT 'e'; END CASE; END;

-- name: script_029
BEGIN DECLARE i = 0; WHILE i < 3 DO SET i = i + 1; END WHILE; SELECT i; END;

-- name: script_030
BEGIN DECLARE i = 0; w: WHILE true DO SET i = i + 1; IF i > 5 THEN LEAVE w; END IF; END WHILE w; SELECT i; END;

-- name: script_031
BEGIN DECLARE i = 0; DECLARE s = 0; w: WHILE i < 10 DO SET i = i + 1; IF i % 2 = 0 THEN ITERATE w; END IF; SET s = s + i; END WHILE; SELECT i, s; END;

-- name: script_032
BEGIN DECLARE i = 0; REPEAT SET i = i + 1; UNTIL i >= 3 END REPEAT; SELECT i; END;

-- name: script_033
BEGIN DECLARE i = 0; l: LOOP SET i = i + 1; IF i = 4 THEN LEAVE l; END IF; END LOOP; SELECT i; END;

-- name: script_034
BEGIN DECLARE s BIGINT = 0; FOR r AS SELECT id FROM range(5) DO SET s = s + r.id; END FOR; SELECT s; END;

-- name: script_035
BEGIN DECLARE s BIGINT = 0; FOR SELECT id FROM range(5) DO SET s = s + id; END FOR; SELECT s; END;

-- name: script_036
BEGIN FOR r AS SELECT id, array(id) a, struct(id as q) st, map('k', id) m, CAST(NULL AS STRING) n FROM range(2) DO SELECT r.id, id, r.a, r.st.q, r.m, n; END FOR; END;

-- name: script_037
BEGIN DECLARE s BIGINT = 0; l: FOR r AS SELECT id FROM range(5) DO IF r.id = 3 THEN LEAVE l; END IF; IF id = 1 THEN ITERATE l; END IF; SET s = s + r.id; END FOR l; SELECT s; END;

-- name: script_038
BEGIN LEAVE foo; END;

-- name: script_039
BEGIN ITERATE foo; END;

-- name: script_040
foo: BEGIN ITERATE foo; END;

-- name: script_041
foo: BEGIN SELECT 1; LEAVE foo; SELECT 2; END;

-- name: script_042
BEGIN DECLARE CONDITION c FOR SQLSTATE '12345'; SELECT 1; END;

-- name: script_043
BEGIN DECLARE c CONDITION FOR SQLSTATE VALUE '12345'; SELECT 1; END;

-- name: script_044
BEGIN DECLARE c CONDITION; SELECT 1; END;

-- name: script_045
BEGIN DECLARE c CONDITION FOR SQLSTATE '00000'; SELECT 1; END;

-- name: script_046
BEGIN DECLARE c CONDITION FOR SQLSTATE 'XX000'; SELECT 1; END;

-- name: script_047
BEGIN DECLARE c CONDITION FOR SQLSTATE '123'; SELECT 1; END;

-- name: script_048
BEGIN DECLARE c CONDITION FOR SQLSTATE '12345'; DECLARE c CONDITION FOR SQLSTATE '12346'; SELECT 1; END;

-- name: script_049
BEGIN DECLARE EXIT HANDLER FOR DIVIDE_BY_ZERO BEGIN SELECT 'caught'; END; SELECT 1/0; SELECT 'after'; END;

-- name: script_050
BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN SELECT 'caught'; END; SELECT 1/0; SELECT 'after'; END;

-- name: script_051
BEGIN DECLARE EXIT HANDLER FOR SQLSTATE '22012' SELECT 'caught'; SELECT 1/0; SELECT 'after'; END;

-- name: script_052
-- conf: spark.sql.scripting.continueHandlerEnabled=true
BEGIN DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN SELECT 'caught'; END; SELECT 1/0; SELECT 'after'; END;

-- name: script_053
BEGIN DECLARE x = 0; BEGIN DECLARE EXIT HANDLER FOR DIVIDE_BY_ZERO BEGIN SET x = 1; END; SELECT 1/0; SET x = 7; END; SELECT x; END;

-- name: script_054
-- conf: spark.sql.scripting.continueHandlerEnabled=true
BEGIN DECLARE x = 0; DECLARE CONTINUE HANDLER FOR DIVIDE_BY_ZERO BEGIN SET x = x + 1; END; SELECT 1/0; SELECT 2/0; SELECT x; END;

-- name: script_055
BEGIN DECLARE EXIT HANDLER FOR NOT FOUND SELECT 'nf'; SELECT 1; END;

-- name: script_056
BEGIN DECLARE EXIT HANDLER FOR SQLWARNING SELECT 'nf'; SELECT 1; END;

-- name: script_057
BEGIN DECLARE EXIT HANDLER FOR UNRESOLVED_COLUMN.WITHOUT_SUGGESTION SELECT 'nf'; SELECT nope; END;

-- name: script_058
BEGIN DECLARE EXIT HANDLER FOR UNRESOLVED_COLUMN SELECT 'nf'; SELECT nope; END;

-- name: script_059
BEGIN DECLARE EXIT HANDLER FOR DIVIDE_BY_ZERO, UNRESOLVED_COLUMN SELECT 'nf'; SELECT nope; END;

-- name: script_060
BEGIN DECLARE EXIT HANDLER FOR DIVIDE_BY_ZERO SELECT 1; DECLARE EXIT HANDLER FOR DIVIDE_BY_ZERO SELECT 2; SELECT 1; END;

-- name: script_061
BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION, DIVIDE_BY_ZERO SELECT 1; SELECT 1; END;

-- name: script_062
BEGIN DECLARE EXIT HANDLER FOR NO_SUCH_COND SELECT 1; SELECT 1; END;

-- name: script_063
BEGIN SELECT 1; DECLARE EXIT HANDLER FOR SQLEXCEPTION SELECT 1; END;

-- name: script_064
BEGIN SELECT 1; DECLARE x INT; END;

-- name: script_065
BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION SELECT 1; DECLARE x INT; SELECT 2; END;

-- name: script_066
BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION SELECT 1; DECLARE c CONDITION FOR SQLSTATE '12345'; SELECT 2; END;

-- name: script_067
BEGIN DECLARE c CONDITION FOR SQLSTATE '12345'; DECLARE x INT; SELECT 2; END;

-- name: script_068
BEGIN SIGNAL SQLSTATE '12345'; END;

-- name: script_069
BEGIN SIGNAL DIVIDE_BY_ZERO; END;

-- name: script_070
BEGIN DECLARE c CONDITION FOR SQLSTATE '12345'; SIGNAL c; END;

-- name: script_071
BEGIN DECLARE c CONDITION FOR SQLSTATE '12345'; SIGNAL c SET MESSAGE_TEXT = 'hello'; END;

-- name: script_072
BEGIN RESIGNAL; END;

-- name: script_073
BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN RESIGNAL; END; SELECT 1/0; END;

-- name: script_074
BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN DECLARE a STRING; GET DIAGNOSTICS CONDITION 1 a = MESSAGE_TEXT; SELECT a; END; SELECT 1/0; END;

-- name: script_075
BEGIN SELECT raise_error('x'); END;

-- name: script_076
BEGIN DECLARE EXIT HANDLER FOR USER_RAISED_EXCEPTION SELECT 'u'; SELECT raise_error('x'); END;

-- name: script_077
BEGIN DECLARE EXIT HANDLER FOR SQLSTATE 'P0001' SELECT 'u'; SELECT raise_error('x'); END;

-- name: script_078
BEGIN DECLARE q = 'SELECT 5 AS five'; EXECUTE IMMEDIATE q; END;

-- name: script_079
BEGIN DECLARE r INT; EXECUTE IMMEDIATE 'SELECT ? + 1' INTO r USING 5; SELECT r; END;

-- name: script_080
BEGIN DECLARE r INT = 3; EXECUTE IMMEDIATE 'SELECT r'; END;

-- name: script_081
BEGIN EXECUTE IMMEDIATE 'BEGIN SELECT 1; END'; END;

-- name: script_082
EXECUTE IMMEDIATE 'BEGIN SELECT 1; END';

-- name: script_083
BEGIN DECLARE a, b INT DEFAULT 3; SELECT a, b; END;

-- name: script_084
BEGIN DECLARE OR REPLACE x INT; SELECT 1; END;

-- name: script_085
BEGIN DECLARE x INT; DECLARE x INT; SELECT 1; END;

-- name: script_086
BEGIN DECLARE system.session.x INT; SELECT 1; END;

-- name: script_087
BEGIN DECLARE VARIABLE x INT; SELECT x; END;

-- name: script_088
BEGIN DROP TEMPORARY VARIABLE x; END;

-- name: script_089
lbl: BEGIN DECLARE lbl.x INT = 3; SELECT x; END;

-- name: script_090
lbl: BEGIN DECLARE foo.x INT = 3; SELECT x; END;

-- name: script_091
BEGIN DECLARE x INT; SET x = 'abc'; SELECT x; END;

-- name: script_092
BEGIN SET nope = 1; END;

-- name: script_093
BEGIN SET VAR nope = 1; END;

-- name: script_094
BEGIN SET spark.sql.foo = 1; SELECT 1; END;

-- name: script_095
BEGIN DECLARE x = 1; SET x = (SELECT max(id) FROM range(4)); SELECT x; END;

-- name: script_096
BEGIN DECLARE x = 1; DECLARE y = 2; SET (x, y) = (SELECT 5, 6); SELECT x, y; END;

-- name: script_097
BEGIN DECLARE x = 1; DECLARE y = x + 2; SET x = DEFAULT; SELECT x, y; END;

-- name: script_098
BEGIN DECLARE x = 1; SELECT x AS x, session.x; END;

-- name: script_099
BEGIN lbl: BEGIN DECLARE x INT = 1; BEGIN DECLARE x INT = 2; SELECT lbl.x AS a, x AS b; END; END lbl; END;

-- name: script_100
BEGIN lbl: BEGIN SELECT 1; END lbl2; END;

-- name: script_101
BEGIN BEGIN SELECT 1; END lbl; END;

-- name: script_102
BEGIN lbl: BEGIN lbl: BEGIN SELECT 1; END; END; END;

-- name: script_103
BEGIN lbl: BEGIN SELECT 1; END; lbl: BEGIN SELECT 2; END; END;

-- name: script_104
BEGIN foo: BEGIN ITERATE foo; END; END;

-- name: script_105
BEGIN foo: BEGIN SELECT 1; LEAVE foo; SELECT 2; END; END;

-- name: script_106
BEGIN a.b: BEGIN SELECT 1; END; END;

-- name: script_107
BEGIN system: BEGIN SELECT 1; END; END;

-- name: script_108
BEGIN session: BEGIN SELECT 1; END; END;

-- name: script_109
BEGIN lbl: BEGIN DECLARE x = 3; SET lbl.x = 5; SELECT x; END; END;

-- name: script_110
BEGIN lbl: BEGIN DECLARE lbl.x = 3; SELECT x; END; END;

-- name: script_111
BEGIN lbl: BEGIN DECLARE foo.x = 3; SELECT x; END; END;

-- name: script_112
BEGIN DECLARE x = 1; SET x = 2; SET session.x = 3; SELECT x, session.x, system.session.x; END;

-- name: script_113
BEGIN SET x = 55; END;

-- name: script_114
BEGIN DECLARE x = 1; EXECUTE IMMEDIATE 'SET VAR x = 77'; EXECUTE IMMEDIATE 'DECLARE OR REPLACE zz = 4'; SELECT x; END;

-- name: script_115
BEGIN BEGIN DECLARE x = 5; END; SELECT x; END;

-- name: script_116
BEGIN FOR x AS SELECT 1 AS x DO SELECT x, x.x; END FOR; END;

-- name: script_117
BEGIN DECLARE x = 1; FOR r AS SELECT 2 AS x DO SELECT x; END FOR; END;

-- name: script_118
BEGIN FOR r AS SELECT 1 AS id DO SET id = 5; SELECT id; END FOR; END;

-- name: script_119
BEGIN FOR r AS SELECT 1 AS id DO SET r.id = 5; END FOR; END;

-- name: script_120
BEGIN FOR r AS SELECT 1 AS id DO DECLARE y = r.id + 1; SELECT y; END FOR; END;

-- name: script_121
BEGIN WHILE true DO DECLARE y = 1; END WHILE; END;

-- name: script_122
BEGIN IF true THEN DECLARE y = 1; SELECT y; END IF; END;

-- name: script_123
BEGIN FOR r AS SELECT 1 AS a, 2 AS a DO SELECT a; END FOR; END;

-- name: script_124
BEGIN FOR r AS SHOW TABLES DO SELECT a; END FOR; END;

-- name: script_125
BEGIN l: FOR l AS SELECT 1 a DO SELECT a; END FOR; END;

-- name: script_126
BEGIN r: BEGIN FOR r AS SELECT 1 a DO SELECT a; END FOR; END; END;

-- name: script_127
BEGIN FOR r AS SELECT 1 a DO FOR r AS SELECT 2 a DO SELECT r.a; END FOR; END FOR; END;

-- name: script_128
BEGIN CREATE TEMP VIEW vvv AS SELECT 5 AS five; SELECT * FROM vvv; END;

-- name: script_129
BEGIN DECLARE x = 1; CREATE OR REPLACE TEMP VIEW vx AS SELECT x AS y; END;

-- name: script_130
BEGIN SHOW TABLES; END;

-- name: script_131
BEGIN SELECT 5 AS a; DECLARE y INT; END;

-- name: script_132
BEGIN SELECT 5 AS a; CREATE OR REPLACE TEMP VIEW vvv AS SELECT 5 AS five; END;

-- name: script_133
BEGIN SELECT 5 AS a; BEGIN END; END;

-- name: script_134
BEGIN SELECT 5 AS a; IF false THEN SELECT 2; END IF; END;

-- name: script_135
BEGIN SELECT 5 AS a; BEGIN DECLARE x = 1; SET x = 2; END; END;

-- name: script_136
BEGIN SELECT 1/0; SELECT 2; END;

-- name: script_137
BEGIN DECLARE EXIT HANDLER FOR DIVIDE_BY_ZERO BEGIN SELECT 1/0; END; SELECT 1/0; END;

-- name: script_138
BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION SELECT 'outer'; BEGIN DECLARE EXIT HANDLER FOR DIVIDE_BY_ZERO BEGIN SELECT nope; END; SELECT 1/0; END; SELECT 'not here'; END;

-- name: script_139
BEGIN DECLARE EXIT HANDLER FOR DIVIDE_BY_ZERO SELECT 'cond'; DECLARE EXIT HANDLER FOR SQLSTATE '22012' SELECT 'state'; DECLARE EXIT HANDLER FOR SQLEXCEPTION SELECT 'exc'; SELECT 1/0; END;

-- name: script_140
BEGIN DECLARE EXIT HANDLER FOR SQLSTATE '22012' SELECT 'state'; DECLARE EXIT HANDLER FOR SQLEXCEPTION SELECT 'exc'; SELECT 1/0; END;

-- name: script_141
BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION SELECT 'exc'; BEGIN DECLARE EXIT HANDLER FOR SQLSTATE '12345' SELECT 'state'; SELECT 1/0; END; END;

-- name: script_142
BEGIN DECLARE EXIT HANDLER FOR SQLSTATE '22012', SQLSTATE '22012' SELECT 'state'; SELECT 1/0; END;

-- name: script_143
BEGIN DECLARE EXIT HANDLER FOR SQLSTATE '22012' SELECT 's'; DECLARE EXIT HANDLER FOR SQLSTATE '22012' SELECT 'state'; SELECT 1/0; END;

-- name: script_144
BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION SELECT 's'; DECLARE EXIT HANDLER FOR SQLEXCEPTION SELECT 'state'; SELECT 1/0; END;

-- name: script_145
BEGIN DECLARE EXIT HANDLER FOR NOT FOUND, SQLEXCEPTION SELECT 's'; SELECT 1/0; END;

-- name: script_146
BEGIN DECLARE DIVIDE_BY_ZERO CONDITION FOR SQLSTATE '22012'; DECLARE EXIT HANDLER FOR DIVIDE_BY_ZERO SELECT 's'; SELECT 1/0; END;

-- name: script_147
BEGIN DECLARE mine CONDITION FOR SQLSTATE '22012'; DECLARE EXIT HANDLER FOR mine SELECT 's'; SELECT 1/0; END;

-- name: script_148
BEGIN DECLARE a.b CONDITION FOR SQLSTATE '22012'; DECLARE EXIT HANDLER FOR a.b SELECT 's'; SELECT 1/0; END;

-- name: script_149
BEGIN DECLARE x = 5; DECLARE EXIT HANDLER FOR DIVIDE_BY_ZERO BEGIN DECLARE x = 6; SELECT x; END; SELECT 1/0; END;

-- name: script_150
BEGIN DECLARE x = 5; DECLARE EXIT HANDLER FOR DIVIDE_BY_ZERO SET x = 9; SELECT 1/0; END;

-- name: script_151
BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN SELECT 'h'; END; IF 1/0 = 1 THEN SELECT 1; END IF; END;

-- name: script_152
BEGIN DECLARE EXIT HANDLER FOR INVALID_BOOLEAN_STATEMENT BEGIN SELECT 'h'; END; IF 1 THEN SELECT 1; END IF; END;

-- name: script_153
BEGIN l: BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION LEAVE l; SELECT 1; END; END;

-- name: script_154
BEGIN l: BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN LEAVE l; END; SELECT 1; END; END;

-- name: script_155
BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION h: BEGIN SELECT 7; LEAVE h; SELECT 8; END h; SELECT 1/0; END;

-- name: script_156
BEGIN l: BEGIN BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN LEAVE l; END; SELECT 1/0; END; SELECT 'after inner'; END; END;

-- name: script_157
BEGIN DECLARE i = 0; w: WHILE i < 3 DO SET i = i + 1; BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ITERATE w; END; SELECT 1/0; END; SELECT 'after inner', i; END WHILE; END;

-- name: script_158
-- conf: spark.sql.scripting.continueHandlerEnabled=true
BEGIN l: BEGIN BEGIN DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN LEAVE l; END; SELECT 1/0; SELECT 'same'; END; SELECT 'after inner'; END; END;

-- name: script_159
BEGIN EXPLAIN SELECT 1; END;

-- name: script_160
BEGIN DESCRIBE QUERY SELECT 1; END;

-- name: script_161
BEGIN EXECUTE IMMEDIATE 'SHOW TABLES'; END;

-- name: script_162
BEGIN VALUES (1), (2); END;

-- name: script_163
BEGIN WITH t AS (SELECT 7 AS s) SELECT * FROM t; END;

-- name: script_164
BEGIN SET spark.sql.foo; END;

-- name: script_165
BEGIN RESET; END;

-- name: script_166
BEGIN IF true THEN END IF; END;

-- name: script_167
BEGIN WHILE true DO END WHILE; END;

-- name: script_168
BEGIN LOOP SELECT 1; END LOOP lbl; END;

-- name: script_169
BEGIN ; END;

-- name: script_170
BEGIN SELECT 1;; END;

-- name: script_171
BEGIN SELECT 1; END;; --;

-- name: script_172
BEGIN;

-- name: script_173
begin select 1; end;

-- name: script_174
EXPLAIN BEGIN SELECT 1; END;

-- name: script_175
BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN SELECT 'h'; END; FOR r AS SELECT 1/(id-1) AS v FROM range(3) DO SELECT v; END FOR; END;

-- name: script_176
BEGIN FOR r AS SELECT 1/(id-1) AS v FROM range(3) DO SELECT v; END FOR; END;

-- name: script_177
BEGIN FOR r AS SELECT 1 AS v WHERE false DO SELECT v; END FOR; SELECT 'empty'; END;

-- name: script_178
BEGIN DECLARE x = 1; DECLARE y = (SELECT 5); SELECT y; END;

-- name: script_179
BEGIN DECLARE x INT DEFAULT 'abc'; SELECT x; END;

-- name: script_180
BEGIN DECLARE x INT; SET x = NULL; IF x IS NULL THEN SELECT 'null'; END IF; END;

-- name: script_181
BEGIN DECLARE x BOOLEAN; IF x THEN SELECT 'null'; END IF; END;

-- name: script_182
BEGIN DECLARE x BOOLEAN; WHILE x DO SELECT 'null'; END WHILE; END;

-- name: script_183
BEGIN IF (SELECT true WHERE false) THEN SELECT 'null'; END IF; END;

-- name: script_184
BEGIN IF EXISTS (SELECT 1) THEN SELECT 'e'; END IF; END;

-- name: script_185
BEGIN IF 1 IN (SELECT 1) THEN SELECT 'in'; END IF; END;

-- name: script_186
BEGIN CASE 'x' WHEN 'X' THEN SELECT 1; WHEN 'x' THEN SELECT 2; END CASE; END;

-- name: script_187
BEGIN CASE WHEN (SELECT max(id) FROM range(3)) = 2 THEN SELECT 'yes'; END CASE; END;

-- name: script_188
BEGIN DECLARE c CONDITION FOR SQLSTATE '12345'; BEGIN DECLARE EXIT HANDLER FOR c SELECT 1; SELECT 2; END; END;

-- name: script_189
BEGIN DECLARE c INT; DECLARE c CONDITION; SELECT 2; END;

-- name: script_190
BEGIN SELECT 1; DECLARE c CONDITION; SELECT 2; END;

-- name: script_191
BEGIN IF true THEN DECLARE c CONDITION; SELECT 2; END IF; END;

-- name: script_192
BEGIN IF true THEN DECLARE EXIT HANDLER FOR SQLEXCEPTION SELECT 1; SELECT 2; END IF; END;

-- name: script_193
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN IF true THEN DECLARE c CURSOR FOR SELECT 1; SELECT 2; END IF; END;

-- name: script_194
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN SELECT 1; DECLARE c CURSOR FOR SELECT 1; END;

-- name: script_195
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION SELECT 1; DECLARE c CURSOR FOR SELECT 1; END;

-- name: script_196
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN DECLARE c CURSOR FOR SELECT 1; DECLARE cc CONDITION; SELECT 4; END;

-- name: script_197
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN DECLARE x INT; DECLARE c CURSOR FOR SELECT 1; OPEN c; FETCH c INTO zz; END;

-- name: script_198
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN DECLARE x INT; DECLARE c CURSOR FOR SELECT 1; OPEN c; FETCH c INTO x, x; END;

-- name: script_199
BEGIN DECLARE EXIT HANDLER FOR UNRESOLVED_COLUMN.NO_SUCH_SUB SELECT 'nf'; SELECT nope; END;

-- name: script_200
BEGIN DECLARE EXIT HANDLER FOR divide_by_zero SELECT 'nf'; SELECT 1/0; END;

-- name: script_201
BEGIN DECLARE EXIT HANDLER FOR DIVIDE_BY_ZERO, DIVIDE_BY_ZERO SELECT 'nf'; SELECT 1/0; END;

-- name: script_202
BEGIN DECLARE EXIT HANDLER FOR UNRESOLVED_COLUMN, UNRESOLVED_COLUMN.WITHOUT_SUGGESTION SELECT 'nf'; SELECT nope; END;

-- name: script_203
BEGIN DECLARE EXIT HANDLER FOR UNRESOLVED_COLUMN SELECT 'main'; DECLARE EXIT HANDLER FOR UNRESOLVED_COLUMN.WITHOUT_SUGGESTION SELECT 'sub'; SELECT nope; END;

-- name: script_204
BEGIN DECLARE EXIT HANDLER FOR SQLSTATE '42703' SELECT 'state'; DECLARE EXIT HANDLER FOR UNRESOLVED_COLUMN SELECT 'main'; SELECT nope; END;

-- name: script_205
BEGIN DECLARE EXIT HANDLER FOR SQLSTATE 'xx' SELECT 'state'; SELECT nope; END;

-- name: script_206
BEGIN DECLARE EXIT HANDLER FOR SQLSTATE '2201a' SELECT 'state'; SELECT nope; END;

-- name: script_207
-- conf: spark.sql.scripting.continueHandlerEnabled=true
BEGIN DECLARE CONTINUE HANDLER FOR NOT FOUND SELECT 'nf'; SELECT 1 WHERE false; END;

-- name: script_208
BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION SELECT 1; END;

-- name: script_209
BEGIN DECLARE x INT; END;

-- name: script_210
BEGIN DECLARE lbl = 1; lbl: BEGIN SELECT lbl; END; END;

-- name: script_211
BEGIN builtin: BEGIN SELECT 1; END; END;

-- name: script_212
BEGIN sys: BEGIN SELECT 1; END; END;

-- name: script_213
BEGIN FOR system AS SELECT 1 a DO SELECT 1; END FOR; END;

-- name: script_214
BEGIN LeaVE: BEGIN LEAVE leave; END; END;

-- name: script_215
BEGIN L1: LOOP LEAVE l1; END LOOP L1; SELECT 'case'; END;

-- name: script_216
BEGIN DECLARE x INT = 1; SET x = x + 1, x = x + 1; SELECT x; END;

-- name: script_217
BEGIN DECLARE x INT = 1; DECLARE y INT = 1; SET x = x + 1, y = x + 1; SELECT x, y; END;

-- name: script_218
BEGIN DECLARE x INT = 1; EXECUTE IMMEDIATE 'SELECT :a + 1' USING x AS a; END;

-- name: script_219
BEGIN DECLARE x INT = 1; EXECUTE IMMEDIATE 'SELECT session.x' ; END;

-- name: script_220
BEGIN INSERT INTO nope VALUES (1); END;

-- name: script_221
BEGIN DECLARE x = 5; CREATE OR REPLACE TEMP VIEW vx AS SELECT x AS y; SELECT * FROM vx; END;

-- name: script_222
BEGIN DECLARE x = 5; CREATE OR REPLACE TEMPORARY FUNCTION fx() RETURNS INT RETURN x; SELECT fx(); END;

-- name: script_223
-- conf: spark.sql.scripting.continueHandlerEnabled=true
BEGIN DECLARE x = 0; DECLARE CONTINUE HANDLER FOR DIVIDE_BY_ZERO SET x = x + 1; IF 1/0 = 1 THEN SELECT 'then'; ELSE SELECT 'else'; END IF; SELECT x; END;

-- name: script_224
-- conf: spark.sql.scripting.continueHandlerEnabled=true
BEGIN DECLARE x = 0; DECLARE CONTINUE HANDLER FOR DIVIDE_BY_ZERO SET x = x + 1; WHILE 1/0 = 1 DO SELECT 'then'; END WHILE; SELECT x; END;

-- name: script_225
-- conf: spark.sql.scripting.continueHandlerEnabled=true
BEGIN DECLARE i = 0; DECLARE x = 0; DECLARE CONTINUE HANDLER FOR DIVIDE_BY_ZERO SET x = x + 1; WHILE i < 3 DO SET i = i + 1; SELECT 1/0; END WHILE; SELECT x, i; END;

-- name: script_226
-- conf: spark.sql.scripting.continueHandlerEnabled=true
BEGIN DECLARE x = 0; DECLARE CONTINUE HANDLER FOR DIVIDE_BY_ZERO SET x = x + 1; BEGIN SELECT 1/0; SET x = x + 10; END; SELECT x; END;

-- name: script_227
-- conf: spark.sql.scripting.continueHandlerEnabled=true
BEGIN DECLARE x = 0; DECLARE CONTINUE HANDLER FOR DIVIDE_BY_ZERO SET x = x + 1; FOR r AS SELECT 1/(id - 1) AS v, id FROM range(3) DO SET x = x + 100; END FOR; SELECT x; END;

-- name: script_228
-- conf: spark.sql.scripting.continueHandlerEnabled=true
BEGIN DECLARE x = 0; DECLARE CONTINUE HANDLER FOR DIVIDE_BY_ZERO SET x = x + 1; CASE 1/0 WHEN 1 THEN SELECT 'a'; ELSE SELECT 'b'; END CASE; SELECT x; END;

-- name: script_229
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN DECLARE c CURSOR FOR SELECT id FROM range(3); DECLARE x BIGINT; DECLARE s BIGINT = 0; OPEN c; FETCH c INTO x; SET s = s + x; FETCH c INTO x; SET s = s + x; CLOSE c; SELECT s; END;

-- name: script_230
-- conf: spark.sql.scripting.cursorEnabled=true
-- conf: spark.sql.scripting.continueHandlerEnabled=true
BEGIN DECLARE x BIGINT; DECLARE s BIGINT = 0; DECLARE done = false; DECLARE c CURSOR FOR SELECT id FROM range(4); DECLARE CONTINUE HANDLER FOR NOT FOUND SET done = true; OPEN c; REPEAT FETCH c INTO x; IF NOT done THEN SET s = s + x; END IF; UNTIL done END REPEAT; CLOSE c; SELECT s; END;

-- name: script_231
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN DECLARE x BIGINT; DECLARE c CURSOR FOR SELECT id FROM range(1); OPEN c; FETCH c INTO x; FETCH c INTO x; SELECT x; END;

-- name: script_232
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN DECLARE x BIGINT; DECLARE c CURSOR FOR SELECT id FROM range(1); FETCH c INTO x; SELECT x; END;

-- name: script_233
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN DECLARE x BIGINT; DECLARE c CURSOR FOR SELECT id FROM range(1); OPEN c; OPEN c; SELECT x; END;

-- name: script_234
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN DECLARE x BIGINT; DECLARE c CURSOR FOR SELECT id FROM range(1); CLOSE c; SELECT x; END;

-- name: script_235
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN DECLARE x BIGINT; OPEN nope; SELECT x; END;

-- name: script_236
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN DECLARE x BIGINT; DECLARE c CURSOR FOR SELECT id FROM range(1); DECLARE c CURSOR FOR SELECT 1; OPEN c; SELECT x; END;

-- name: script_237
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN DECLARE x BIGINT; DECLARE c CURSOR FOR SELECT id, id FROM range(1); OPEN c; FETCH c INTO x; SELECT x; END;

-- name: script_238
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN DECLARE x STRUCT<a BIGINT, b BIGINT>; DECLARE c CURSOR FOR SELECT id, id + 5 FROM range(1); OPEN c; FETCH c INTO x; SELECT x; END;

-- name: script_239
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN DECLARE x BIGINT; DECLARE c CURSOR FOR SELECT id FROM range(5) WHERE id >= ?; OPEN c USING 3; FETCH NEXT FROM c INTO x; SELECT x; END;

-- name: script_240
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN DECLARE x BIGINT; DECLARE c CURSOR FOR SELECT id FROM range(5) WHERE id >= :p; OPEN c USING 2 AS p; FETCH FROM c INTO x; SELECT x; END;

-- name: script_241
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN DECLARE x BIGINT; DECLARE c CURSOR FOR SELECT nope FROM range(5); SELECT x; END;

-- name: script_242
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN DECLARE x BIGINT; DECLARE c CURSOR FOR SELECT nope FROM range(5); OPEN c; SELECT x; END;

-- name: script_243
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN DECLARE x INT = 1; DECLARE c CURSOR FOR SELECT x; SET x = 7; OPEN c; SET x = 8; FETCH c INTO x; SELECT x; END;

-- name: script_244
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN DECLARE x BIGINT; DECLARE c INSENSITIVE CURSOR FOR SELECT id FROM range(5) FOR READ ONLY; OPEN c; SELECT x; END;

-- name: script_245
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN DECLARE x BIGINT; DECLARE c ASENSITIVE CURSOR WITHOUT HOLD FOR SELECT id FROM range(5); OPEN c; SELECT x; END;

-- name: script_246
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN DECLARE q = 'SELECT 5'; DECLARE x INT; DECLARE c CURSOR FOR q; OPEN c; FETCH c INTO x; SELECT x; END;

-- name: script_247
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN DECLARE x BIGINT; DECLARE y BIGINT; DECLARE c CURSOR FOR SELECT id, 'a' FROM range(5); OPEN c; FETCH c INTO x, y; SELECT x; END;

-- name: script_248
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN DECLARE x BIGINT; DECLARE c CURSOR FOR SELECT id FROM range(5); DECLARE EXIT HANDLER FOR SQLSTATE '24501' SELECT 'no'; FETCH c INTO x; SELECT x; END;

-- name: script_249
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN DECLARE x BIGINT; DECLARE c CURSOR FOR SELECT id FROM range(5); DECLARE EXIT HANDLER FOR SQLEXCEPTION SELECT 'no'; OPEN c; FETCH c INTO zz; SELECT x; END;

-- name: script_250
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN l: BEGIN DECLARE x BIGINT; DECLARE c CURSOR FOR SELECT id + 4 AS id FROM range(5); OPEN l.c; FETCH l.c INTO l.x; SELECT x; CLOSE l.c; END; END;

-- name: script_251
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN DECLARE x INT; DECLARE c CURSOR FOR SELECT 1 WHERE false; DECLARE EXIT HANDLER FOR SQLEXCEPTION SELECT 'exc'; OPEN c; FETCH c INTO x; SELECT x; END;

-- name: script_252
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN DECLARE x INT; DECLARE c CURSOR FOR SELECT 1 WHERE false; DECLARE EXIT HANDLER FOR SQLSTATE '02000' SELECT 'state'; OPEN c; FETCH c INTO x; SELECT x; END;

-- name: script_253
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN DECLARE x INT; DECLARE c CURSOR FOR SELECT 1 WHERE false; DECLARE EXIT HANDLER FOR CURSOR_NO_MORE_ROWS SELECT 'cond'; OPEN c; FETCH c INTO x; SELECT x; END;

-- name: script_254
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN DECLARE x INT; DECLARE c CURSOR FOR SELECT 1 AS a UNION ALL SELECT 2; OPEN c; FETCH c INTO x; CLOSE c; OPEN c; FETCH c INTO x; SELECT x; END;

-- name: script_255
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN DECLARE x INT; DECLARE c CURSOR FOR SELECT 1; BEGIN DECLARE c CURSOR FOR SELECT 2; OPEN c; FETCH c INTO x; SELECT x; END; OPEN c; FETCH c INTO x; END;

-- name: script_256
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN DECLARE c CURSOR FOR VALUES (1); SELECT 1; END;

-- name: script_257
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN DECLARE a.c CURSOR FOR VALUES (1); SELECT 1; END;

-- name: script_258
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN DECLARE x INT; DECLARE c CURSOR FOR SELECT 'a'; OPEN c; FETCH c INTO x; END;

-- name: script_259
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN DECLARE x STRUCT<a INT>; DECLARE c CURSOR FOR SELECT 1; OPEN c; FETCH c INTO x; SELECT x; END;

-- name: script_260
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN DECLARE x STRUCT<a INT>; DECLARE c CURSOR FOR SELECT named_struct('q', 5); OPEN c; FETCH c INTO x; SELECT x; END;

-- name: script_261
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN DECLARE x INT; DECLARE c CURSOR FOR SELECT ?; OPEN c USING 1, 2; FETCH c INTO x; SELECT x; END;

-- name: script_262
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN DECLARE x INT; DECLARE c CURSOR FOR SELECT ?; OPEN c; FETCH c INTO x; SELECT x; END;

-- name: script_263
-- conf: spark.sql.scripting.cursorEnabled=true
BEGIN DECLARE x INT = 4; DECLARE c CURSOR FOR SELECT :a + :b; OPEN c USING (x AS a, 2 AS b); FETCH c INTO x; SELECT x; END;

-- name: script_264
BEGIN DECLARE s STRING = ''; FOR r AS SELECT * FROM VALUES ('a'), ('b') t(v) DO SET s = s || r.v; END FOR; VALUES (s); END;

-- name: script_265
BEGIN DECLARE s INT = 0; FOR r AS SELECT 1 AS do DO SET s = r.do; END FOR; VALUES (s); END;

-- name: script_266
BEGIN DECLARE s INT = 0; FOR r AS SELECT a.do FROM (SELECT 3 AS do) a DO SET s = r.do; END FOR; VALUES (s); END;

-- name: script_267
BEGIN DECLARE s INT = 0; FOR r AS TABLE nope DO SET s = r.do; END FOR; VALUES (s); END;

-- name: script_268
BEGIN DECLARE s INT = 0; FOR r AS (SELECT 1 AS a) DO SET s = r.a; END FOR; VALUES (s); END;

-- name: script_269
BEGIN DECLARE EXIT HANDLER FOR TABLE_OR_VIEW_NOT_FOUND SELECT 'no table'; SELECT * FROM nope; END;

-- name: script_270
BEGIN DECLARE EXIT HANDLER FOR CAST_INVALID_INPUT BEGIN VALUES ('bad cast'); END; SELECT CAST('a' AS INT); END;

-- name: script_271
BEGIN IF 1 = 1 THEN SELECT 1; ELSE IF 2 = 2 THEN SELECT 2; END IF; END IF; END;

-- name: script_272
BEGIN DECLARE a INT; a: BEGIN SELECT 1; END a; END;

-- name: script_273
BEGIN WHILE 1 = 1 SELECT 1; END WHILE; END;

-- name: script_274
BEGIN IF 1 = 1 THEN SELECT 1; END; END;

-- name: cursor_off
BEGIN DECLARE c CURSOR FOR SELECT 1; OPEN c; END;

-- name: continue_off
BEGIN DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN SELECT 'caught'; END; SELECT 1/0; SELECT 'after'; END;

-- name: scripting_off
-- conf: spark.sql.scripting.enabled=false
BEGIN SELECT 1; END;
