/** Casts from and to VARIANT. A variant holds a JSON-like value whose scalars are tagged cells (variant-value). */
import { unsupported } from "../../base/errors.ts";
import type { DataType } from "../../types/data-type.ts";
import type { EvalMode } from "../casts.ts";
import type { CellCast } from "./cast-cells.ts";

type MakeCast = (from: DataType, to: DataType, mode: EvalMode, zoneId: string) => CellCast;

export function castToVariant(_from: DataType): CellCast {
  throw unsupported("CAST to VARIANT");
}

export function castFromVariant(_from: DataType, _to: DataType, _mode: EvalMode, _zoneId: string, _make: MakeCast): CellCast {
  throw unsupported("CAST from VARIANT");
}
