// Mistakes, each under the first line of what the compiler says to it.
import { bigint, double, schema, string, timestamp, udf, type DataFrame } from "millrace";
import { col, lit, sum, upper } from "millrace/functions";
import { mill } from "./common.ts";

const Trade = schema({ ts: timestamp().notNull(), key: string(), price: bigint().notNull() });
const Customer = schema({ id: bigint().notNull(), key: string().notNull(), name: string().notNull() });
const t = mill.read.schema(Trade).json("t"), c = mill.read.schema(Customer).json("c");

// TS2551: Property 'prise' does not exist on type 'Columns<{ ts: Timestamp; key: string | null; price: bigint; }>'. Did you mean 'price'?
export const e01 = t.where(r => r.prise.gt(1));
// TS2345: Argument of type '"prise"' is not assignable to parameter of type '"*" | "key" | "price" | "ts" | ByColumns<[{ ts: Timestamp; key: string | null; price: bigint; }], Selection> | Expr<unknown>'.
export const e02 = t.select("prise", "key");
// TS2339: Property 'plus' does not exist on type 'StringColumn<string | null>'.
export const e03 = t.where(r => r.key.plus(1));
// TS2345: Argument of type '(r: Columns<{ ts: Timestamp; key: string | null; price: bigint; }>) => NumericColumn<bigint>' is not assignable to parameter of type 'Where<[{ ts: Timestamp; key: string | null; price: bigint; }]>'.
export const e04 = t.where(r => r.price);
// TS2365: Operator '>' cannot be applied to types 'NumericColumn<bigint>' and 'bigint'.
export const e05 = t.select(r => ({ big: lit(r.price > 100n) }));
// TS2345: Argument of type '"key"' is not assignable to parameter of type '"key" & TypeErrorText<"withWatermark needs a TIMESTAMP column; 'key' is not one">'.
export const e06 = t.withWatermark("key", "10 seconds");
// TS2345: Argument of type '"10 secs"' is not assignable to parameter of type 'Duration'.
export const e07 = t.withWatermark("ts", "10 secs");
// TS2345: Argument of type 'StringColumn<string | null>' is not assignable to parameter of type 'string | Expr<Num | null>'.
export const e08 = t.select(r => ({ s: sum(r.key) }));
const five: number = 5;
// TS2345: Argument of type 'number' is not assignable to parameter of type 'number & TypeErrorText<"the SQL type of a number variable isn't known: write lit(x, \"int\") or lit(x, \"double\")">'.
export const e09 = lit(five);
// TS2345: Argument of type 'NumericColumn<bigint>' is not assignable to parameter of type 'StrArg'.
export const e10 = t.join(c, (t, c) => t.key.eq(c.id));
// TS2339: Property 'length' does not exist on type 'Ambiguous<"key">'.
export const e11 = (await t.join(c, (t, c) => t.key.eq(c.key)).collect())[0]!.key.length;
// TS2345: Argument of type '"prise"' is not assignable to parameter of type '"key" | "price" | "ts"'.
export const e13 = t.drop("prise");
// TS2345: Argument of type '"prise"' is not assignable to parameter of type '"key" | "price" | "ts" | ByColumns<[{ ts: Timestamp; key: string | null; price: bigint; }], Selection> | Expr<unknown>'.
export const e14 = t.groupBy("prise");
// TS2345: Argument of type 'string' is not assignable to parameter of type 'NumArg'.
export const e15 = t.select(r => ({ a: r.price.gt("x") }));
// TS2345: Argument of type '"modee"' is not assignable to parameter of type 'keyof JsonReadOptions'.
export const e16 = mill.read.format("json").option("modee", "FAILFAST");
// TS2551: Property 'prise' does not exist on type 'Columns<{ ts: Timestamp; key: string | null; price: bigint; }>'. Did you mean 'price'?
export const e17 = t.orderBy(r => r.prise.desc());
// TS2551: Property 'prise' does not exist on type '{ ts: Timestamp; key: string | null; price: bigint; }'. Did you mean 'price'?
export const e19 = (await t.collect()).map(r => r.prise);
// TS2345: Argument of type 'NumericColumn<bigint>' is not assignable to parameter of type 'Expr<string | null>'.
export const e20 = t.select(r => ({ a: upper(r.price) }));
// TS2345: Argument of type '"bigin"' is not assignable to parameter of type 'DataType<unknown> | `decimal(${number},${number})` | keyof TypeNames'.
export const e21 = t.select(r => ({ a: r.price.cast("bigin") }));
// TS2345: Argument of type '(r: Columns<{ ts: Timestamp; key: string | null; price: bigint; }>) => { a: string; }' is not assignable to parameter of type '"*" | "key" | "price" | "ts" | ByColumns<[{ ts: Timestamp; key: string | null; price: bigint; }], Selection> | Expr<unknown>'.
export const e22 = t.select(r => ({ a: "x" }));
// TS2322: Type '"1 sec"' is not assignable to type 'Duration'.
export const e23 = t.writeStream.trigger({ processingTime: "1 sec" });
// TS2322: Type 'DataFrame<{ ts: Timestamp; key: string | null; price: bigint; }, [{ ts: Timestamp; key: string | null; price: bigint; }]>' is not assignable to type 'DataFrame<{ key: string; price: string; }, [{ key: string; price: string; }]>'.
export const e24: DataFrame<{ key: string; price: string }> = t;
// TS2339: Property 'where' does not exist on type 'Promise<{ ts: Timestamp; key: string | null; price: bigint; }[]>'.
export const e25 = t.collect().where("price > 1");
// TS2339: Property 'nope' does not exist on type 'UntypedColumn<string>'.
export const e26 = t.select(r => ({ a: col("price").plus(r.price).nope() }));
const half = udf({ args: [double().notNull()], returns: double() }, n => n / 2), loud = udf({ args: [string()], returns: string() }, text => text);
// TS2345: Argument of type 'StringColumn<string | null>' is not assignable to parameter of type 'Expr<number>'.
export const e27 = t.select(r => ({ a: half(r.key) }));
// TS2345: Argument of type 'NumericColumn<bigint>' is not assignable to parameter of type 'Expr<string | null>'.
export const e28 = t.select(r => ({ a: loud(r.price) }));
// TS2322: Type 'number | null' is not assignable to type 'number'.
export const e29 = udf({ args: [string()], returns: double().notNull() }, text => text?.length ?? null);
// TS2684: The 'this' context of type 'Dataset<string | null>' is not assignable to method's 'this' of type 'Dataset<Pair<unknown, unknown>>'.
export const e30 = t.map(r => r.key).reduceByKey((a, b) => a);
// TS2322: Type 'string' is not assignable to type 'number | bigint'.
export const e31 = mill.createDataFrame([{ id: "one", key: "x", name: "y" }], schema({ id: bigint().notNull(), key: string(), name: string() }));
// TS2561: Object literal may only specify known properties, but 'nam' does not exist in type 'RowIn<{ id: bigint; name: string | null; }>'. Did you mean to write 'name'?
export const e32 = mill.createDataFrame([{ id: 1n, nam: "y" }], schema({ id: bigint().notNull(), name: string() }));
