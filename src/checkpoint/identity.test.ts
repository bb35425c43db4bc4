/** Catches a start that loses the race for a new checkpoint and takes that for a fault of the disk, or a fault of the disk for a race. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { nodeFiles, type Files } from "../base/files.ts";
import { RECORD_FORMAT } from "../storage/record.ts";
import { ensureIdentity, readIdentity } from "./identity.ts";

const identityOf = (queryId: string) => ({ format: RECORD_FORMAT, queryId, createdMicros: 1 });

test("who comes second takes the identity that is there, also when its spare is gone; a spare that vanishes without one is an error", () => {
  const path = mkdtempSync(join(tmpdir(), "millrace-identity-"));
  try {
    mkdirSync(join(path, "spare"));
    const losing = (meanwhile: () => void): Files => Object.assign(Object.create(nodeFiles) as Files, { link: (from: string, to: string) => { meanwhile(); nodeFiles.link(from, to); } });
    assert.throws(() => ensureIdentity(losing(() => nodeFiles.unlink(join(path, "spare/a.json"))), path, "spare/a.json", identityOf("first")), { code: "ENOENT" });
    assert.equal(readIdentity(nodeFiles, path), undefined);
    const second = ensureIdentity(losing(() => {
      ensureIdentity(nodeFiles, path, "spare/b.json", identityOf("newer"));
      nodeFiles.unlink(join(path, "spare/c.json"));
    }), path, "spare/c.json", identityOf("older"));
    assert.equal(second.queryId, "newer");
    assert.equal(ensureIdentity(nodeFiles, path, "spare/d.json", identityOf("late")).queryId, "newer");
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
});
