// What PurgeCSS keeps of KERN: the classes that stand in our templates and scripts, and the variables that our sheets use.
// bin/build_front_end.py runs it in the project's folder.
const fs = require("node:fs");

// What templates and scripts put together from two parts: `kern-icon--{{ name }}`, with the name in quotes elsewhere.
const BEGINNINGS = ["kern-alert--", "kern-badge--", "kern-btn--", "kern-form-check__", "kern-icon--"];

function classesIn(text) {
  const words = text.match(/[\w-]+/g) ?? [];
  const quoted = Array.from(text.matchAll(/["']([a-z-]+)["']/g), (found) => found[1]);
  return words.concat(BEGINNINGS.flatMap((beginning) => quoted.map((word) => beginning + word)));
}

const KERN = ".front-end/node_modules/@kern-ux/native/dist/kern.min.css";
const variablesIn = (text) => text.match(/--kern-[\w-]+/g) ?? [];

// The variables that our sheets name, and those that stand behind these.
function variablesKept() {
  const behind = new Map();
  for (const [, name, value] of fs.readFileSync(KERN, "utf8").matchAll(/(--kern-[\w-]+):([^;}]*)/g)) {
    behind.set(name, (behind.get(name) ?? []).concat(variablesIn(value)));
  }
  const sheets = fs.globSync("static/**/*.css", { exclude: ["static/built/**"] });
  const kept = new Set(sheets.flatMap((path) => variablesIn(fs.readFileSync(path, "utf8"))));
  for (const name of kept) for (const other of behind.get(name) ?? []) kept.add(other); // a set grows while it is walked
  return Array.from(kept);
}

module.exports = {
  css: [KERN],
  content: ["templates/**/*.html", "static/scripts/**/*.js"],
  defaultExtractor: classesIn,
  variables: true,
  keyframes: true,
  safelist: {
    standard: [/^:(is|where)$/], // what stands in their brackets is judged by itself
    variables: variablesKept(),
  },
};
