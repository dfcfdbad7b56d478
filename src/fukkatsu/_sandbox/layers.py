"""What the sandbox consists of, layer by layer, and how much of it is enough. For every platform."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fukkatsu.errors import SandboxUnavailableError

NAMESPACES: Final = ("user", "mount", "pid", "net", "ipc", "uts")
LAYERS: Final = (
    "rlimits",
    "no_new_privs",
    "seccomp",
    "landlock",
    *(f"{name} namespace" for name in NAMESPACES),
    "capabilities",
)
_REQUIRED: Final = "rlimits, no_new_privs, seccomp, and Landlock or namespaces"


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of the sandbox.

    Attributes:
        name: Its name, as the kernel's manual has it.
        available: Whether it is up.
        why: What it is, or why it is missing.
    """

    name: str
    available: bool
    why: str


@dataclass(frozen=True, slots=True)
class Isolation:
    """What the sandbox on this machine consists of."""

    layers: tuple[Layer, ...]
    note: str = ""  # what there is instead, where there is no jail

    def has(self, name: str) -> bool:
        """Whether the layer *name* is up."""
        return any(layer.name == name and layer.available for layer in self.layers)

    @property
    def full(self) -> bool:
        """Every layer is up."""
        return bool(self.layers) and all(layer.available for layer in self.layers)

    @property
    def sufficient(self) -> bool:
        """Enough for ``Policy.isolation="required"``: rlimits, no_new_privs, seccomp, and Landlock or namespaces."""
        core = all(self.has(name) for name in ("rlimits", "no_new_privs", "seccomp"))
        return core and (self.has("landlock") or (self.has("mount namespace") and self.has("net namespace")))

    @property
    def missing(self) -> tuple[Layer, ...]:
        """The layers that are not up."""
        return tuple(layer for layer in self.layers if not layer.available)

    @property
    def summary(self) -> str:
        """``"full"``, or ``"partial: ..."`` with what is missing, or ``"none: ..."``."""
        if self.full:
            return "full"
        if self.note:
            return f"partial: {self.note}"
        names = ", ".join(layer.name for layer in self.missing)
        if not any(layer.available for layer in self.layers):
            return f"none: {self.layers[0].why}" if self.layers else "none"
        return f"partial: without {names}"

    def require(self) -> None:
        """Raise ``SandboxUnavailableError`` where this is not enough for ``isolation="required"``."""
        if not self.sufficient:
            reasons = "; ".join(f"{layer.name}: {layer.why}" for layer in self.missing)
            msg = (
                f"Policy.isolation='required' asks for {_REQUIRED}; "
                f"this machine lacks {reasons}. Nothing was run. Run on a kernel (or in a container) that gives them, "
                f"or accept less with Policy(isolation='best-effort')."
            )
            raise SandboxUnavailableError(msg)
