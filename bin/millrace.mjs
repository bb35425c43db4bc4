#!/usr/bin/env node
// The command `millrace`: the built program, or in a working copy the sources as they are.
import { existsSync } from "node:fs";

const built = new URL("../dist/cli/entry.js", import.meta.url);
await import(existsSync(built) ? built.href : new URL("../src/cli/entry.ts", import.meta.url).href);
