#!/usr/bin/env node
// The command `millrace`: in a working copy the sources as they are, in the published package what was built from them.
import { existsSync } from "node:fs";
import module from "node:module";

// Compiled code is kept between runs: a small query is mostly start.
module.enableCompileCache?.();

const sources = new URL("../src/cli/entry.ts", import.meta.url);
await import(existsSync(sources) ? sources.href : new URL("../dist/cli/entry.js", import.meta.url).href);
