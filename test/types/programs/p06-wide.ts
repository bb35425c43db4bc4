// A hundred columns, twelve steps, and a spread.
import { bigint, boolean, double, int, schema, string, timestamp } from "millrace";
import { upper } from "millrace/functions";
import { mill } from "./common.ts";

const Wide = schema({
  c0: bigint(), c1: double(), c2: string(), c3: timestamp(), c4: int(), c5: boolean(), c6: bigint(), c7: double(), c8: string(), c9: timestamp(),
  c10: int(), c11: boolean(), c12: bigint(), c13: double(), c14: string(), c15: timestamp(), c16: int(), c17: boolean(), c18: bigint(), c19: double(),
  c20: string(), c21: timestamp(), c22: int(), c23: boolean(), c24: bigint(), c25: double(), c26: string(), c27: timestamp(), c28: int(), c29: boolean(),
  c30: bigint(), c31: double(), c32: string(), c33: timestamp(), c34: int(), c35: boolean(), c36: bigint(), c37: double(), c38: string(), c39: timestamp(),
  c40: int(), c41: boolean(), c42: bigint(), c43: double(), c44: string(), c45: timestamp(), c46: int(), c47: boolean(), c48: bigint(), c49: double(),
  c50: string(), c51: timestamp(), c52: int(), c53: boolean(), c54: bigint(), c55: double(), c56: string(), c57: timestamp(), c58: int(), c59: boolean(),
  c60: bigint(), c61: double(), c62: string(), c63: timestamp(), c64: int(), c65: boolean(), c66: bigint(), c67: double(), c68: string(), c69: timestamp(),
  c70: int(), c71: boolean(), c72: bigint(), c73: double(), c74: string(), c75: timestamp(), c76: int(), c77: boolean(), c78: bigint(), c79: double(),
  c80: string(), c81: timestamp(), c82: int(), c83: boolean(), c84: bigint(), c85: double(), c86: string(), c87: timestamp(), c88: int(), c89: boolean(),
  c90: bigint(), c91: double(), c92: string(), c93: timestamp(), c94: int(), c95: boolean(), c96: bigint(), c97: double(), c98: string(), c99: timestamp(),
});
const frame = mill.read.schema(Wide).json("w").withColumn("total", r => r.c0.plus(r.c6)).withColumn("c2", r => upper(r.c2))
  .withColumnRenamed("c1", "ratio").drop("c3", "c4", "c5")
  .withColumn("x1", r => r.ratio.mul(2)).withColumn("x2", r => r.c7.mul(2)).withColumn("x3", r => r.x1.plus(r.x2))
  .withColumns(r => ({ y1: r.c10.plus(1), y2: r.c12.plus(1n) })).where(r => r.total.gt(5)).drop("c99");
const rows = await frame.collect();
export const y: number | null = rows[0]!.x3;
export const z: bigint | null = rows[0]!.y2;
export const spread = frame.select(r => ({ ...r, extra: r.c0.mul(2) })).where(r => r.extra.gt(1).and(r.c50.isNotNull()));
