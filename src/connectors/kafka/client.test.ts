/** Catches a missing client that is told of by a stack trace, and not by the line that installs it. */
import assert from "node:assert/strict";
import { registerHooks } from "node:module";
import { test } from "node:test";
import { MillraceError } from "../../base/errors.ts";
import { kafkaClient } from "./client.ts";

test("without the client the error has the line that installs it; later it is looked for again", async () => {
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      if (specifier === "@platformatic/kafka") throw Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" });
      return next(specifier, context);
    },
  });
  try {
    await assert.rejects(kafkaClient(), (error: unknown) => error instanceof MillraceError && error.condition === "MILLRACE_PEER_MISSING" && error.hint === "npm install @platformatic/kafka@2");
  } finally {
    hooks.deregister();
  }
  assert.equal(typeof (await kafkaClient()).ConnectionPool, "function");
});
