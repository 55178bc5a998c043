// Prints `name raw brotli` for each file in dist/, and their sum.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";

const dist = process.argv[2] ?? "dist";
const sum = { raw: 0, brotli: 0 };
for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const path = join(entry.parentPath ?? entry.path, entry.name);
  const bytes = readFileSync(path);
  const brotli = brotliCompressSync(bytes).length;
  sum.raw += bytes.length;
  sum.brotli += brotli;
  console.log(path.slice(dist.length + 1), bytes.length, brotli);
}
console.log("total", sum.raw, sum.brotli);
