import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../static/js", import.meta.url));
const files = readdirSync(ROOT, { recursive: true }).filter((name) => name.endsWith(".js")).map((name) => resolve(ROOT, name));
const imports = new Map(files.map((file) => [file, [...readFileSync(file, "utf8").matchAll(/from "(\.[^"]+)"/g)].map(([, name]) => resolve(dirname(file), name))]));

/** The first way from a module back to itself, or null. */
function cycle(file, path) {
  if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
  for (const next of imports.get(file) ?? []) {
    const found = cycle(next, [...path, file]);
    if (found !== null) return found;
  }
  return null;
}

test("no module imports itself by way of others: collectstatic could not name it by its content", () => {
  assert.ok(files.length > 20);
  for (const file of files) assert.equal(cycle(file, []), null);
});
