"""Audits a data set: what is no crop, what is there twice, how many and how large. Deletes nothing."""

import csv
import json
from collections import Counter
from pathlib import Path

from .classes import CLASSES
from .dataset import choose, fingerprint
from .duplicates import MAX_DISTANCE_BITS, identical_groups, near_pairs
from .examine import Examined, examine_all
from .faults import printable
from .source import open_source

COLUMNS = ["path", "label", "sha256", "width", "height", "used", "reason"]

# Pairs are counted this far past the bound, to show that there is a gap.
COUNTED_DISTANCE_BITS = 2 * MAX_DISTANCE_BITS


def summarize(examined: list[Examined]) -> dict:
    """All findings, in the shape of audit.json."""
    used, rejected = choose((file.crop, file.fault) for file in examined)
    sound = [file for file in examined if file.fault is None]
    files_by_label = Counter(file.crop.label for file in examined)
    used_by_label = Counter(crop.label for crop in used)
    dimensions = Counter(f"{file.width}x{file.height}" for file in sound)
    identical = identical_groups([file.crop for file in sound])
    pairs = near_duplicates(sound)
    return {
        "files": len(examined),
        "used": len(used),
        "fingerprint": fingerprint(used),
        "classes": {
            label: {"files": files_by_label[label], "used": used_by_label[label]} for label in CLASSES
        },
        "dimensionsPx": dict(dimensions.most_common()),
        "leftOut": [{"path": file.path, "reason": file.reason} for file in rejected],
        "identical": [
            {
                "paths": [crop.path for crop in group],
                "labels": sorted({crop.label for crop in group}),
                "sha256": group[0].sha256,
            }
            for group in identical
        ],
        "nearDuplicates": {
            "hash": "ImageHash phash, 64 bits",
            "maxDistanceBits": MAX_DISTANCE_BITS,
            "pairs": [pair for pair in pairs if pair["distanceBits"] <= MAX_DISTANCE_BITS],
            "pairsByDistanceBits": dict(sorted(Counter(pair["distanceBits"] for pair in pairs).items())),
        },
    }


def near_duplicates(sound: list[Examined]) -> list[dict]:
    """Pairs of close hashes; of byte-identical crops the first stands for all."""
    different = list({file.crop.sha256: file for file in reversed(sound)}.values())[::-1]
    pairs = []
    for a, b, distance in near_pairs([file.perceptual_hash for file in different], COUNTED_DISTANCE_BITS):
        both = [different[a].crop, different[b].crop]
        pairs.append(
            {
                "paths": [crop.path for crop in both],
                "labels": sorted({crop.label for crop in both}),
                "distanceBits": distance,
            }
        )
    return sorted(pairs, key=lambda pair: (pair["distanceBits"], pair["paths"]))


def write_list(file: Path, examined: list[Examined], left_out: list[dict]) -> None:
    reason_of = {entry["path"]: entry["reason"] for entry in left_out}
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        for entry in sorted(examined, key=lambda entry: entry.crop.path):
            crop, reason = entry.crop, reason_of.get(entry.crop.path)
            used = "no" if reason else "yes"
            writer.writerow([crop.path, crop.label, crop.sha256, entry.width, entry.height, used, reason])


def audit(data: Path, out: Path) -> dict:
    """Writes audit.csv and audit.json to the folder `out`; returns the latter."""
    with open_source(data, CLASSES) as root:
        examined = examine_all(root)
        beside = sorted(printable(entry.name) for entry in root.iterdir() if entry.name not in CLASSES)
    summary = {"data": data.as_posix(), "beside": beside} | summarize(examined)
    out.mkdir(parents=True, exist_ok=True)
    write_list(out / "audit.csv", examined, summary["leftOut"])
    (out / "audit.json").write_text(json.dumps(summary, indent=2) + "\n")
    return summary
