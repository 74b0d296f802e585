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

const sheets = fs.globSync("static/**/*.css", { exclude: ["static/built/**", "static/vendor/**"] });
const ours = sheets.map((path) => fs.readFileSync(path, "utf8")).join("\n");

module.exports = {
  css: [".front-end/node_modules/@kern-ux/native/dist/kern.min.css"],
  content: ["templates/**/*.html", "static/scripts/**/*.js"],
  defaultExtractor: classesIn,
  variables: true,
  keyframes: true,
  safelist: { variables: Array.from(new Set(ours.match(/--kern-[\w-]+/g))) },
};
