/**
 * Catches changes of what a statement means to the parser: each statement of test/corpus/sql/trees.txt, and the plan that
 * it was read as when someone last looked. MILLRACE_WRITE=1 writes the file anew; read the difference.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { parseStatement } from "./parser.ts";
import { treeText } from "./tree-text.ts";

const file = join(import.meta.dirname, "../../test/corpus/sql/trees.txt");
const cases = readFileSync(file, "utf8").split(/\n\n+/).filter(block => block.trim() !== "").map(block => {
  const [sql, ...tree] = block.split("\n");
  return { sql: sql!, tree: tree.join("\n").trimEnd() };
});

if (process.env.MILLRACE_WRITE === "1") writeFileSync(file, cases.map(({ sql }) => `${sql}\n${treeText(parseStatement(sql))}\n`).join("\n"));

test("statements are read as the plans on file", () => {
  assert.ok(cases.length > 60);
  for (const { sql, tree } of cases) assert.equal(treeText(parseStatement(sql)), tree, sql);
});
