// One file for the console: the editor and what it is made of, minified, with the licence named at its top.
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { build } from "esbuild";

const OUT = "../checkstand_admin/studio/vendor/editor.min.js";

// tests/tidy/test_editor.py reads this, so a source that was changed without a build does not go unnoticed.
const sources = (await readdir("src")).sort().map((name) => `src/${name}`);
const digest = createHash("sha256");
for (const name of ["build.js", "package-lock.json", ...sources]) digest.update(await readFile(name));

const BANNER = `/*! The console's YAML editor, Apache-2.0. Contains CodeMirror 6 and Lezer, (c) Marijn Haverbeke and others, MIT:
    see editor-LICENSE.txt. Built by "make editor" from admin_ui/editor, sources ${digest.digest("hex")} */`;

// CodeMirror puts its styles into a <style> of the page, which a strict content security policy forbids. A constructed
// style sheet is allowed everywhere; style-mod uses one in shadow roots only, so that condition is taken out.
const CONDITION = "!root.head && root.adoptedStyleSheets";
const constructedStyles = {
  name: "constructed styles",
  setup({ onLoad }) {
    onLoad({ filter: /style-mod[/\\]src[/\\]style-mod\.js$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      if (!source.includes(CONDITION)) throw new Error(`${path} no longer says "${CONDITION}"; look how it decides now`);
      return { contents: source.replace(CONDITION, "root.adoptedStyleSheets") };
    });
  },
};

await build({
  entryPoints: ["src/editor.js"],
  outfile: OUT,
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  banner: { js: BANNER },
  plugins: [constructedStyles],
  logLevel: "info",
});
