#!/usr/bin/env python3
"""release.py NUMBER FROM TO: copies a program as it was in that release.

A line that begins with `#2#` or `//2//` (after spaces) belongs to release 2 only: helper functions,
comments, whatever moves the lines below. Release 1 is the program without these lines, and has
none in their place.
"""

import re
import shutil
import sys
from pathlib import Path

MARK = re.compile(r"^(\s*)(?:#2#|//2//) ?(.*)$")
TEXTS = {".py", ".mjs", ".js", ".rs", ".html"}


def of_release(number, text):
    lines = []
    for line in text.splitlines():
        mark = MARK.match(line)
        if mark is None:
            lines.append(line)
        elif number == 2:
            lines.append((mark.group(1) + mark.group(2)).rstrip())
    return "\n".join(lines) + "\n"


def main():
    number, source, target = int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
    for path in sorted(source.rglob("*")):
        if path.is_dir() or path.name == "run.sh":
            continue
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix in TEXTS:
            copy.write_text(of_release(number, path.read_text()))
        else:
            shutil.copy(path, copy)


main()
