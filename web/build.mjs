// Makes static/dist/ from islands/ and rito.css: hashed names, a manifest that web/assets.py reads, the licences of what is inside.
import { build } from "esbuild";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

process.chdir(path.dirname(fileURLToPath(import.meta.url)));
const OUT = "static/dist";
const LICENCE_FILES = ["LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE", "license"];

rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });
const islands = readdirSync("islands").filter((name) => name.endsWith(".js")).map((name) => `islands/${name}`);
const { metafile } = await build({
  entryPoints: [...islands, "static/rito.css"],
  outdir: OUT,
  bundle: true,
  minify: true,
  splitting: true,
  format: "esm",
  target: ["es2022", "chrome109", "firefox115", "safari16.4"],
  entryNames: "[name]-[hash]",
  chunkNames: "part-[hash]",
  legalComments: "none", // the licences go out whole, in a file of their own
  metafile: true,
  logLevel: "warning",
});

const manifest = {};
for (const [file, { entryPoint }] of Object.entries(metafile.outputs)) if (entryPoint) manifest[path.basename(entryPoint)] = path.basename(file);
writeFileSync(`${OUT}/THIRD-PARTY-LICENSES.txt`, licences(Object.keys(metafile.inputs)).join("\n"));
writeFileSync(`${OUT}/manifest.json`, `${JSON.stringify(manifest, null, 1)}\n`);
report();

function licences(inputs) {
  const folders = new Set(inputs.flatMap((file) => file.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0] ?? []));
  return [...folders].sort().map((folder) => {
    const file = LICENCE_FILES.map((name) => `${folder}/${name}`).find(existsSync);
    const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
    return `==== ${name} ${version} (${license})\n\n${file ? readFileSync(file, "utf8") : ""}`;
  });
}

function report() {
  for (const file of Object.keys(metafile.outputs)) {
    const bytes = readFileSync(file);
    console.log(`${String(gzipSync(bytes, { level: 9 }).length).padStart(8)} bytes gzip  ${String(bytes.length).padStart(8)} raw  ${file}`);
  }
}
