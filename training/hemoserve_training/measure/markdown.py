"""Figures in Markdown."""


def percent(value: float) -> str:
    return f"{100 * value:.2f}"


def with_limits(proportion: dict) -> str:
    lower, upper = percent(proportion["lower95"]), percent(proportion["upper95"])
    return f"{percent(proportion['value'])} ({lower}–{upper})"


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
