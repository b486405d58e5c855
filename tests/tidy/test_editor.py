"""The console's YAML editor is committed as one built file."""

import hashlib
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "admin_ui" / "editor"
BUILT = ROOT / "admin_ui" / "checkstand_admin" / "studio" / "vendor" / "editor.min.js"


def test_the_built_editor_is_made_from_the_sources_beside_it():
    files = [SOURCE / "build.js", SOURCE / "package-lock.json", *sorted((SOURCE / "src").iterdir())]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()

    named = re.search(r"sources ([0-9a-f]{64})", BUILT.read_text(encoding="utf-8"))

    assert named is not None
    assert named[1] == digest, "run `make editor` and commit what it built"


def test_the_licences_of_what_the_editor_contains_lie_beside_it():
    licences = (BUILT.parent / "editor-LICENSE.txt").read_text(encoding="utf-8")
    lock = (SOURCE / "package-lock.json").read_text(encoding="utf-8")
    contained = re.findall(r'"node_modules/((?:@codemirror|@lezer|@marijn)/[^"]+|crelt|style-mod|w3c-keyname)"', lock)

    assert contained
    assert [name for name in contained if name.rpartition("/")[2] not in licences] == []
