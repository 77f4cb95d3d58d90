"""Audits a data set: what is no crop, what is there twice, how many and how large. Deletes nothing.

    npm run audit -- --data ../shared/pbc --out /tmp/hemoserve/audit

writes audit.csv, a row a file, and audit.json, the summary.
"""

import argparse
import csv
import json
import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pyvips
from tqdm import tqdm

from .config import CLASSES
from .dataset import Crop, choose, class_files, fingerprint, format_fault, read_crop
from .duplicates import HASH_INPUT_PX, MAX_DISTANCE_BITS, identical_groups, near_pairs, perceptual_hash
from .preprocessing import Preprocessing, preprocess
from .source import Folder, open_source

COLUMNS = ["path", "label", "sha256", "width", "height", "used", "reason"]

# Pairs are counted this far past the bound, to show that there is a gap.
COUNTED_DISTANCE_BITS = 2 * MAX_DISTANCE_BITS

# Most findings of one kind that are printed; audit.json has them all.
PRINTED = 20


@dataclass(frozen=True)
class Examined:
    """A file with its fault, or with its size in pixels and its perceptual hash."""

    crop: Crop
    fault: str | None = None
    width: int | None = None
    height: int | None = None
    perceptual_hash: int | None = None


def examine(label: str, file: Folder) -> Examined:
    if file.is_dir():
        return Examined(Crop(f"{label}/{file.name}", label, ""), "a folder")
    crop, content = read_crop(label, file)
    if fault := format_fault(content):
        return Examined(crop, fault)
    try:
        header = pyvips.Image.new_from_buffer(content, "")
        # By the one preprocessing: what passes here is what training and service can read.
        pixels = preprocess(content, Preprocessing(HASH_INPUT_PX, HASH_INPUT_PX))
    except pyvips.Error:
        return Examined(crop, "does not decode")
    return Examined(crop, None, header.width, header.height, perceptual_hash(pixels))


def examine_all(root: Folder) -> list[Examined]:
    files = class_files(root, CLASSES)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda labelled: examine(*labelled), files)
        return list(tqdm(results, total=len(files), desc="audit", unit="file"))


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
    with file.open("w", newline="") as out:
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
        beside = sorted(entry.name for entry in root.iterdir() if entry.name not in CLASSES)
    summary = {"data": data.as_posix(), "beside": beside} | summarize(examined)
    out.mkdir(parents=True, exist_ok=True)
    write_list(out / "audit.csv", examined, summary["leftOut"])
    (out / "audit.json").write_text(json.dumps(summary, indent=2) + "\n")
    return summary


def describe(summary: dict) -> str:
    """The summary for a person."""
    lines = [f"{'class':<14}{'files':>7}{'used':>7}"]
    for label, count in summary["classes"].items():
        lines.append(f"{label:<14}{count['files']:>7}{count['used']:>7}")
    lines.append(f"{'all':<14}{summary['files']:>7}{summary['used']:>7}")
    if summary["beside"]:
        lines.append(f"not read, beside the classes: {', '.join(summary['beside'])}")
    lines.append("")

    lines.append(f"left out: {len(summary['leftOut'])} files")
    lines += shortened([f"{file['path']}: {file['reason']}" for file in summary["leftOut"]])

    lines.append(f"dimensions in px: {len(summary['dimensionsPx'])}")
    lines += shortened([f"{size}: {count}" for size, count in summary["dimensionsPx"].items()])

    identical = summary["identical"]
    lines.append(f"byte-identical: {len(identical)} groups, {conflicts(identical)} with different labels")
    lines += shortened([" = ".join(group["paths"]) for group in identical])

    near = summary["nearDuplicates"]
    lines.append(
        f"near duplicates ({near['hash']}, at most {near['maxDistanceBits']} differ): "
        f"{len(near['pairs'])} pairs, {conflicts(near['pairs'])} with different labels"
    )
    lines += shortened(
        [f"{' ~ '.join(pair['paths'])}: {pair['distanceBits']} bits" for pair in near["pairs"]]
    )
    by_distance = [f"{count} at {bits}" for bits, count in near["pairsByDistanceBits"].items()]
    lines.append(
        f"pairs by distance in bits, up to {COUNTED_DISTANCE_BITS}: {', '.join(by_distance) or 'none'}"
    )
    return "\n".join(lines)


def conflicts(findings: list[dict]) -> int:
    return sum(1 for finding in findings if len(finding["labels"]) > 1)


def shortened(lines: list[str]) -> list[str]:
    more = [f"  … and {len(lines) - PRINTED} more"] if len(lines) > PRINTED else []
    return [f"  {line}" for line in lines[:PRINTED]] + more


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--data", type=Path, required=True, help="folder or zip with one folder per class, at any depth"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for audit.csv and audit.json")
    args = parser.parse_args()
    print(describe(audit(args.data, args.out)))
    print(f"-> {args.out / 'audit.csv'}, {args.out / 'audit.json'}")


if __name__ == "__main__":
    main()
