/** Shapes, as GEOMETRY and GEOGRAPHY columns. */
import { BINARY, INT } from "../../types/data-type.ts";
import type { Int } from "../../types/values.ts";
import type { Column, Expr, NumericColumn } from "../column.ts";
import { byName } from "./make.ts";

type Shape = Uint8Array | null;

/** A shape on a plane, of well-known binary; `srid` 0 unless said otherwise. */
export function st_geomfromwkb(wkb: Expr<Shape> | string, srid?: Expr<Int | null> | number): Column<Shape> { return byName("st_geomfromwkb", undefined, wkb, srid); }
/** A shape on the globe, in longitudes and latitudes. */
export function st_geogfromwkb(wkb: Expr<Shape> | string): Column<Shape> { return byName("st_geogfromwkb", undefined, wkb); }
/** A shape as well-known binary: NDR, the lowest byte first, unless said otherwise, or XDR. */
export function st_asbinary(shape: Expr<unknown> | string, endianness?: "NDR" | "XDR"): Column<Shape> { return byName("st_asbinary", BINARY, shape, endianness); }
/** The number of a shape's reference system. */
export function st_srid(shape: Expr<unknown> | string): NumericColumn<Int | null> { return byName("st_srid", INT, shape); }
/** The same shape in another reference system; its coordinates stay. */
export function st_setsrid(shape: Expr<unknown> | string, srid: Expr<Int | null> | number): Column<Shape> { return byName("st_setsrid", "first", shape, srid); }
