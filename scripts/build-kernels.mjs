// Compiles assembly/index.ts to build/kernels.wasm: SIMD, no runtime, memory imported from JavaScript.
import { mkdirSync, renameSync } from "node:fs";
import asc from "assemblyscript/asc";

mkdirSync("build", { recursive: true });
// Under another name first: whoever loads the kernels meanwhile sees the old ones, never half a file.
const unfinished = `build/kernels.${process.pid}`;
const { error, stderr } = await asc.main([
  "assembly/index.ts", "--outFile", `${unfinished}.wasm`, "--textFile", `${unfinished}.wat`,
  "-O3", "--enable", "simd", "--enable", "bulk-memory", "--runtime", "stub", "--importMemory", "--noAssert",
  "--initialMemory", "65536", "--maximumMemory", "65536", "--memoryBase", "1024",
]);
if (error) {
  process.stderr.write(stderr.toString());
  process.exit(1);
}
for (const ending of ["wasm", "wat"]) renameSync(`${unfinished}.${ending}`, `build/kernels.${ending}`);
