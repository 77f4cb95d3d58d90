"""An audit's summary for a person."""

from .audit import COUNTED_DISTANCE_BITS

# Most findings of one kind that are printed; audit.json has them all.
PRINTED = 20


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
