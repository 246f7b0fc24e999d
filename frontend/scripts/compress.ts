// Puts a .gz beside each built file, so that the server never compresses while somebody waits.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

for (const name of readdirSync("dist/assets")) {
  if (/\.(js|mjs|css|svg)$/.test(name)) {
    writeFileSync(`dist/assets/${name}.gz`, gzipSync(readFileSync(`dist/assets/${name}`), { level: 9 }));
  }
}
