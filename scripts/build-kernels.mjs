// Compiles assembly/index.ts to build/kernels.wasm: SIMD, no runtime, memory imported from JavaScript.
import { mkdirSync } from "node:fs";
import asc from "assemblyscript/asc";

mkdirSync("build", { recursive: true });
const { error, stderr } = await asc.main([
  "assembly/index.ts", "--outFile", "build/kernels.wasm", "--textFile", "build/kernels.wat",
  "-O3", "--enable", "simd", "--enable", "bulk-memory", "--runtime", "stub", "--importMemory", "--noAssert",
  "--initialMemory", "65536", "--maximumMemory", "65536", "--memoryBase", "1024",
]);
if (error) {
  process.stderr.write(stderr.toString());
  process.exit(1);
}
