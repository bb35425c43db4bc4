/** Catches declarations that became dear to compile, and frames whose row is not the type that it was promised to be. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Declarations } from "./compile.ts";

/** Instantiations that a program may cost above the imports. A budget is never raised silently. */
const BUDGETS = {
  "p01-select.ts": 4_000, "p02-group.ts": 6_000, "p03-stream.ts": 1_200, "p04-join.ts": 4_500, "p05-nested.ts": 7_000, "p06-wide.ts": 18_000,
  "p07-window.ts": 1_600, "p08-functional.ts": 1_800, "p09-program.ts": 2_700, "p10-sql.ts": 4_000, "p11-generic.ts": 4_400, "p12-testing.ts": 1_400, "p13-rollup.ts": 4_400, "p14-asof.ts": 2_000, "p15-functions.ts": 6_000, "p16-standard.ts": 2_600, "p17-nearest.ts": 1_500, "chain50.ts": 7_000, "joins5.ts": 2_300,
};

const declarations = new Declarations();
after(() => declarations[Symbol.dispose]());
const base = declarations.compile(["p00.ts", "common.ts"]);

test("the declarations compile by themselves", () => {
  assert.deepEqual(declarations.compile(["p00.ts", "common.ts", "p12-testing.ts"], { checkDeclarations: true }).errors, []);
  assert.ok(base.instantiations > 0 && base.instantiations < 1_000, `${base.instantiations} instantiations for the imports and three schemas`);
});

for (const [program, budget] of Object.entries(BUDGETS)) {
  test(`${program} compiles within ${budget} instantiations`, t => {
    const { errors, instantiations } = declarations.compile(["p00.ts", "common.ts", program]);
    assert.deepEqual(errors, []);
    const cost = instantiations - base.instantiations;
    t.diagnostic(`${cost} instantiations`);
    assert.ok(cost > 0 && cost <= budget, `${cost} instantiations; the budget is ${budget}`);
  });
}
