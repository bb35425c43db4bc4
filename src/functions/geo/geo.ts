/** Shapes: GEOMETRY on a plane and GEOGRAPHY on the globe, from well-known binary and back. */
import { ExecutionError } from "../../base/errors.ts";
import type { Origin } from "../../plan/expressions.ts";
import type { Binding, ScalarFunction } from "../../plan/function.ts";
import type { ResolvedExpression } from "../../plan/resolved.ts";
import type { Cell } from "../../types/cell.ts";
import { BINARY, INT, STRING, type DataType, type GeoType } from "../../types/data-type.ts";
import { AS } from "../coercion.ts";
import { withSrid } from "../cast/cast-cells.ts";
import { constantCell } from "../constant-argument.ts";
import { accept, checkCount, custom } from "../define.ts";
import { quoted, unexpectedType } from "../errors.ts";
import { rewriteWkb, WkbError, type WkbOptions } from "./wkb.ts";

/** The reference system of longitudes and latitudes in use everywhere. */
const WGS84 = 4326;

/** Codes of the EPSG registry; those of systems of longitudes and latitudes for GEOGRAPHY. */
function checkSrid(srid: number, kind: GeoType["kind"]): number {
  if (kind === "geometry" ? srid === 0 || srid >= 1024 && srid <= 32_767 : srid >= 3819 && srid <= 4999 && srid !== 3857) return srid;
  throw new ExecutionError({ condition: "ST_INVALID_SRID_VALUE", sqlState: "22023", message: `Invalid or unsupported SRID (spatial reference identifier) value: ${srid}.`, messageParameters: { srid: String(srid) } });
}

function rewritten(bytes: Cell, options: WkbOptions): Uint8Array {
  try {
    return rewriteWkb(bytes as Uint8Array, options);
  } catch (error) {
    if (!(error instanceof WkbError)) throw error;
    throw new ExecutionError({ condition: "WKB_PARSE_ERROR", sqlState: "22023", message: `Error parsing WKB: ${error.message} at position ${error.offset}`, messageParameters: { parseError: error.message, pos: String(error.offset) } });
  }
}

function shapeType(name: string, args: readonly ResolvedExpression[], origin: Origin | undefined): GeoType | undefined {
  const { type } = args[0]!;
  if (type.kind === "geometry" || type.kind === "geography") return type;
  if (type.kind === "void") return undefined;
  throw unexpectedType(name, args, 0, '("GEOGRAPHY" or "GEOMETRY")', origin);
}

function bytesType(name: string, args: readonly ResolvedExpression[], origin: Origin | undefined): DataType {
  const { kind } = args[0]!.type;
  if (kind === "binary" || kind === "string" || kind === "void") return BINARY;
  throw unexpectedType(name, args, 0, quoted("BINARY"), origin);
}

/** An SRID that is constant and there is that of the type; undefined: each value has its own. */
function sridArgument(name: string, args: readonly ResolvedExpression[], origin: Origin | undefined): number | undefined {
  accept(name, args, 1, AS.int, origin);
  const given = constantCell(args[1]!);
  return given === undefined || given === null ? undefined : Number(given);
}

/** The shape without the number before it, which values of ANY have. */
const shapeOf = (type: GeoType | undefined, cell: Cell): Uint8Array => type?.srid === "any" ? (cell as Uint8Array).subarray(4) : cell as Uint8Array;
const sridOf = (cell: Cell): number => new DataView((cell as Uint8Array).buffer, (cell as Uint8Array).byteOffset, 4).getInt32(0, true);

const POINT = "X'0101000000000000000000F03F0000000000000040'";

export const geoFunctions: readonly ScalarFunction[] = [
  custom({
    name: "st_geomfromwkb", usage: "st_geomfromwkb(wkb[, srid])", description: "A shape on a plane.", cases: [[`st_srid(st_geomfromwkb(${POINT}))`, "0"], [`st_srid(st_geomfromwkb(${POINT}, 3857))`, "3857"], ["st_asbinary(st_geomfromwkb(X'0102'))", "WKB_PARSE_ERROR"]],
    bind: (args, _settings, origin): Binding => {
      checkCount("st_geomfromwkb", args.length, 1, 2, origin);
      const bytes = bytesType("st_geomfromwkb", args, origin), srid = args.length === 1 ? 0 : sridArgument("st_geomfromwkb", args, origin), type: GeoType = Object.freeze({ kind: "geometry", srid: srid ?? "any" });
      return { type, argTypes: [bytes, INT], canRaise: true, row: ([wkb, own]) => {
        const system = checkSrid(srid ?? own as number, "geometry"), shape = rewritten(wkb!, { isGeography: false, littleEndian: true });
        return srid === undefined ? withSrid(shape, system) : shape;
      } };
    },
  }),
  custom({
    name: "st_geogfromwkb", usage: "st_geogfromwkb(wkb)", description: "A shape on the globe, in longitudes and latitudes.", cases: [[`st_srid(st_geogfromwkb(${POINT}))`, "4326"], ["st_asbinary(st_geogfromwkb(X'010100000000000000000059400000000000C06240'))", "WKB_PARSE_ERROR"]],
    bind: (args, _settings, origin): Binding => {
      checkCount("st_geogfromwkb", args.length, 1, 1, origin);
      return { type: Object.freeze({ kind: "geography", srid: WGS84 }), argTypes: [bytesType("st_geogfromwkb", args, origin)], canRaise: true, row: ([wkb]) => rewritten(wkb!, { isGeography: true, littleEndian: true }) };
    },
  }),
  custom({
    name: "st_asbinary", usage: "st_asbinary(geo[, endianness])", description: "A shape as well-known binary: NDR, the lowest byte first, or XDR.", cases: [[`hex(st_asbinary(st_geogfromwkb(${POINT})))`, "0101000000000000000000F03F0000000000000040"], [`hex(st_asbinary(st_geomfromwkb(${POINT}), 'XDR'))`, "00000000013FF00000000000004000000000000000"]],
    bind: (args, _settings, origin): Binding => {
      checkCount("st_asbinary", args.length, 1, 2, origin);
      const type = shapeType("st_asbinary", args, origin);
      return {
        type: BINARY, ...(args.length === 2 && { argTypes: [args[0]!.type, STRING] }), nullable: type === undefined, canRaise: args.length === 2, row: ([shape, order]) => {
          const endianness = String(order ?? "NDR").toUpperCase();
          if (endianness === "NDR") return shapeOf(type, shape!);
          if (endianness === "XDR") return rewritten(shapeOf(type, shape!), { isGeography: false, littleEndian: false });
          throw new ExecutionError({ condition: "ST_INVALID_ENDIANNESS_VALUE", sqlState: "22023", message: `Endianness '${String(order)}' must be either 'NDR' (little-endian) or 'XDR' (big-endian).`, messageParameters: { e: String(order) } });
        },
      };
    },
  }),
  custom({
    name: "st_srid", usage: "st_srid(geo)", description: "The number of a shape's reference system.", cases: [[`st_srid(st_setsrid(st_geomfromwkb(${POINT}), 3857))`, "3857"]],
    bind: (args, _settings, origin): Binding => {
      checkCount("st_srid", args.length, 1, 1, origin);
      const type = shapeType("st_srid", args, origin);
      return { type: INT, nullable: type === undefined, row: ([shape]) => type === undefined ? null : type.srid === "any" ? sridOf(shape!) : type.srid };
    },
  }),
  custom({
    name: "st_setsrid", usage: "st_setsrid(geo, srid)", description: "The same shape in another reference system; its coordinates stay.", cases: [[`st_srid(st_setsrid(st_geogfromwkb(${POINT}), 3857))`, "ST_INVALID_SRID_VALUE"]],
    bind: (args, _settings, origin): Binding => {
      checkCount("st_setsrid", args.length, 2, 2, origin);
      const shape = shapeType("st_setsrid", args, origin), srid = sridArgument("st_setsrid", args, origin), kind = shape?.kind ?? "geography";
      return { type: Object.freeze({ kind, srid: srid ?? "any" }), argTypes: [args[0]!.type, INT], nullable: shape === undefined, canRaise: true, row: ([bytes, own]) => {
        const system = checkSrid(srid ?? own as number, kind), bare = shapeOf(shape, bytes!);
        return srid === undefined ? withSrid(bare, system) : bare;
      } };
    },
  }),
];
