// Builds ui/ into build/ui: scripts and style with a hash in their names, brotli and gzip beside each, the HTML that names
// them, and manifest.json for the server. Says how large all is, and fails if it is more than the page may weigh.
import { build } from "esbuild";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const from = join(root, "ui"), to = join(root, "build", "ui");
/** Bytes after gzip: all scripts and styles; those of the first view with the HTML. */
const limits = { all: 60_000, first: 45_000 };

rmSync(to, { recursive: true, force: true });
mkdirSync(to, { recursive: true });
const result = await build({
  absWorkingDir: root, entryPoints: [join(from, "main.tsx")], outdir: to, bundle: true, splitting: true, format: "esm", target: "es2023", minify: true, metafile: true,
  entryNames: "[name]-[hash]", chunkNames: "[name]-[hash]", assetNames: "[name]-[hash]", jsx: "automatic", jsxImportSource: "preact", legalComments: "none", logLevel: "warning",
  tsconfig: join(from, "tsconfig.json"), plugins: [{ name: "lines-only", setup: onlyLines }],
});

/** The charts draw lines and areas: without the registration of what else uPlot offers, the bundler drops its code (2 KB). */
function onlyLines(builder) {
  builder.onLoad({ filter: /uPlot\.esm\.js$/ }, ({ path }) => {
    let contents = readFileSync(path, "utf8");
    for (const name of ["(paths.spline", "(paths.stepped", "(paths.bars", "uPlot.join", "uPlot.rangeLog", "uPlot.rangeAsinh", "uPlot.orient", "uPlot.fmtDate"]) {
      const line = new RegExp(`^\\s*${name.replace(/[(.]/g, "\\$&")}\\s*=.*$`, "m");
      if (!line.test(contents)) throw new Error(`uPlot has no ${name}`);
      contents = contents.replace(line, "");
    }
    return { contents, loader: "js" };
  });
}

const outputs = Object.entries(result.metafile.outputs).map(([path, facts]) => ({ name: basename(path), ...facts }));
const script = outputs.find(output => output.entryPoint?.endsWith("ui/main.tsx")), style = outputs.find(output => output.name.endsWith(".css"));
if (script === undefined || style === undefined) throw new Error("esbuild made no entry");
const charts = outputs.find(output => output.entryPoint?.endsWith("uPlot.esm.js"));
const chunksOf = output => output === undefined ? [] : [output.name, ...output.imports.filter(each => each.kind === "import-statement").map(each => basename(each.path))];
const queryChunks = [...new Set(chunksOf(charts))].filter(name => name !== script.name);

const html = readFileSync(join(from, "index.html"), "utf8").replace("{{style}}", style.name).replace("{{script}}", script.name);
writeFileSync(join(to, "index.html"), html);
writeFileSync(join(to, "icon.svg"), readFileSync(join(from, "icon.svg")));
const names = [...outputs.map(output => output.name), "icon.svg"];
const sizes = new Map();
for (const name of names) {
  const body = readFileSync(join(to, name)), gzip = gzipSync(body, { level: 9 });
  sizes.set(name, gzip.length);
  writeFileSync(join(to, `${name}.gz`), gzip);
  writeFileSync(join(to, `${name}.br`), brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
}
writeFileSync(join(to, "manifest.json"), JSON.stringify({ files: names, queryChunks }));

const sum = list => list.reduce((total, name) => total + sizes.get(name), 0);
const first = [style.name, ...chunksOf(script)], all = sum(outputs.map(output => output.name)), firstBytes = sum(first) + gzipSync(html).length;
for (const name of outputs.map(output => output.name)) process.stderr.write(`  ${name}: ${sizes.get(name)} bytes gzip\n`);
process.stderr.write(`  all ${all} of ${limits.all}, first view ${firstBytes} of ${limits.first} in ${first.length + 1} requests\n`);
if (all > limits.all || firstBytes > limits.first) {
  process.stderr.write("The page is too large.\n");
  process.exit(1);
}
