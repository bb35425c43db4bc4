/** Functions of text. */
import { isUtf8 } from "node:buffer";
import type { Vector } from "../../columns/vector.ts";
import { Vector as VectorClass } from "../../columns/vector.ts";
import { cellAt } from "../../columns/cells.ts";
import { kernels } from "../../kernels/kernels.ts";
import type { Binding, RowKernel, ScalarFunction, VectorKernel } from "../../plan/function.ts";
import type { Cell } from "../../types/cell.ts";
import { BINARY, BOOLEAN, DOUBLE, INT, STRING, array, type DataType } from "../../types/data-type.ts";
import { someExpression } from "../../plan/walk.ts";
import { AS, oneOf, uncast } from "../coercion.ts";
import { literalValue, scalar, type Call, type ScalarSpec } from "../define.ts";
import { combinedValidity, emptyVector, maskOf } from "../vectors.ts";
import { rowVector } from "../row-vector.ts";
import { differentDataTypes, executionError, mismatch, nonFoldable } from "../errors.ts";
import { asciiVector, constantInt, constantText, padVector, partVector, positionVector, rearrangeVector, repeatVector, replaceVector, sliceVector, translateVector, trimVector } from "./text-vectors.ts";
import { capitalize, jaroWinkler, levenshtein, padBytes, padText, positionOf, sliceText, soundex, substringBytes, substringText, textLength, trimText, type Side } from "./text.ts";
import { checkBytes } from "../value-size.ts";

type Cases = ScalarSpec["cases"];
const encoder = new TextEncoder();
export const TEXT_OR_BINARY = oneOf(AS.string, AS.binary);
const isBinary = (call: Call): boolean => call.types[0]!.kind === "binary";
const sameAsFirst = (call: Call): DataType => (isBinary(call) ? BINARY : STRING);

const lengthVector = (inBytes: 0 | 1): VectorKernel => (args, rows, length, context) => {
  const [a] = args as [Vector], out = emptyVector(INT, length, combinedValidity(args, rows, length, context), context);
  kernels().stringLength(inBytes, a.data, maskOf(a), rows.pointer, rows.count, out.data);
  return out;
};

/** Upper and lower case: ASCII by kernel; what holds other letters goes row by row. */
const caseVector = (toLower: 0 | 1, row: RowKernel): VectorKernel => (args, rows, length, context) => {
  const [a] = args as [Vector], { arena } = context, valid = combinedValidity(args, rows, length, context), out = emptyVector(STRING, length, valid, context);
  const heap = arena.allocate(kernels().longBytes(a.data, maskOf(a), rows.pointer, rows.count));
  const failed = kernels().changeCase(toLower, a.data, maskOf(a), valid, rows.pointer, rows.count, out.data, heap);
  return failed < 0 ? out : rowVector(STRING, row)(args, rows, length, context);
};

function changeCase(name: string, alias: string, toLower: 0 | 1, description: string, cases: Cases): ScalarFunction {
  const row: RowKernel = toLower === 1 ? ([s]) => (s as string).toLowerCase() : ([s]) => (s as string).toUpperCase();
  return scalar({ name, aliases: [alias], usage: `${name}(str)`, description, cases, params: [AS.string], returns: STRING, row, vector: caseVector(toLower, row) });
}

const testVector = (operation: 0 | 1 | 2): VectorKernel => (args, rows, length, context) => {
  const [a, b] = args as [Vector, Vector], data = context.arena.allocate(length);
  kernels().stringTest(operation, a.data, maskOf(a), b.data, maskOf(b), rows.pointer, rows.count, data);
  return new VectorClass(BOOLEAN, data, combinedValidity(args, rows, length, context));
};

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");
function stringTest(name: string, operation: 0 | 1 | 2, description: string, cases: Cases, test: (a: string, b: string) => boolean): ScalarFunction {
  return scalar({
    name, usage: `${name}(left, right)`, description, cases, params: [TEXT_OR_BINARY, TEXT_OR_BINARY], returns: BOOLEAN, vector: testVector(operation),
    row: ([a, b]) => (typeof a === "string" ? test(a, b as string) : test(hex(a as Uint8Array), hex(b as Uint8Array))),
  });
}

const MASK_PARTS = ["str", "upperChar", "lowerChar", "digitChar", "otherChar"];

function padOfText(call: Call, side: Side): Partial<Binding> {
  const row: RowKernel = ([s, n, p]) => padText(s as string, n as number, (p as string | undefined) ?? " ", side);
  return { argTypes: [STRING, INT, STRING].slice(0, call.types.length), row, ...withVector(padVector(side, constantInt(call.args[1]), call.args[2] === undefined ? " " : constantText(call.args[2]), row)) };
}
const withVector = (vector: VectorKernel | undefined): { readonly vector?: VectorKernel } => (vector === undefined ? {} : { vector });
/** The row kernel, and by it the vector kernel that a call may have. */
const both = (row: RowKernel, vector: (row: RowKernel, call: Call) => VectorKernel | undefined): Pick<ScalarSpec, "row" | "make"> => ({ row, make: call => withVector(vector(row, call)) });

function pad(name: string, side: Side, description: string, cases: Cases): ScalarFunction {
  return scalar({
    name, usage: `${name}(str, len[, pad])`, description, cases, params: [TEXT_OR_BINARY, AS.int, TEXT_OR_BINARY], optional: 1, canRaise: true, returns: call => (isBinary(call) && call.types[2]?.kind !== "string" ? BINARY : STRING),
    make: call => (isBinary(call) && call.types[2]?.kind !== "string" ? { row: ([s, n, p]) => padBytes(s as Uint8Array, n as number, (p as Uint8Array | undefined) ?? new Uint8Array(1), side) }
      : padOfText(call, side)),
  });
}

const notBoth = (call: Call): never => { throw differentDataTypes(call.name, call.args.slice(0, 2), call.origin); };

/** trim(characters, str): with one argument, spaces. */
function trim(name: string, left: boolean, right: boolean, description: string, cases: Cases, charactersLast = false): ScalarFunction {
  return scalar({
    name, usage: charactersLast ? `${name}(str[, characters])` : `${name}([characters, ]str)`, description, cases, params: [AS.string, AS.string], optional: 1, returns: STRING,
    ...both(args => {
      if (args.length === 1) return trimSpaces(args[0] as string, left, right);
      return charactersLast ? trimText(args[0] as string, args[1] as string, left, right) : trimText(args[1] as string, args[0] as string, left, right);
    }, (row, { args }) => {
      const at = args.length === 1 || charactersLast ? 0 : 1, characters = args.length === 1 ? " " : constantText(args[1 - at]);
      return characters === undefined ? undefined : trimVector(characters, left, right, row, at);
    }),
  });
}
function trimSpaces(text: string, left: boolean, right: boolean): string {
  let from = 0, to = text.length;
  if (left) while (from < to && text.charCodeAt(from) === 32) from++;
  if (right) while (to > from && text.charCodeAt(to - 1) === 32) to--;
  return text.slice(from, to);
}

const substringVector: VectorKernel = (args, rows, length, context) => {
  const [a, position, count] = args as [Vector, Vector, Vector | undefined];
  const from = cellAt(position, 0) as number, points = count === undefined ? 2147483647 : cellAt(count, 0) as number;
  const out = emptyVector(STRING, length, combinedValidity([a], rows, length, context), context);
  kernels().substringViews(a.data, maskOf(a), from, points, rows.pointer, rows.count, out.data);
  return out;
};

/** What stands before the count-th place of a delimiter, or behind it from the end; places may overlap, as in Spark. */
function substringIndex(text: string, delimiter: string, count: number): string {
  if (count === 0 || delimiter === "") return "";
  if (count > 0) {
    let at = -1;
    for (let i = 0; i < count; i++) if ((at = text.indexOf(delimiter, at + 1)) < 0) return text;
    return text.slice(0, at);
  }
  let at = text.length - delimiter.length + 1;
  for (let i = 0; i < -count; i++) if (at <= 0 || (at = text.lastIndexOf(delimiter, at - 1)) < 0) return text;
  return text.slice(at + delimiter.length);
}

/** left() of text. */
function leftOfText(call: Call): Partial<Binding> {
  const row: RowKernel = ([s, n]) => sliceText(s as string, 0, n as number), n = constantInt(call.args[1]);
  return { row, ...(n !== undefined && { vector: sliceVector(row, 1, Math.max(0, n)) }) };
}

function overlayText(text: string, replacement: string, position: number, length: number): string {
  const cut = length < 0 ? textLength(replacement) : length;
  return sliceText(text, 0, position - 1) + replacement + sliceText(text, Math.max(0, position - 1 + cut), 2 ** 31);
}
function overlayBytes(bytes: Uint8Array, replacement: Uint8Array, position: number, length: number): Uint8Array {
  const cut = length < 0 ? replacement.length : length;
  return Buffer.concat([bytes.subarray(0, Math.max(0, position - 1)), replacement, bytes.subarray(Math.min(bytes.length, Math.max(0, position - 1 + cut)))]);
}

function translate(text: string, from: string, to: string): string {
  const target = Array.from(to), map = new Map<string, string>();
  Array.from(from).forEach((c, i) => { if (!map.has(c)) map.set(c, target[i] ?? ""); });
  return Array.from(text, c => map.get(c) ?? c).join("");
}

function mask(text: string, upper: string | null, lower: string | null, digit: string | null, other: string | null): string {
  return Array.from(text, c => {
    const replacement = /\p{Lu}/u.test(c) ? upper : /\p{Ll}/u.test(c) ? lower : /\p{Nd}/u.test(c) ? digit : other;
    return replacement ?? c;
  }).join("");
}

function luhn(text: string): boolean {
  if (!/^\d+$/.test(text)) return false;
  let sum = 0;
  for (let i = 0; i < text.length; i++) {
    let digit = text.charCodeAt(text.length - 1 - i) - 48;
    if (i % 2 === 1) { digit *= 2; if (digit > 9) digit -= 9; }
    sum += digit;
  }
  return sum % 10 === 0;
}

const indexOfZero = (): Error => executionError("INVALID_INDEX_OF_ZERO", "22003", "The index 0 is invalid. An index shall be either < 0 or > 0 (the first element has index 1).");

export const stringFunctions: readonly ScalarFunction[] = [
  scalar({
    name: "length", aliases: ["char_length", "character_length", "len"], usage: "length(expr)", description: "Code points of text, bytes of binary.", cases: [["length('Spark SQL ')", "10"], ["length('日本')", "2"], ["length(X'00FF10')", "3"]],
    params: [TEXT_OR_BINARY], returns: INT, make: call => (isBinary(call) ? { row: ([b]) => (b as Uint8Array).length, vector: lengthVector(1) } : { row: ([s]) => textLength(s as string), vector: lengthVector(0) }),
  }),
  scalar({
    name: "octet_length", usage: "octet_length(expr)", description: "Bytes of the value.", cases: [["octet_length('é')", "2"]], params: [TEXT_OR_BINARY], returns: INT,
    row: ([s]) => (typeof s === "string" ? Buffer.byteLength(s) : (s as Uint8Array).length), vector: lengthVector(1),
    make: call => (isBinary(call) ? {} : { ofBytes: { type: INT, row: ([b]) => (b as Uint8Array).length } }),
  }),
  scalar({ name: "bit_length", usage: "bit_length(expr)", description: "Bits of the value.", cases: [["bit_length('a')", "8"]], params: [TEXT_OR_BINARY], returns: INT, row: ([s]) => 8 * (typeof s === "string" ? Buffer.byteLength(s) : (s as Uint8Array).length), make: call => (isBinary(call) ? {} : { ofBytes: { type: INT, row: ([b]) => 8 * (b as Uint8Array).length } }) }),
  changeCase("upper", "ucase", 0, "Capital letters.", [["upper('SparkSql')", "SPARKSQL"], ["upper('é')", "É"]]),
  changeCase("lower", "lcase", 1, "Small letters.", [["lower('SparkSql')", "sparksql"]]),
  scalar({ name: "initcap", usage: "initcap(str)", description: "The first letter of each word large, the others small.", cases: [["initcap('sPark sql')", "Spark Sql"]], params: [AS.string], returns: STRING, ...both(([s]) => capitalize(s as string), row => rearrangeVector("initcap", row)) }),
  trim("trim", true, true, "Drops spaces, or the given characters, at both ends.", [["trim('  a ')", "a"], ["trim('xy', 'yxabxy')", "ab"]]),
  trim("ltrim", true, false, "Drops spaces, or the given characters, in front.", [["ltrim('  a ')", "a "]]),
  trim("rtrim", false, true, "Drops spaces, or the given characters, behind.", [["rtrim(' a ')", " a"]]),
  trim("btrim", true, true, "As trim, the characters as second argument.", [["btrim('xxaxx', 'x')", "a"]], true),
  pad("lpad", "left", "Fills on the left up to a length; cuts what is longer.", [["lpad('hi', 5, 'ab')", "abahi"], ["lpad('hi', 1, '?')", "h"]]),
  pad("rpad", "right", "Fills on the right up to a length; cuts what is longer.", [["rpad('hi', 5, 'ab')", "hiaba"]]),
  scalar({
    name: "substring", aliases: ["substr"], usage: "substring(str, pos[, len])", description: "Part of text or binary from a position, counted from 1, or from the end when negative.",
    cases: [["substring('Spark SQL', 5)", "k SQL"], ["substring('Spark SQL', -3)", "SQL"], ["substring('Spark SQL', 5, 1)", "k"], ["substring('abcdef', -10, 6)", "ab"]],
    params: [TEXT_OR_BINARY, AS.int, AS.int], optional: 1, returns: sameAsFirst,
    make: call => {
      if (isBinary(call)) return { row: ([b, p, n]) => substringBytes(b as Uint8Array, p as number, (n as number | undefined) ?? 2147483647) };
      const row: RowKernel = ([s, p, n]) => substringText(s as string, p as number, (n as number | undefined) ?? 2147483647);
      const isFixed = call.args.slice(1).every((arg, i) => literalValue(arg)?.value != null && arg.type === call.types[i + 1]);
      return isFixed ? { row, vector: substringVector } : { row };
    },
  }),
  scalar({
    name: "left", usage: "left(str, len)", description: "The first characters.", cases: [["left('Spark SQL', 3)", "Spa"]], params: [TEXT_OR_BINARY, AS.int], returns: sameAsFirst,
    make: call => (isBinary(call) ? { row: ([b, n]) => substringBytes(b as Uint8Array, 1, n as number) } : leftOfText(call)),
  }),
  scalar({
    name: "right", usage: "right(str, len)", description: "The last characters.", cases: [["right('Spark SQL', 3)", "SQL"]], params: [AS.string, AS.int], returns: STRING,
    ...both(([s, n]) => ((n as number) <= 0 ? "" : sliceText(s as string, textLength(s as string) - (n as number), 2 ** 31)), (row, { args }) => {
      const n = constantInt(args[1]);
      return n === undefined || n === -(2 ** 31) ? undefined : n <= 0 ? sliceVector(row, 1, 0) : sliceVector(row, -n, n);
    }),
  }),
  scalar({ name: "substring_index", usage: "substring_index(str, delim, count)", description: "What stands before the count-th delimiter; behind it, from the right, when count is negative.", cases: [["substring_index('www.apache.org', '.', 2)", "www.apache"], ["substring_index('www.apache.org', '.', -1)", "org"], ["substring_index('xxxx', 'xx', 2)", "x"]], params: [AS.string, AS.string, AS.int], returns: STRING, ...both(([s, d, n]) => substringIndex(s as string, d as string, n as number), (row, { args }) => partVector("index", constantText(args[1]), constantInt(args[2]), row)) }),
  scalar({ name: "repeat", usage: "repeat(str, n)", description: "The text n times.", cases: [["repeat('123', 2)", "123123"]], params: [AS.string, AS.int], returns: STRING, canRaise: true, ...both(([s, n]) => { checkBytes("repeat", (s as string).length * (n as number)); return (s as string).repeat(Math.max(0, n as number)); }, (row, { args }) => repeatVector(constantInt(args[1]), row)) }),
  scalar({ name: "space", usage: "space(n)", description: "n spaces.", cases: [["length(space(3))", "3"]], params: [AS.int], returns: STRING, canRaise: true, row: ([n]) => { checkBytes("space", n as number); return " ".repeat(Math.max(0, n as number)); } }),
  scalar({ name: "instr", usage: "instr(str, substr)", description: "Where a text first stands in another, from 1; 0 if nowhere.", cases: [["instr('SparkSQL', 'SQL')", "6"]], params: [AS.string, AS.string], returns: INT, ...both(([s, w]) => positionOf(s as string, w as string), row => positionVector(row, 0, 1)) }),
  scalar({
    name: "locate", aliases: ["position"], usage: "locate(substr, str[, pos])", description: "Where a text first stands in another, at or after pos; 0 if nowhere, or if pos is null.", cases: [["locate('bar', 'foobarbar')", "4"], ["locate('bar', 'foobarbar', 5)", "7"], ["locate('a', 'a', NULL)", "0"], ["locate('', 'abc', 2)", "1"]],
    params: [AS.string, AS.string, AS.int], optional: 1, returns: INT, nullAware: true,
    make: call => {
      const row: RowKernel = ([w, s, p]) => (p === null ? 0 : w === null || s === null ? null : p !== undefined && (p as number) < 1 ? 0 : w === "" ? 1 : positionOf(s as string, w as string, (p as number | undefined) ?? 1));
      return { nullable: call.args[0]!.nullable || call.args[1]!.nullable, row, ...(call.args.length === 2 && { vector: positionVector(row, 1, 0), nullAware: false }) };
    },
  }),
  scalar({
    name: "replace", usage: "replace(str, search[, replace])", description: "All occurrences replaced.", cases: [["replace('ABCabc', 'abc', 'DEF')", "ABCDEF"], ["replace('banana', 'an')", "ba"]],
    params: [AS.string, AS.string, AS.string], optional: 1, returns: STRING, ...both(([s, a, b]) => (a === "" ? s! : (s as string).replaceAll(a as string, () => (b as string | undefined) ?? "")), (row, { args }) => (args.length === 3 ? replaceVector(row) : undefined)),
  }),
  scalar({ name: "translate", usage: "translate(input, from, to)", description: "Characters of one set replaced by those at the same place of another; dropped where there is none.", cases: [["translate('AaBbCc', 'abc', '123')", "A1B2C3"]], params: [AS.string, AS.string, AS.string], returns: STRING, ...both(([s, a, b]) => translate(s as string, a as string, b as string), (row, { args }) => translateVector(constantText(args[1]), constantText(args[2]), row)) }),
  scalar({
    name: "overlay", usage: "overlay(input, replace, pos[, len])", description: "Replaces what stands at a position.", cases: [["overlay('Spark SQL' PLACING '_' FROM 6)", "Spark_SQL"], ["overlay('Spark SQL' PLACING 'ANSI ' FROM 7 FOR 0)", "Spark ANSI SQL"]],
    params: [TEXT_OR_BINARY, TEXT_OR_BINARY, AS.int, AS.int], optional: 1, returns: sameAsFirst,
    make: call => ((call.types[0]!.kind === "binary") !== (call.types[1]!.kind === "binary") ? notBoth(call) : isBinary(call) ? { row: ([s, r, p, n]) => overlayBytes(s as Uint8Array, r as Uint8Array, p as number, (n as number | undefined) ?? -1) } : { row: ([s, r, p, n]) => overlayText(s as string, r as string, p as number, (n as number | undefined) ?? -1) }),
  }),
  scalar({ name: "ascii", usage: "ascii(str)", description: "The code point of the first character; 0 of empty text.", cases: [["ascii('222')", "50"], ["ascii('')", "0"]], params: [AS.string], returns: INT, ...both(([s]) => (s as string).codePointAt(0) ?? 0, asciiVector) }),
  scalar({
    name: "chr", aliases: ["char"], usage: "chr(n)", description: "The character of a code, modulo 256; nothing for a negative one.", cases: [["chr(65)", "A"], ["chr(321)", "A"]], params: [AS.bigint], returns: STRING,
    row: ([n]) => ((n as bigint) < 0n ? "" : String.fromCharCode(Number((n as bigint) & 255n))),
  }),
  stringTest("startswith", 0, "Whether the left begins with the right.", [["startswith('Spark SQL', 'Spark')", "true"]], (a, b) => a.startsWith(b)),
  stringTest("endswith", 1, "Whether the left ends with the right.", [["endswith('Spark SQL', 'SQL')", "true"]], (a, b) => a.endsWith(b)),
  stringTest("contains", 2, "Whether the right stands in the left.", [["contains('Spark SQL', 'k S')", "true"]], (a, b) => a.includes(b)),
  scalar({ name: "find_in_set", usage: "find_in_set(str, str_array)", description: "The place of a text in a list with commas, from 1; 0 if it isn't in it or holds a comma.", cases: [["find_in_set('ab', 'abc,b,ab,c,def')", "3"]], params: [AS.string, AS.string], returns: INT, row: ([s, list]) => ((s as string).includes(",") ? 0 : (list as string).split(",").indexOf(s as string) + 1) }),
  scalar({
    name: "levenshtein", usage: "levenshtein(str1, str2[, threshold])", description: "How many letters must change, come or go; -1 if more than the threshold.", cases: [["levenshtein('kitten', 'sitting')", "3"], ["levenshtein('kitten', 'sitting', 2)", "-1"]],
    params: [AS.string, AS.string, AS.int], optional: 1, returns: INT, row: ([a, b, limit]) => { const d = levenshtein(a as string, b as string); return limit !== undefined && d > (limit as number) ? -1 : d; },
  }),
  scalar({ name: "jaro_winkler_similarity", usage: "jaro_winkler_similarity(str1, str2)", description: "Likeness of two texts, 0 to 1.", cases: [["jaro_winkler_similarity('abc', 'abc')", "1.0"]], params: [AS.string, AS.string], returns: DOUBLE, row: ([a, b]) => jaroWinkler(a as string, b as string) }),
  scalar({ name: "soundex", usage: "soundex(str)", description: "The Soundex code.", cases: [["soundex('Miller')", "M460"]], params: [uncast(AS.string)], returns: STRING, row: ([s]) => soundex(s as string) }),
  scalar({ name: "reverse", usage: "reverse(expr)", description: "Text or an array the other way round.", cases: [["reverse('Spark SQL')", "LQS krapS"], ["reverse(array(2, 1))", "[1, 2]"]], params: [oneOf(AS.string, AS.binary, { kind: "family", name: "ARRAY", accepts: t => t.kind === "array", default: array(STRING) })], returns: call => call.types[0]!, ...both(([s]): Cell => (s instanceof Uint8Array ? s.slice().reverse() : typeof s === "string" ? Array.from(s).reverse().join("") : [...(s as readonly Cell[])].reverse()), (row, { types }) => (types[0]!.kind === "string" ? rearrangeVector("reverse", row) : undefined)) }),
  scalar({
    name: "split_part", usage: "split_part(str, delimiter, partNum)", description: "One part of text cut at a delimiter, from 1, or from the end when negative; empty if there is none.", cases: [["split_part('11.12.13', '.', 3)", "13"], ["split_part('a.b', '.', 0)", "INVALID_INDEX_OF_ZERO"]],
    params: [AS.string, AS.string, AS.int], returns: STRING, canRaise: true,
    ...both(([s, d, n]) => {
      if (n === 0) throw indexOfZero();
      const parts = d === "" ? [s as string] : (s as string).split(d as string);
      return ((n as number) > 0 ? parts[(n as number) - 1] : parts[parts.length + (n as number)]) ?? "";
    }, (row, { args }) => partVector("part", constantText(args[1]), constantInt(args[2]), row)),
  }),
  scalar({
    name: "mask", usage: "mask(input[, upperChar, lowerChar, digitChar, otherChar])", description: "Hides letters and digits.", cases: [["mask('AbCD123-@$#')", "XxXXnnn-@$#"], ["mask('AbCD123', 'Q', 'q')", "QqQQnnn"]],
    params: MASK_PARTS.map(() => uncast(AS.string)), optional: 4, returns: STRING, nullAware: true,
    make: call => {
      MASK_PARTS.forEach((part, i) => {
        const arg = call.args[i];
        if (i === 0 || arg === undefined) return;
        if (someExpression(arg, e => e.kind === "attribute")) throw nonFoldable("mask", call.args, i, part, call.origin);
        const value = literalValue(arg)?.value;
        if (typeof value === "string" && Array.from(value).length !== 1) throw mismatch("INPUT_SIZE_NOT_ONE", "mask", call.args, `Length of ${part} should be 1.`, { exprName: part }, call.origin);
      });
      return {
        nullable: call.args[0]!.nullable,
        row: args => (args[0] === null ? null : mask(args[0] as string, pickMask(args, 1, "X"), pickMask(args, 2, "x"), pickMask(args, 3, "n"), pickMask(args, 4, null))),
      };
    },
  }),
  scalar({ name: "luhn_check", usage: "luhn_check(str)", description: "Whether digits pass the check of Luhn.", cases: [["luhn_check('8112189876')", "true"]], params: [AS.string], returns: BOOLEAN, row: ([s]) => luhn(s as string) }),
  scalar({ name: "quote", usage: "quote(str)", description: "The text in quotes, with quotes in it escaped.", cases: [["quote('a')", "'a'"]], params: [AS.string], returns: STRING, nullable: true, row: ([s]) => `'${(s as string).replaceAll("'", "\\'")}'` }),
  scalar({
    name: "is_valid_utf8", usage: "is_valid_utf8(str)", description: "Whether text is well-formed. It always is, but where bytes are cast to it in the call itself.", cases: [["is_valid_utf8('a')", "true"], ["is_valid_utf8(CAST(X'FF' AS STRING))", "false"]], params: [AS.string], returns: BOOLEAN, row: () => true,
    make: () => ({ ofBytes: { type: BOOLEAN, row: ([b]) => isUtf8(b as Uint8Array) } }),
  }),
  scalar({ name: "make_valid_utf8", usage: "make_valid_utf8(str)", description: "The text, well-formed.", cases: [["make_valid_utf8('a')", "a"]], params: [AS.string], returns: STRING, row: ([s]) => s! }),
  validated("validate_utf8", "The text, if it is well-formed. It always is, but where bytes are cast to it in the call itself.", [["validate_utf8('a')", "a"], ["validate_utf8(CAST(X'FF' AS STRING))", "INVALID_UTF8_STRING"]], bytes => {
    const str = Array.from(bytes, byte => `\\x${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
    throw executionError("INVALID_UTF8_STRING", "22029", `Invalid UTF8 byte sequence found in string: ${str}.`, { str });
  }),
  validated("try_validate_utf8", "As validate_utf8; null where it fails.", [["try_validate_utf8(CAST(X'FF' AS STRING))", "NULL"]], () => null),
];

/** Text, or what is done with bytes that are none. */
function validated(name: string, description: string, cases: Cases, wrong: (bytes: Uint8Array) => Cell): ScalarFunction {
  const isTry = name.startsWith("try");
  return scalar({
    name, usage: `${name}(str)`, description, cases, params: [AS.string], returns: STRING, nullable: true, row: ([s]) => s!,
    make: () => ({ ofBytes: { type: STRING, nullable: true, canRaise: !isTry, row: ([b]) => (isUtf8(b as Uint8Array) ? Buffer.from(b as Uint8Array).toString() : wrong(b as Uint8Array)) } }),
  });
}

const pickMask = (args: readonly Cell[], index: number, fallback: string | null): string | null => (index < args.length ? args[index] as string | null : fallback);
export const utf8Bytes = (text: string): Uint8Array => encoder.encode(text);
