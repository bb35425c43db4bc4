/** Text, JSON, VARIANT and what the session says of itself: the rarer functions. What each gives is in docs/functions. */
import { BIGINT, BINARY, BOOLEAN, DOUBLE, INT, STRING, VARIANT, array, map } from "../../types/data-type.ts";
import type { Decimal, Int, Num, Variant } from "../../types/values.ts";
import type { ArrayColumn, BooleanColumn, Column, Expr, MapColumn, NumericColumn, StringColumn, UntypedColumn } from "../column.ts";
import { fn, given } from "./make.ts";

type Text = Expr<string | null> | string;
type Number_ = Expr<Num | null> | number | bigint | Decimal;
type Whole = Expr<Num | null> | number;
type Any = Expr<unknown> | string | number | bigint | boolean | null;
type Bytes = Expr<string | Uint8Array | null> | string | Uint8Array;
type VariantArg = Expr<Variant | null>;
type Options = Readonly<Record<string, string>>;

export function aes_decrypt(of: Bytes, b: Bytes, c?: string, d?: string, e?: Bytes): Column<Uint8Array | null> { return fn("aes_decrypt", BINARY, of, b, c, d, e); }
export function aes_encrypt(of: Bytes, b: Bytes, c?: string, d?: string, e?: Bytes, f?: Bytes): Column<Uint8Array | null> { return fn("aes_encrypt", BINARY, of, b, c, d, e, f); }
export function try_aes_decrypt(of: Bytes, b: Bytes, c?: string, d?: string, e?: Bytes): Column<Uint8Array | null> { return fn("try_aes_decrypt", BINARY, of, b, c, d, e); }
export function char(of: Number_): StringColumn<string | null> { return fn("char", STRING, of); }
export function char_length(of: Bytes): NumericColumn<Int | null> { return fn("char_length", INT, of); }
export function character_length(of: Bytes): NumericColumn<Int | null> { return fn("character_length", INT, of); }
export function elt(of: Number_, ...b: Any[]): UntypedColumn { return fn("elt", undefined, of, ...b); }
export function find_in_set(of: Text, b: Text): NumericColumn<Int | null> { return fn("find_in_set", INT, of, b); }
export function from_base32(of: Text): Column<Uint8Array | null> { return fn("from_base32", BINARY, of); }
export function to_base32(of: Bytes): StringColumn<string | null> { return fn("to_base32", STRING, of); }
export function hmac(of: Bytes, b: Bytes, c?: string): StringColumn<string | null> { return fn("hmac", STRING, of, b, c); }
export function ilike(of: Text, b: Text): BooleanColumn<boolean | null> { return fn("ilike", BOOLEAN, of, b); }
export function like(of: Text, b: Text): BooleanColumn<boolean | null> { return fn("like", BOOLEAN, of, b); }
export function rlike(of: Text, b: Text): BooleanColumn<boolean | null> { return fn("rlike", BOOLEAN, of, b); }
export function regexp(of: Text, b: Text): BooleanColumn<boolean | null> { return fn("regexp", BOOLEAN, of, b); }
export function is_valid_utf8(of: Text): BooleanColumn<boolean | null> { return fn("is_valid_utf8", BOOLEAN, of); }
export function make_valid_utf8(of: Text): StringColumn<string | null> { return fn("make_valid_utf8", STRING, of); }
export function validate_utf8(of: Text): StringColumn<string | null> { return fn("validate_utf8", STRING, of); }
export function try_validate_utf8(of: Text): StringColumn<string | null> { return fn("try_validate_utf8", STRING, of); }
export function jaro_winkler_similarity(of: Text, b: Text): NumericColumn<number | null> { return fn("jaro_winkler_similarity", DOUBLE, of, b); }
export function lcase(of: Text): StringColumn<string | null> { return fn("lcase", STRING, of); }
export function ucase(of: Text): StringColumn<string | null> { return fn("ucase", STRING, of); }
export function mask(of: Text, b?: Text, c?: Text, d?: Text, e?: Text): StringColumn<string | null> { return fn("mask", STRING, of, b, c, d, e); }
export function overlay(of: Bytes, b: Bytes, c: Whole, d?: Whole): UntypedColumn { return fn("overlay", undefined, of, b, c, d); }
export function parse_url(of: Text, b: Text, c?: Text): StringColumn<string | null> { return fn("parse_url", STRING, of, b, c); }
export function try_parse_url(of: Text, b: Text, c?: Text): StringColumn<string | null> { return fn("try_parse_url", STRING, of, b, c); }
export function position(of: Text, b: Text, c?: Whole): NumericColumn<Int | null> { return fn("position", INT, of, b, c); }
export function printf(of: string, ...b: Any[]): StringColumn<string | null> { return fn("printf", STRING, of, ...b); }
export function quote(of: Text): StringColumn<string | null> { return fn("quote", STRING, of); }
export function randstr(of: Whole, b?: Whole): StringColumn<string | null> { return fn("randstr", STRING, of, b); }
export function regexp_instr(of: Text, b: Text, c?: Whole): NumericColumn<Int | null> { return fn("regexp_instr", INT, of, b, c); }
export function sentences(of: Text, b?: string, c?: string): UntypedColumn { return fn("sentences", undefined, of, b, c); }
export function sha(of: Bytes): StringColumn<string | null> { return fn("sha", STRING, of); }
export function str_to_map(of: Text, b?: Text, c?: Text): MapColumn<Map<string, string | null> | null> { return fn("str_to_map", map(STRING, STRING), of, b, c); }
export function substr(of: Bytes, b: Whole, c?: Whole): StringColumn<string | null> { return fn("substr", STRING, of, b, c); }
export function to_binary(of: Text, b?: string): Column<Uint8Array | null> { return fn("to_binary", BINARY, of, b); }
export function try_to_binary(of: Text, b?: string): Column<Uint8Array | null> { return fn("try_to_binary", BINARY, of, b); }
export function url_decode(of: Text): StringColumn<string | null> { return fn("url_decode", STRING, of); }
export function url_encode(of: Text): StringColumn<string | null> { return fn("url_encode", STRING, of); }
export function try_url_decode(of: Text): StringColumn<string | null> { return fn("try_url_decode", STRING, of); }
export function from_csv(of: Text, b: string, c?: Options): UntypedColumn { return fn("from_csv", undefined, of, b, given(c)); }
export function to_csv(of: Any, b?: Options): StringColumn<string | null> { return fn("to_csv", STRING, of, given(b)); }
export function schema_of_csv(of: Text, b?: Options): StringColumn<string | null> { return fn("schema_of_csv", STRING, of, given(b)); }
export function schema_of_json(of: Text, b?: Options): StringColumn<string | null> { return fn("schema_of_json", STRING, of, given(b)); }
export function json_object_keys(of: Text): ArrayColumn<string[] | null> { return fn("json_object_keys", array(STRING), of); }
export function parse_json(of: Text): Column<Variant | null> { return fn("parse_json", VARIANT, of); }
export function try_parse_json(of: Text): Column<Variant | null> { return fn("try_parse_json", VARIANT, of); }
export function is_valid_variant(of: Any): BooleanColumn<boolean | null> { return fn("is_valid_variant", BOOLEAN, of); }
export function is_variant_null(of: VariantArg): BooleanColumn<boolean | null> { return fn("is_variant_null", BOOLEAN, of); }
export function schema_of_variant(of: VariantArg): StringColumn<string | null> { return fn("schema_of_variant", STRING, of); }
export function to_variant_object(of: Any): Column<Variant | null> { return fn("to_variant_object", VARIANT, of); }
export function variant_get(of: VariantArg, b: string, c?: string): UntypedColumn { return fn("variant_get", undefined, of, b, c); }
export function try_variant_get(of: VariantArg, b: string, c?: string): UntypedColumn { return fn("try_variant_get", undefined, of, b, c); }
export function variant_insert(of: VariantArg, b: string, c: Any): Column<Variant | null> { return fn("variant_insert", VARIANT, of, b, c); }
export function variant_set(of: VariantArg, b: string, c: Any): Column<Variant | null> { return fn("variant_set", VARIANT, of, b, c); }
export function variant_delete(of: VariantArg, b: string): Column<Variant | null> { return fn("variant_delete", VARIANT, of, b); }
export function variant_array_append(of: VariantArg, b: string, c: Any): Column<Variant | null> { return fn("variant_array_append", VARIANT, of, b, c); }
export function variant_strip_nulls(of: VariantArg): Column<Variant | null> { return fn("variant_strip_nulls", VARIANT, of); }
export function try_variant_insert(of: VariantArg, b: string, c: Any): Column<Variant | null> { return fn("try_variant_insert", VARIANT, of, b, c); }
export function try_variant_set(of: VariantArg, b: string, c: Any): Column<Variant | null> { return fn("try_variant_set", VARIANT, of, b, c); }
export function try_variant_array_append(of: VariantArg, b: string, c: Any): Column<Variant | null> { return fn("try_variant_array_append", VARIANT, of, b, c); }
export function xpath(of: Text, b: Text): ArrayColumn<string[] | null> { return fn("xpath", array(STRING), of, b); }
export function xpath_boolean(of: Text, b: Text): BooleanColumn<boolean | null> { return fn("xpath_boolean", BOOLEAN, of, b); }
export function xpath_double(of: Text, b: Text): NumericColumn<number | null> { return fn("xpath_double", DOUBLE, of, b); }
export function xpath_float(of: Text, b: Text): NumericColumn<number | null> { return fn("xpath_float", DOUBLE, of, b); }
export function xpath_int(of: Text, b: Text): NumericColumn<Int | null> { return fn("xpath_int", INT, of, b); }
export function xpath_long(of: Text, b: Text): NumericColumn<bigint | null> { return fn("xpath_long", BIGINT, of, b); }
export function xpath_number(of: Text, b: Text): NumericColumn<number | null> { return fn("xpath_number", DOUBLE, of, b); }
export function xpath_short(of: Text, b: Text): NumericColumn<Int | null> { return fn("xpath_short", INT, of, b); }
export function xpath_string(of: Text, b: Text): StringColumn<string | null> { return fn("xpath_string", STRING, of, b); }
export function from_xml(of: Text, b: string, c?: Options): UntypedColumn { return fn("from_xml", undefined, of, b, given(c)); }
export function to_xml(of: Any, b?: Options): StringColumn<string | null> { return fn("to_xml", STRING, of, given(b)); }
export function schema_of_xml(of: Text, b?: Options): StringColumn<string | null> { return fn("schema_of_xml", STRING, of, given(b)); }
export function current_path(): StringColumn<string> { return fn("current_path", STRING); }
function typeof_(of: Any): StringColumn<string> { return fn("typeof", STRING, of); }
export { typeof_ as typeof };
export function input_file_name(): StringColumn<string> { return fn("input_file_name", STRING); }
export function current_catalog(): StringColumn<string> { return fn("current_catalog", STRING); }
export function current_database(): StringColumn<string> { return fn("current_database", STRING); }
export function current_schema(): StringColumn<string> { return fn("current_schema", STRING); }
export function current_user(): StringColumn<string> { return fn("current_user", STRING); }
export function session_user(): StringColumn<string> { return fn("session_user", STRING); }
export function user(): StringColumn<string> { return fn("user", STRING); }
export function version(): StringColumn<string> { return fn("version", STRING); }
export function spark_partition_id(): NumericColumn<Int> { return fn("spark_partition_id", INT); }
export function equal_null(of: Any, b: Any): BooleanColumn<boolean> { return fn("equal_null", BOOLEAN, of, b); }
