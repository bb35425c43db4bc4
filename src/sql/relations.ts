/** The FROM clause: tables, streams, files, subqueries, VALUES, table functions, joins, LATERAL VIEW, PIVOT, UNPIVOT, samples, watermarks. */
import { unsupported } from "../base/errors.ts";
import { attribute, call, type Expression } from "../plan/expressions.ts";
import type { Join, JoinType, ReadDataSource, ReadNamedTable, Relation, Unpivot } from "../plan/relations.ts";
import { WATERMARK_SETTINGS, unknownWatermarkSetting, type WatermarkSettings } from "../plan/watermark-options.ts";
import { NO_TABLE_ALIAS } from "../types/keywords.ts";
import type { SqlCursor } from "./cursor.ts";
import { expression, namedExpression, rowValues, valueExpression } from "./expressions.ts";
import { argument } from "./functions.ts";
import { intervalLiteral, startsInterval, typedLiteral } from "./literals.ts";
import { identifierClauseParts } from "./primary.ts";
import { query } from "./query.ts";

/** Formats whose files SQL can name: `` json.`path` ``. */
const FILE_FORMATS: ReadonlySet<string> = new Set(["json", "csv", "text", "parquet", "avro", "arrow", "orc", "xml", "binaryfile", "protobuf", "state", "statestore", "state-metadata"]);

/** Spark's name for a subquery in FROM that has no alias: it hides the names of the tables inside. */
export const NO_ALIAS = "__auto_generated_subquery_name";

/** Behind FROM. Commas join without a condition; as in Spark, `a, b JOIN c` joins c to what stands left of it. */
export function fromClause(cursor: SqlCursor): Relation {
  const first = cursor.position;
  let left: Relation | undefined;
  do {
    const lateral = takeLateral(cursor), right = primaryRelation(cursor);
    left = extended(cursor, first, left === undefined ? right : joined(cursor, first, left, right, "inner", lateral));
  } while (cursor.takeSymbol(","));
  return lateralViews(cursor, left);
}

/** Table and joins: what parentheses in FROM hold. */
function relation(cursor: SqlCursor): Relation {
  const first = cursor.position;
  takeLateral(cursor);
  return extended(cursor, first, primaryRelation(cursor));
}

function takeLateral(cursor: SqlCursor): boolean {
  return cursor.isWord("LATERAL") && !cursor.isWord("VIEW", 1) && (cursor.isSymbol("(", 1) || cursor.isName(1)) && cursor.takeWords("LATERAL");
}

function joined(cursor: SqlCursor, first: number, left: Relation, right: Relation, joinType: JoinType, lateral: boolean, more: Partial<Join> = {}): Join {
  return Object.freeze({ kind: "join", left, right, joinType, ...more, ...(lateral ? { lateral } : {}), origin: cursor.originFrom(first) });
}

/** Joins, PIVOT and UNPIVOT behind a relation. */
function extended(cursor: SqlCursor, first: number, input: Relation): Relation {
  let left = input;
  for (;;) {
    const head = joinHead(cursor);
    if (head !== undefined) left = join(cursor, first, left, head);
    else if (startsPivot(cursor)) left = pivot(cursor, first, left);
    else if (startsUnpivot(cursor)) left = unpivot(cursor, first, left);
    else return left;
  }
}

interface JoinHead { readonly length: number; readonly joinType: JoinType; readonly natural: boolean }

/** `LEFT OUTER JOIN` and its like, if it stands here. */
export function joinHead(cursor: SqlCursor): JoinHead | undefined {
  let length = 0, joinType: JoinType = "inner";
  const natural = cursor.isWord("NATURAL");
  if (natural) length++;
  const side = cursor.isOneOf(["INNER", "CROSS", "LEFT", "RIGHT", "FULL", "SEMI", "ANTI"], length) ? cursor.peek(length++).value : undefined;
  const second = side === "LEFT" && cursor.isOneOf(["OUTER", "SEMI", "ANTI"], length) ? cursor.peek(length++).value : undefined;
  if ((side === "RIGHT" || side === "FULL") && cursor.isWord("OUTER", length)) length++;
  if (!cursor.isWord("JOIN", length)) return undefined;
  switch (second === "SEMI" || second === "ANTI" ? second : side) {
    case "CROSS": joinType = "cross"; break;
    case "LEFT": joinType = "left"; break;
    case "RIGHT": joinType = "right"; break;
    case "FULL": joinType = "full"; break;
    case "SEMI": joinType = "left_semi"; break;
    case "ANTI": joinType = "left_anti"; break;
  }
  return { length: length + 1, joinType, natural };
}

export function join(cursor: SqlCursor, first: number, left: Relation, { length, joinType, natural }: JoinHead): Relation {
  cursor.position += length;
  const lateral = takeLateral(cursor), right = primaryRelation(cursor);
  if (natural) return joined(cursor, first, left, right, joinType, lateral, { natural });
  if (cursor.takeWords("ON")) return joined(cursor, first, left, right, joinType, lateral, { condition: expression(cursor) });
  if (cursor.isWord("USING") && cursor.isSymbol("(", 1)) {
    cursor.position++;
    return joined(cursor, first, left, right, joinType, lateral, { usingColumns: cursor.nameList() });
  }
  return joined(cursor, first, left, right, joinType, lateral);
}

function primaryRelation(cursor: SqlCursor): Relation {
  return cursor.deeper(() => primaryHere(cursor), 2);
}

function primaryHere(cursor: SqlCursor): Relation {
  const first = cursor.position;
  if (cursor.isSymbol("(")) {
    const isQuery = cursor.startsQuery();
    cursor.position++;
    const inner = isQuery ? query(cursor) : relation(cursor);
    cursor.expectSymbol(")");
    const plan = watermarked(cursor, first, sampled(cursor, first, inner));
    return aliased(cursor, first, plan, isQuery);
  }
  if (cursor.isWord("VALUES") && cursor.startsQuery()) return inlineTable(cursor);
  if (startsStream(cursor)) {
    cursor.position++;
    const isEnclosed = cursor.takeSymbol("("), table = tableName(cursor, true, isEnclosed);
    return aliased(cursor, first, watermarked(cursor, first, table), false);
  }
  if (cursor.isName() && !cursor.isWord("IDENTIFIER")) {
    let ahead = 1;
    while (cursor.isSymbol(".", ahead) && cursor.isName(ahead + 1)) ahead += 2;
    if (cursor.isSymbol("(", ahead)) return tableFunction(cursor);
  }
  const table = tableName(cursor);
  return aliased(cursor, first, watermarked(cursor, first, sampled(cursor, first, table)), false);
}

function startsStream(cursor: SqlCursor): boolean {
  if (!cursor.isWord("STREAM")) return false;
  if (cursor.isSymbol("(", 1)) {
    const close = cursor.closingOf(1);
    return cursor.isName(2) && close !== undefined && cursor.tokens.slice(cursor.position + 2, close).every((token, i) => i % 2 === 0 ? token.kind === "word" || token.kind === "quoted" : token.text === ".");
  }
  if (!cursor.isName(1) || cursor.isWord("AS", 1) || startsExtension(cursor, 1)) return false;
  return cursor.isKind("quoted", 1) || (!cursor.startsClause(1) && !NO_TABLE_ALIAS.has(cursor.peek(1).value));
}

/** A table or a file by name, with its options. */
export function tableName(cursor: SqlCursor, isStreaming = false, isEnclosed = false): Relation {
  const first = cursor.position;
  const isIdentifier = cursor.isWord("IDENTIFIER") && cursor.isSymbol("(", 1);
  const named: readonly string[] | Expression = isIdentifier ? identifierClauseParts(cursor) : cursor.names();
  const nameParts = "kind" in named ? [] : named, identifier = "kind" in named ? named : undefined;
  const isQuoted = cursor.tokens[cursor.position - 1]!.kind === "quoted";
  if (isEnclosed) cursor.expectSymbol(")");
  const asOf = timeTravel(cursor);
  const options = cursor.isWord("WITH") && cursor.isSymbol("(", 1) ? takeOptions(cursor) : undefined;
  const origin = cursor.originFrom(first), [format] = nameParts;
  if (nameParts.length === 2 && isQuoted && FILE_FORMATS.has(format!.toLowerCase())) {
    return Object.freeze<ReadDataSource>({ kind: "read_data_source", format: format!.toLowerCase(), options: options ?? {}, paths: [nameParts[1]!], isStreaming, origin });
  }
  return Object.freeze({ kind: "read_named_table", nameParts, isStreaming, ...(options === undefined ? {} : { options }), ...(identifier !== undefined && { identifier }), ...(asOf !== undefined && { asOf }), origin });
}

/** `[FOR] VERSION AS OF 1`, `[FOR] TIMESTAMP AS OF '2024-01-01'`. */
function timeTravel(cursor: SqlCursor): ReadNamedTable["asOf"] {
  const skip = cursor.isWord("FOR") ? 1 : 0;
  if (!(cursor.isOneOf(["VERSION", "SYSTEM_VERSION", "TIMESTAMP", "SYSTEM_TIME"], skip) && cursor.isWord("AS", skip + 1) && cursor.isWord("OF", skip + 2))) return undefined;
  const what = cursor.peek(skip).value.endsWith("VERSION") ? "version" : "timestamp";
  cursor.position += skip + 3;
  return { what, value: valueExpression(cursor) };
}

function takeOptions(cursor: SqlCursor): Readonly<Record<string, string>> {
  cursor.position++;
  return properties(cursor);
}

/** `(key = value, 'key' 'value', ...)`. */
export function properties(cursor: SqlCursor): Readonly<Record<string, string>> {
  cursor.expectSymbol("(");
  const result: Record<string, string> = Object.create(null);
  cursor.list(() => {
    const key = cursor.isKind("string") ? cursor.next().value : cursor.names().join(".");
    cursor.takeSymbol("=");
    const sign = cursor.isSymbol("-") && cursor.isKind("number", 1) ? cursor.next().text : "";
    if (cursor.isKind("number")) result[key] = sign + cursor.next().text;
    else if (cursor.isKind("string")) result[key] = cursor.string();
    else if (cursor.isOneOf(["TRUE", "FALSE"])) result[key] = cursor.next().value.toLowerCase();
    else throw cursor.fail();
  });
  cursor.expectSymbol(")");
  return result;
}

/** `range(10) AS t(id)`, `explode(array(1, 2))`. */
function tableFunction(cursor: SqlCursor): Relation {
  const first = cursor.position, name = cursor.names().join(".");
  cursor.expectSymbol("(");
  if (cursor.isWord("TABLE") && (cursor.isSymbol("(", 1) || cursor.isName(1)) && !cursor.isSymbol(",", 1)) throw unsupported("TABLE arguments of functions");
  const args = cursor.isSymbol(")") ? [] : cursor.list(() => argument(cursor));
  cursor.expectSymbol(")");
  const table: Relation = Object.freeze({ kind: "table_function", name, args, origin: cursor.originFrom(first) });
  return aliased(cursor, first, watermarked(cursor, first, table), false);
}

/** `VALUES (1, 'a'), (2, 'b') AS t(n, s)`: a row in parentheses has a column for each item, anything else is one column. */
export function inlineTable(cursor: SqlCursor): Relation {
  const first = cursor.position++;
  const rows = cursor.list(() => {
    const value = expression(cursor);
    return value.kind === "unresolved_function" && value.name.toLowerCase() === "struct" ? value.args.map(arg => arg.kind === "alias" ? arg.child : arg) : isRow(cursor, value) ? rowValues(value) : [value];
  });
  const origin = cursor.originFrom(first), alias = tableAlias(cursor);
  if (alias === undefined) return Object.freeze({ kind: "inline_table", rows, origin });
  const input: Relation = Object.freeze(alias.columnNames === undefined ? { kind: "inline_table", rows, origin } : { kind: "inline_table", rows, names: alias.columnNames, origin });
  return Object.freeze({ kind: "subquery_alias", input, alias: alias.name, origin: cursor.originFrom(first) });
}

/** Whether a named_struct was written as a row, `(1, 2)`, and not as a call. */
function isRow(cursor: SqlCursor, value: Expression): boolean {
  return value.kind === "unresolved_function" && value.name === "named_struct" && cursor.sql[value.origin!.start!] === "(";
}

interface TableAlias { readonly name: string; readonly columnNames?: readonly string[] }

function tableAlias(cursor: SqlCursor): TableAlias | undefined {
  const isExplicit = cursor.isWord("AS") && cursor.isName(1);
  if (isExplicit) cursor.position++;
  else {
    if (!cursor.isName() || startsExtension(cursor)) return undefined;
    if (cursor.isKind("word") && (NO_TABLE_ALIAS.has(cursor.peek().value) || cursor.startsClause() || cursor.isWord("AS") || (cursor.isWord("SELECT") && cursor.startsQuery()))) return undefined;
  }
  const name = cursor.name({ tableAlias: true });
  const hasColumns = cursor.isSymbol("(") && cursor.isName(1) && (cursor.isSymbol(",", 2) || cursor.isSymbol(")", 2) || cursor.isSymbol("-", 2));
  return hasColumns ? { name, columnNames: cursor.nameList() } : { name };
}

/** A word that goes on with a relation where an alias could stand. */
function startsExtension(cursor: SqlCursor, ahead = 0): boolean {
  return (cursor.isWord("TABLESAMPLE", ahead) && cursor.isSymbol("(", ahead + 1)) || startsPivot(cursor, ahead) || startsUnpivot(cursor, ahead)
    || startsWatermark(cursor, ahead);
}

function aliased(cursor: SqlCursor, first: number, input: Relation, isQuery: boolean): Relation {
  const alias = tableAlias(cursor);
  if (alias === undefined && !isQuery) return input;
  return Object.freeze({
    kind: "subquery_alias", input, alias: alias?.name ?? NO_ALIAS, origin: cursor.originFrom(first),
    ...(alias?.columnNames === undefined ? {} : { columnNames: alias.columnNames }),
  });
}

/** Whether `WATERMARK ... DELAY OF` stands here, before anything that ends the relation. */
function startsWatermark(cursor: SqlCursor, ahead = 0): boolean {
  if (!cursor.isWord("WATERMARK", ahead)) return false;
  for (let i = ahead + 1; !cursor.isKind("end", i) && !cursor.isSymbol(")", i) && !cursor.isSymbol(",", i); i++) {
    if (cursor.isWord("DELAY", i) && cursor.isWord("OF", i + 1)) return true;
    const close = cursor.isSymbol("(", i) ? cursor.closingOf(i) : undefined;
    if (close !== undefined) i = close - cursor.position;
  }
  return false;
}

/** `WATERMARK ts DELAY OF INTERVAL 10 SECONDS [OPTIONS (perPartition = true, idleTimeout = '30 seconds')]`. */
function watermarked(cursor: SqlCursor, first: number, input: Relation): Relation {
  if (!startsWatermark(cursor)) return input;
  cursor.position++;
  const eventTime = namedExpression(cursor);
  cursor.expectWords("DELAY", "OF");
  if (!startsInterval(cursor) && !(cursor.isWord("INTERVAL") && cursor.isKind("string", 1))) throw cursor.fail();
  const delay = startsInterval(cursor) ? intervalLiteral(cursor) : typedLiteral(cursor);
  const delayThreshold = delay.kind === "literal" && typeof delay.value === "bigint" ? microsText(delay.value) : `${delay.kind === "literal" ? String(delay.value) : "0"} months`;
  const settings = cursor.isWord("OPTIONS") && cursor.isSymbol("(", 1) ? watermarkSettings(cursor) : undefined;
  return Object.freeze({ kind: "with_watermark", input, eventTime, delayThreshold, ...(settings !== undefined && { settings }), origin: cursor.originFrom(first) });
}

function watermarkSettings(cursor: SqlCursor): WatermarkSettings {
  cursor.position++;
  const given = properties(cursor), known = new Map<string, (typeof WATERMARK_SETTINGS)[number]>(WATERMARK_SETTINGS.map(name => [name.toLowerCase(), name]));
  const settings: { perPartition?: boolean; idleTimeout?: string; maxFutureSkew?: string } = {};
  for (const [key, value] of Object.entries(given)) {
    const name = known.get(key.toLowerCase());
    if (name === undefined) throw unknownWatermarkSetting(key);
    if (name === "perPartition") settings.perPartition = value.toLowerCase() === "true";
    else settings[name] = value;
  }
  return settings;
}

const UNIT_MICROS: readonly (readonly [string, bigint])[] = [
  ["days", 86_400_000_000n], ["hours", 3_600_000_000n], ["minutes", 60_000_000n], ["seconds", 1_000_000n], ["milliseconds", 1000n], ["microseconds", 1n],
];

/** A duration in the largest unit that it is a whole number of: `10 seconds`. */
function microsText(micros: bigint): string {
  const [unit, size] = micros === 0n ? ["seconds", 1n] as const : UNIT_MICROS.find(([, size]) => micros % size === 0n)!;
  return `${micros / size} ${unit}`;
}

/** `TABLESAMPLE (10 PERCENT)`, `(5 ROWS)`, `(BUCKET 1 OUT OF 4)`. */
export function sampled(cursor: SqlCursor, first: number, input: Relation): Relation {
  const at = cursor.position;
  if (!(cursor.isWord("TABLESAMPLE") && cursor.isSymbol("(", 1))) return input;
  cursor.position += 2;
  const fraction = (lowerBound: number, upperBound: number): Relation => {
    cursor.expectSymbol(")");
    const seed = takeSeed(cursor);
    return Object.freeze({ kind: "sample", input, lowerBound, upperBound, withReplacement: false, ...(seed === undefined ? {} : { seed }), origin: cursor.originFrom(first) });
  };
  if (cursor.isWord("BUCKET") && cursor.isKind("number", 1)) {
    cursor.position++;
    const numerator = Number(cursor.integer());
    cursor.expectWords("OUT", "OF");
    const denominator = Number(cursor.integer());
    if (cursor.takeWords("ON")) {
      const isCall = cursor.isSymbol("(", 1);
      expression(cursor);
      cursor.expectSymbol(")");
      throw unsupportedSample(cursor, at, `BUCKET x OUT OF y ON ${isCall ? "function" : "colname"}`);
    }
    return fraction(0, numerator / denominator);
  }
  const sign = cursor.isSymbol("-") ? 1 : 0;
  if (cursor.isKind("number", sign) && cursor.isWord("PERCENT", sign + 1)) {
    const at = cursor.position, percent = Number(cursor.peek(sign).value) * (sign === 1 ? -1 : 1);
    cursor.position += sign + 2;
    if (percent < 0 || percent > 100) throw cursor.error(at, "_LEGACY_ERROR_TEMP_0064", "42000", `Sampling fraction (${percent / 100}) must be on interval [0, 1].`, { msg: `Sampling fraction (${percent / 100}) must be on interval [0, 1]` });
    return fraction(0, percent / 100);
  }
  if (cursor.isSymbol(")")) throw cursor.error(cursor.position, "_LEGACY_ERROR_TEMP_0016", "42000", "TABLESAMPLE does not accept empty inputs.");
  const limit = expression(cursor);
  if (cursor.isSymbol(")")) {
    cursor.position++;
    throw unsupportedSample(cursor, at, "byteLengthLiteral");
  }
  cursor.expectWords("ROWS");
  cursor.expectSymbol(")");
  takeSeed(cursor);
  return Object.freeze({ kind: "limit", input, limit, origin: cursor.originFrom(first) });
}

function unsupportedSample(cursor: SqlCursor, first: number, what: string): Error {
  return cursor.error(first, "_LEGACY_ERROR_TEMP_0015", "42000", `TABLESAMPLE(${what}) is not supported.`, { msg: what });
}

function takeSeed(cursor: SqlCursor): bigint | undefined {
  if (!(cursor.isWord("REPEATABLE") && cursor.isSymbol("(", 1))) return undefined;
  cursor.position += 2;
  const seed = cursor.integer();
  cursor.expectSymbol(")");
  return seed;
}

/** `LATERAL VIEW [OUTER] explode(xs) t AS x`, any number of times. */
export function lateralViews(cursor: SqlCursor, input: Relation): Relation {
  let plan = input;
  while (cursor.areWords("LATERAL", "VIEW")) {
    const first = cursor.position;
    cursor.position += 2;
    const outer = cursor.isWord("OUTER") && cursor.isName(1) && cursor.takeWords("OUTER");
    const at = cursor.position, name = cursor.names().join(".");
    cursor.expectSymbol("(");
    const args = cursor.isSymbol(")") ? [] : cursor.list(() => expression(cursor));
    cursor.expectSymbol(")");
    const generator = call(name, args, cursor.originFrom(at)), tableAlias = cursor.name();
    const isNamed = cursor.takeWords("AS") || (cursor.isName() && !cursor.startsClause() && !cursor.areWords("LATERAL", "VIEW") && joinHead(cursor) === undefined);
    const columnNames = isNamed ? cursor.list(() => cursor.name()) : [];
    plan = Object.freeze({ kind: "lateral_view", input: plan, generator, outer, tableAlias, columnNames, origin: cursor.originFrom(first) });
  }
  return plan;
}

export function startsPivot(cursor: SqlCursor, ahead = 0): boolean {
  return cursor.isWord("PIVOT", ahead) && cursor.isSymbol("(", ahead + 1);
}

/** `PIVOT (sum(x) AS s FOR (a, b) IN ((1, 2) AS p, ...))`. */
export function pivot(cursor: SqlCursor, first: number, input: Relation): Relation {
  cursor.position += 2;
  const aggregates = cursor.list(() => namedExpression(cursor));
  cursor.expectWords("FOR");
  const column = (): Expression => { const at = cursor.position; return attribute([cursor.name()], undefined, cursor.originFrom(at)); };
  let columns: Expression[];
  if (cursor.takeSymbol("(")) {
    columns = cursor.list(column);
    cursor.expectSymbol(")");
  } else columns = [column()];
  cursor.expectWords("IN");
  cursor.expectSymbol("(");
  const values = cursor.list(() => namedExpression(cursor));
  cursor.expectSymbol(")");
  cursor.expectSymbol(")");
  return Object.freeze({ kind: "pivot", input, columns, values, aggregates, origin: cursor.originFrom(first) });
}

export function startsUnpivot(cursor: SqlCursor, ahead = 0): boolean {
  return cursor.isWord("UNPIVOT", ahead) && (cursor.isSymbol("(", ahead + 1) || (cursor.isOneOf(["INCLUDE", "EXCLUDE"], ahead + 1) && cursor.isWord("NULLS", ahead + 2)));
}

/** `UNPIVOT INCLUDE NULLS ((a, b) FOR name IN ((a1, b1) AS x, ...))`. */
export function unpivot(cursor: SqlCursor, first: number, input: Relation): Relation {
  cursor.position++;
  const includeNulls = cursor.takeOneOf("INCLUDE", "EXCLUDE") === "INCLUDE";
  cursor.takeWords("NULLS");
  cursor.expectSymbol("(");
  const isMulti = cursor.isSymbol("("), valueNames = isMulti ? cursor.nameList() : [cursor.name()];
  cursor.expectWords("FOR");
  const variableName = cursor.name();
  cursor.expectWords("IN");
  cursor.expectSymbol("(");
  const column = (): Expression => { const at = cursor.position; return attribute(cursor.names(), undefined, cursor.originFrom(at)); };
  const values = cursor.list((): Unpivot["values"][number] => {
    let columns: Expression[];
    if (isMulti) {
      cursor.expectSymbol("(");
      columns = cursor.list(column);
      cursor.expectSymbol(")");
    } else columns = [column()];
    const isAliased = cursor.takeWords("AS") || cursor.isName();
    return isAliased ? { columns, alias: cursor.name() } : { columns };
  });
  cursor.expectSymbol(")");
  cursor.expectSymbol(")");
  const plan: Relation = Object.freeze({ kind: "unpivot", input, values, variableName, valueNames, includeNulls, origin: cursor.originFrom(first) });
  const alias = tableAlias(cursor);
  return alias === undefined ? plan : Object.freeze({ kind: "subquery_alias", input: plan, alias: alias.name, origin: cursor.originFrom(first) });
}
