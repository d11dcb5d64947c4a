"""In what two records of a case differ."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cosim.tile.fingerprint import DIGITS
from ohmloop.regress.record import Layer, Record

HASH_SHOWN = 12
"""Digits of a long hash that are shown."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing that is not as recorded."""

    layer: str
    """Name of the layer; empty: it concerns the whole case."""

    what: str
    recorded: str
    now: str
    data: bool = False
    """Whether it is about psums and outputs, so that running the layer again may tell more."""

    cause: bool = False
    """Whether something else was run, so that other results are no wonder."""

    def __str__(self) -> str:
        layer = f"layer '{self.layer}': " if self.layer else ""
        return f"{layer}{self.what} must be {self.recorded}, not {self.now}"


def differences(recorded: Record, now: Record) -> list[Difference]:
    """Return in what a record differs from an older one: causes first, then layer by layer."""
    return list(_differences(recorded, now))


def unpredicted(now: Record) -> list[Difference]:
    """Return the layers whose cycles are not those predicted, whatever is recorded."""
    return [
        Difference(
            layer=layer.name,
            what="cycles measured",
            recorded=f"{layer.predicted_cycles:,}, as predicted",
            now=f"{layer.measured_cycles:,}",
        )
        for layer in now.layers
        if layer.measured_cycles not in (None, layer.predicted_cycles)
    ]


def _differences(recorded: Record, now: Record) -> Iterator[Difference]:
    for key in sorted({*recorded.settings, *now.settings}):
        values = recorded.settings.get(key), now.settings.get(key)
        yield from _difference("", f"setting '{key}'", *values, cause=True)
    yield from _difference("", "chip_hash", recorded.chip_hash, now.chip_hash, cause=True)
    yield from _difference("", "rtl_hash", recorded.rtl_hash, now.rtl_hash)
    names = [[layer.name for layer in one.layers] for one in (recorded, now)]
    yield from _difference("", "layers", ", ".join(names[0]), ", ".join(names[1]))
    if names[0] == names[1]:
        for before, after in zip(recorded.layers, now.layers, strict=True):
            yield from _layer_differences(before, after)
    for field in ("accuracy", "outputs_hash", "toggles"):
        yield from _difference("", field, getattr(recorded, field), getattr(now, field))


def _layer_differences(recorded: Layer, now: Layer) -> Iterator[Difference]:
    plain = ("kind", "macros", "vectors", "predicted_cycles", "measured_cycles")
    for field in plain:
        yield from _difference(now.name, field, getattr(recorded, field), getattr(now, field))
    yield from _data_difference(recorded, now)
    yield from _difference(now.name, "toggles", recorded.toggles, now.toggles)


def _data_difference(recorded: Layer, now: Layer) -> Iterator[Difference]:
    """Yield the first image, the first vector and the first macro of a layer that differ.

    Each is found alone, over all the others: together they need not be one place.
    """
    places = []
    for what, before, after in (
        ("image", _hashes(recorded.outputs), _hashes(now.outputs)),
        ("vector", _hashes(recorded.psums_by_vector), _hashes(now.psums_by_vector)),
        ("macro", recorded.psums_by_macro, now.psums_by_macro),
    ):
        for key in {**before, **after}:
            pair = before.get(key, "none"), after.get(key, "none")
            if pair[0] != pair[1]:
                places.append((f"first {what} {key}", *pair))
                break
    if places:
        where = ", ".join(place for place, *_ in places)
        _, before_hash, after_hash = places[0]
        yield Difference(
            layer=now.name,
            what=f"data ({where})",
            recorded=before_hash,
            now=after_hash,
            data=True,
        )


def _hashes(text: str) -> dict[int, str]:
    return {at // DIGITS: text[at : at + DIGITS] for at in range(0, len(text), DIGITS)}


def _difference(
    layer: str, field: str, recorded: Any, now: Any, *, cause: bool = False
) -> Iterator[Difference]:
    if recorded != now:
        what, shown = field.replace("_", " "), (_shown(recorded), _shown(now))
        yield Difference(layer=layer, what=what, recorded=shown[0], now=shown[1], cause=cause)


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.4%}"
    text = str(value)
    # SHA-256 in full would fill a line.
    return text[:HASH_SHOWN] if len(text) == 64 and " " not in text else text
