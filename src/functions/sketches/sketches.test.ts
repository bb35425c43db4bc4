/** Catches sketches that miscount, that differ when made in parts or read back, and bytes that crash their readers. */
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { lookupFunction } from "../registry.ts";
import type { AggregateFunction, ObjectAggregate } from "../../plan/function.ts";
import type { ResolvedExpression } from "../../plan/resolved.ts";
import type { Cell } from "../../types/cell.ts";
import { BIGINT, type DataType } from "../../types/data-type.ts";
import { SEED_HASH, bytesToHash, hash128 } from "./hash128.ts";
import { HllSketch } from "./hll-sketch.ts";
import { KllSketch } from "./kll-sketch.ts";
import { ThetaSketch } from "./theta-sketch.ts";

const literal = (value: Cell, type: DataType): ResolvedExpression => ({ kind: "literal", value, type, nullable: false });
const numbers = (from: number, to: number): Uint8Array[] => Array.from({ length: to - from }, (_, i) => bytesToHash(BIGINT, BigInt(from + i))!.slice());
const hex = (value: bigint): string => value.toString(16).padStart(16, "0");

test("hashes are MurmurHash3's, and the seed's hash is that of DataSketches", () => {
  assert.deepEqual(hash128(new TextEncoder().encode("The quick brown fox jumps over the lazy dog"), 0n).map(hex), ["e34bbc7bbc071b6c", "7a433ca9c49a9347"]);
  assert.equal(SEED_HASH, 0x93cc);
});

for (const [name, make, tolerance] of [
  ["hll", () => new HllSketch(12), 0.07], ["theta", () => new ThetaSketch(), 0.07],
] as const) {
  test(`${name}: the estimate is near, in one piece, in parts, and read back`, () => {
    for (const count of [1, 7, 50, 380, 3_000, 40_000]) {
      const whole = make(), parts = [make(), make(), make()];
      numbers(0, count).forEach((bytes, i) => {
        whole.update(bytes, 12);
        // Parts overlap.
        parts[i % 3]!.update(bytes, 12);
        if (i % 5 === 0) parts[(i + 1) % 3]!.update(bytes, 12);
      });
      const union = make();
      for (const part of parts) {
        if (union instanceof HllSketch) union.merge(part as HllSketch);
        else union.unite(part as ThetaSketch, 12);
      }
      for (const sketch of [whole, union]) {
        assert.ok(Math.abs(sketch.estimate / count - 1) <= (count < 300 ? 0 : tolerance), `${count}: ${sketch.estimate}`);
        const read = sketch instanceof HllSketch ? HllSketch.decode(sketch.encode())! : ThetaSketch.decode(sketch.encode(false), false)!;
        assert.equal(read.estimate, sketch.estimate);
      }
    }
  });
}

test("theta: intersections and differences are near", () => {
  const a = new ThetaSketch(), b = new ThetaSketch();
  for (const bytes of numbers(0, 30_000)) a.update(bytes, 12);
  for (const bytes of numbers(20_000, 50_000)) b.update(bytes, 12);
  const both = a.copy(), only = a.copy();
  both.intersect(b);
  only.subtract(b);
  assert.ok(Math.abs(both.estimate - 10_000) < 1_500, String(both.estimate));
  assert.ok(Math.abs(only.estimate - 20_000) < 2_500, String(only.estimate));
});

test("kll: ranks are near, weights add up, and parts make the same promise", () => {
  const whole = new KllSketch("double"), parts = [new KllSketch("double"), new KllSketch("double")];
  let state = 1;
  for (let i = 0; i < 50_000; i++) {
    state = Math.imul(state, 1664525) + 1013904223 | 0;
    const value = (state >>> 0) / 2 ** 32;
    whole.update(value);
    parts[i & 1]!.update(value);
  }
  parts[0]!.merge(parts[1]!);
  for (const sketch of [whole, parts[0]!, KllSketch.decode(whole.encode(), "double")!]) {
    assert.equal(sketch.count, 50_000n);
    for (const share of [0, 0.1, 0.5, 0.9, 0.99, 1]) {
      assert.ok(Math.abs((sketch.quantile(share) as number) - share) < 0.03, `${share}: ${sketch.quantile(share)}`);
      assert.ok(Math.abs(sketch.rank(share) - share) < 0.03);
    }
    assert.ok(sketch.retained < 1_000);
  }
});

test("bytes that are no sketch are refused or read, whatever they are", () => {
  const sketches = [new HllSketch(4), new HllSketch(12)].map(sketch => { for (const bytes of numbers(0, 500)) sketch.update(bytes); return sketch.encode(); });
  const kll = new KllSketch("bigint"), theta = new ThetaSketch();
  for (let i = 0; i < 600; i++) kll.update(BigInt(i));
  for (const bytes of numbers(0, 300)) theta.update(bytes, 4);
  sketches.push(kll.encode(), theta.encode(false), theta.encode(true));
  // The short forms of sketches that are empty, or have one value.
  const single = new ThetaSketch();
  sketches.push(new HllSketch(12).encode(), new KllSketch("double").encode(), single.encode(false));
  single.update(numbers(0, 1)[0]!, 12);
  sketches.push(single.encode(false), single.encode(true));
  fc.assert(fc.property(fc.constantFrom(...sketches), fc.nat(), fc.nat(255), fc.nat(), (good, at, byte, length) => {
    const bytes = good.slice(0, length % 3 === 0 ? length % (good.length + 1) : good.length);
    if (bytes.length > 0) bytes[at % Math.min(bytes.length, 40)] = byte;
    HllSketch.decode(bytes)?.estimate;
    ThetaSketch.decode(bytes, false)?.encode(false);
    ThetaSketch.decode(bytes, true)?.encode(true);
    for (const kind of ["bigint", "double", "float"] as const) KllSketch.decode(bytes, kind)?.quantile(0.5);
  }), { numRuns: 3_000 });
});

test("every sketch of a group goes through a checkpoint, and parts of a group merge", () => {
  for (const [name, more] of [["hll_sketch_agg", []], ["theta_sketch_agg", []], ["kll_sketch_agg_bigint", []], ["approx_top_k", []], ["approx_top_k_accumulate", []],
    ["count_min_sketch", [literal(0.1, { kind: "double" }), literal(0.9, { kind: "double" }), literal(1n, BIGINT)]], ["bitmap_construct_agg", []]] as const) {
    const { implementation } = (lookupFunction(name) as AggregateFunction).bind([literal(1n, BIGINT), ...more], undefined!, undefined), of = implementation as unknown as ObjectAggregate<unknown>;
    const fill = (from: number, to: number): unknown => {
      let state = of.create();
      for (let i = from; i < to; i++) state = of.update(state, [BigInt(i % 100)], undefined!);
      return state;
    };
    const whole = of.finish(fill(0, 400), undefined!), merged = of.merge(of.decode(of.encode(fill(0, 150))), of.decode(of.encode(fill(150, 400))));
    // Which values a KLL sketch keeps depends on how it came about; how many it has seen doesn't.
    if (name === "kll_sketch_agg_bigint") assert.equal(KllSketch.decode(of.finish(merged, undefined!) as Uint8Array, "bigint")!.count, 400n);
    else assert.deepEqual(of.finish(merged, undefined!), whole, name);
  }
});
