/** The engine in this process, with the hooks of the testing kit. */
import { unsupported } from "../base/errors.ts";
import { localEngine } from "../api/local-engine.ts";
import type { TestEngineFactory } from "./hooks.ts";

export const localTestEngine: TestEngineFactory = context => ({
  ...localEngine(context),
  scriptedSource: () => { throw unsupported("A scripted stream"); },
  run: () => Promise.reject(unsupported("Running a query in a test")),
});
