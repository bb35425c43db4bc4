/** Functions over text and bytes. */
import { BIGINT, BINARY, BOOLEAN, INT, STRING, array } from "../../types/data-type.ts";
import type { Int, Num } from "../../types/values.ts";
import type { ArrayColumn, BooleanColumn, Column, Expr, NumericColumn, StringColumn } from "../column.ts";
import { fn, type NullOf } from "./make.ts";

type TextArg = Expr<string | null> | string;
type IntArg = Expr<Num | null> | number;
/** Text again, null where the text is. */
type Same<T> = StringColumn<string | (T & null)>;

export function upper<T extends string | null>(of: Expr<T>): Same<T> { return fn("upper", STRING, of); }
export function lower<T extends string | null>(of: Expr<T>): Same<T> { return fn("lower", STRING, of); }
export function initcap<T extends string | null>(of: Expr<T>): Same<T> { return fn("initcap", STRING, of); }
/** In code points; of bytes, in bytes. */
export function length<T extends string | null | Uint8Array>(of: Expr<T>): NumericColumn<Int | (T & null)> { return fn("length", INT, of); }
export function octet_length<T extends string | null | Uint8Array>(of: Expr<T>): NumericColumn<Int | (T & null)> { return fn("octet_length", INT, of); }
export function bit_length<T extends string | null | Uint8Array>(of: Expr<T>): NumericColumn<Int | (T & null)> { return fn("bit_length", INT, of); }
export function concat<const E extends readonly Expr<string | null>[]>(...of: E): StringColumn<string | NullOf<E>> { return fn("concat", STRING, ...of); }
/** Joined with a separator; nulls are passed over. */
export function concat_ws(separator: string, ...of: Expr<string | null | string[]>[]): StringColumn<string> { return fn("concat_ws", STRING, separator, ...of); }
export function trim<T extends string | null>(of: Expr<T>, characters?: string): Same<T> { return characters === undefined ? fn("trim", STRING, of) : fn("btrim", STRING, of, characters); }
export function btrim<T extends string | null>(of: Expr<T>, characters?: string): Same<T> { return fn("btrim", STRING, of, characters); }
export function ltrim<T extends string | null>(of: Expr<T>, characters?: string): Same<T> { return characters === undefined ? fn("ltrim", STRING, of) : fn("ltrim", STRING, characters, of); }
export function rtrim<T extends string | null>(of: Expr<T>, characters?: string): Same<T> { return characters === undefined ? fn("rtrim", STRING, of) : fn("rtrim", STRING, characters, of); }
export function lpad<T extends string | null>(of: Expr<T>, length: IntArg, pad?: string): Same<T> { return fn("lpad", STRING, of, length, pad ?? " "); }
export function rpad<T extends string | null>(of: Expr<T>, length: IntArg, pad?: string): Same<T> { return fn("rpad", STRING, of, length, pad ?? " "); }
export function repeat<T extends string | null>(of: Expr<T>, times: IntArg): Same<T> { return fn("repeat", STRING, of, times); }
export function reverse<T extends string | null>(of: Expr<T>): Same<T> { return fn("reverse", STRING, of); }
export function replace<T extends string | null>(of: Expr<T>, search: TextArg, by?: TextArg): Same<T> { return fn("replace", STRING, of, search, by); }
export function translate<T extends string | null>(of: Expr<T>, from: string, to: string): Same<T> { return fn("translate", STRING, of, from, to); }
/** `position` counts from 1, or from the end when negative. */
export function substring<T extends string | null>(of: Expr<T>, position: IntArg, length?: IntArg): Same<T> { return fn("substring", STRING, of, position, length); }
export function substring_index<T extends string | null>(of: Expr<T>, delimiter: string, count: number): Same<T> { return fn("substring_index", STRING, of, delimiter, count); }
export function left<T extends string | null>(of: Expr<T>, length: IntArg): Same<T> { return fn("left", STRING, of, length); }
export function right<T extends string | null>(of: Expr<T>, length: IntArg): Same<T> { return fn("right", STRING, of, length); }
/** Cut at matches of a regular expression. */
export function split<T extends string | null>(of: Expr<T>, regex: string, limit?: number): ArrayColumn<string[] | (T & null)> { return fn("split", array(STRING, false), of, regex, limit); }
export function split_part<T extends string | null>(of: Expr<T>, delimiter: TextArg, part: IntArg): Same<T> { return fn("split_part", STRING, of, delimiter, part); }
/** Where `part` begins, from 1; 0 if it isn't there. */
export function instr<T extends string | null>(of: Expr<T>, part: TextArg): NumericColumn<Int | (T & null)> { return fn("instr", INT, of, part); }
export function locate<T extends string | null>(part: string, of: Expr<T>, from?: number): NumericColumn<Int | (T & null)> { return fn("locate", INT, part, of, from); }
export function startswith<T extends string | null>(of: Expr<T>, prefix: TextArg): BooleanColumn<boolean | (T & null)> { return fn("startswith", BOOLEAN, of, prefix); }
export function endswith<T extends string | null>(of: Expr<T>, suffix: TextArg): BooleanColumn<boolean | (T & null)> { return fn("endswith", BOOLEAN, of, suffix); }
export function contains<T extends string | null>(of: Expr<T>, part: TextArg): BooleanColumn<boolean | (T & null)> { return fn("contains", BOOLEAN, of, part); }
export function regexp_replace<T extends string | null>(of: Expr<T>, regex: string, by: string, position?: number): Same<T> { return fn("regexp_replace", STRING, of, regex, by, position); }
export function regexp_extract<T extends string | null>(of: Expr<T>, regex: string, group?: number): Same<T> { return fn("regexp_extract", STRING, of, regex, group); }
export function regexp_extract_all<T extends string | null>(of: Expr<T>, regex: string, group?: number): ArrayColumn<string[] | (T & null)> { return fn("regexp_extract_all", array(STRING), of, regex, group); }
export function regexp_like<T extends string | null>(of: Expr<T>, regex: string): BooleanColumn<boolean | (T & null)> { return fn("regexp_like", BOOLEAN, of, regex); }
export function regexp_count<T extends string | null>(of: Expr<T>, regex: string): NumericColumn<Int | (T & null)> { return fn("regexp_count", INT, of, regex); }
export function regexp_substr(of: Expr<string | null>, regex: string): StringColumn<string | null> { return fn("regexp_substr", STRING, of, regex); }
export function ascii<T extends string | null>(of: Expr<T>): NumericColumn<Int | (T & null)> { return fn("ascii", INT, of); }
export function chr<T extends Num | null>(of: Expr<T>): Same<T> { return fn("chr", STRING, of); }
export function base64<T extends string | null | Uint8Array>(of: Expr<T>): Same<T> { return fn("base64", STRING, of); }
export function unbase64<T extends string | null>(of: Expr<T>): Column<Uint8Array | (T & null)> { return fn("unbase64", BINARY, of); }
export function hex<T extends string | null | Num | Uint8Array>(of: Expr<T>): Same<T> { return fn("hex", STRING, of); }
export function unhex(of: Expr<string | null>): Column<Uint8Array | null> { return fn("unhex", BINARY, of); }
export function encode<T extends string | null>(of: Expr<T>, charset: string): Column<Uint8Array | (T & null)> { return fn("encode", BINARY, of, charset); }
export function decode<T extends Uint8Array | null>(of: Expr<T>, charset: string): Same<T> { return fn("decode", STRING, of, charset); }
export function format_number<T extends Num | null>(of: Expr<T>, decimals: number): Same<T> { return fn("format_number", STRING, of, decimals); }
export function format_string(format: string, ...of: Expr<unknown>[]): StringColumn<string> { return fn("format_string", STRING, format, ...of); }
export function levenshtein(a: TextArg, b: TextArg): NumericColumn<Int | null> { return fn("levenshtein", INT, a, b); }
export function soundex<T extends string | null>(of: Expr<T>): Same<T> { return fn("soundex", STRING, of); }
export function md5<T extends string | null | Uint8Array>(of: Expr<T>): Same<T> { return fn("md5", STRING, of); }
export function sha1<T extends string | null | Uint8Array>(of: Expr<T>): Same<T> { return fn("sha1", STRING, of); }
/** `bits`: 224, 256, 384 or 512. */
export function sha2(of: Expr<string | null | Uint8Array>, bits: number): StringColumn<string | null> { return fn("sha2", STRING, of, bits); }
export function crc32<T extends string | null | Uint8Array>(of: Expr<T>): NumericColumn<bigint | (T & null)> { return fn("crc32", BIGINT, of); }
