"""Takes what the addon needs out of the wheels in a folder: python3 extract.py WHEELS DEPS."""

import re
import shutil
import sys
from pathlib import Path
from zipfile import ZipFile

# libtensorflow finds NVIDIA's libraries by its run path, $ORIGIN/../nvidia/NAME/lib.
WANTED = {
    r"tensorflow/(libtensorflow(?:_cc|_framework)\.so\.2)$": "lib",
    r"tensorflow/include/((?:tensorflow|tsl|xla/tsl)/c/.*\.h)$": "include",
    r"tensorflow/include/(.*/ctstring[^/]*\.h)$": "include",
    r"(nvidia/[^/]+/lib/.*\.so[.0-9]*)$": "",
}


def main(wheels: Path, deps: Path) -> None:
    for wheel in sorted(wheels.glob("*.whl")):
        with ZipFile(wheel) as archive:
            for name in archive.namelist():
                for pattern, folder in WANTED.items():
                    if found := re.match(pattern, name):
                        target = deps / folder / found[1]
                        target.parent.mkdir(parents=True, exist_ok=True)
                        with archive.open(name) as source, target.open("wb") as copy:
                            shutil.copyfileobj(source, copy)
        print(f"  {wheel.name}")


main(Path(sys.argv[1]), Path(sys.argv[2]))
