"""Which errors, methods and seeds one command goes through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from training.benchmark.planted import MIXED, Recipe

# Shares of wrong labels, and kinds of error, of the full grid; in the mixture each kind has its turn.
FULL_RATES = (0.0, 0.05, 0.2, 0.4)
EACH_KIND = (("gaussian_shift",), ("one_sided_shift",), ("phase_swap",), ("noise",), ("group_offset",))


@dataclass(frozen=True)
class Grid:
    """What is run where the command line says nothing else. control: also with noise for waveforms."""

    rates: tuple[float, ...] = (0.2,)
    kinds: tuple[tuple[str, ...], ...] = (MIXED,)
    seeds: tuple[int, ...] = (0,)
    objectives: tuple[str, ...] = ("lancor",)
    control: bool = False

    def recipes(self, phases: tuple[int, ...], shift_s: tuple[float, float]) -> list[Recipe]:
        """One for each rate and kind, and a single one for rate 0, where kinds make no difference. Raises ValueError as `Recipe` does."""
        kinds = {rate: self.kinds if rate > 0 else self.kinds[:1] for rate in self.rates}
        return [Recipe(rate, kind, phases, *shift_s) for rate in self.rates for kind in kinds[rate]]


ONE = Grid()
GRIDS = {
    "core": Grid(seeds=(0, 1, 2), objectives=("lancor", "plain"), control=True),
    "full": Grid(FULL_RATES, (MIXED, *EACH_KIND), (0, 1, 2), ("lancor", "plain"), control=True),
}


def is_mixed_or_alone(recipe: Recipe, recipes: Sequence[Recipe]) -> bool:
    """Of many recipes, the controls and ablations are made for the mixed ones; never where nothing is planted."""
    return recipe.rate > 0 and (recipe.kinds == MIXED or len(recipes) == 1)


def recipe_name(recipe: Recipe) -> str:
    kinds = "mixed" if recipe.kinds == MIXED else " + ".join(recipe.kinds)
    return "nothing planted" if recipe.rate == 0 else f"{100 * recipe.rate:g} % {kinds}"
