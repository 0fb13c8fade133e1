// Copies what the pages need out of node_modules: two fonts with their licences and the icons in use, as one sprite.
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";

const here = new URL("./", import.meta.url);
const from = (path) => new URL(`node_modules/${path}`, here);
const to = (path) => new URL(`../${path}`, here);

for (const folder of ["fonts", "img", "css"]) mkdirSync(to(folder), { recursive: true });
for (const file of readdirSync(to("fonts"))) rmSync(to(`fonts/${file}`));
for (const font of ["figtree", "bricolage-grotesque"]) {
  for (const subset of ["latin", "latin-ext"]) {
    const file = `${font}-${subset}-wght-normal.woff2`;
    copyFileSync(from(`@fontsource-variable/${font}/files/${file}`), to(`fonts/${file}`));
  }
  copyFileSync(from(`@fontsource-variable/${font}/LICENSE`), to(`fonts/${font}.LICENSE.txt`));
}

const names = readFileSync(new URL("icons.txt", here), "utf8").split("\n").map((line) => line.trim()).filter(Boolean);
const symbols = names.map((name) => {
  const svg = readFileSync(from(`lucide-static/icons/${name}.svg`), "utf8");
  const body = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>")).replace(/\s*\n\s*/g, "");
  return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${body}</symbol>`;
});
writeFileSync(to("img/icons.svg"), `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`);
copyFileSync(from("lucide-static/LICENSE"), to("img/icons.LICENSE.txt"));
