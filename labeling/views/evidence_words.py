"""Names and units for the evidence on a label, in the order in which an analyst wants them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from labeling.services.flag_facts import UNKNOWN, bands

KINDS = {
    "timing": "timing",
    "phase": "phase",
    "no_arrival": "no arrival",
    "missed_arrival": "missed arrival",
    "group_offset": "group offset",
    "duplicate": "duplicate",
}


@dataclass(frozen=True)
class Word:
    """name: what the row is called. unit: `s` is written with a sign. digits: after the point. leads: shown without unfolding."""

    name: str
    unit: str = ""
    digits: int = 2
    signed: bool = False
    leads: bool = False
    explanation: str = ""


WORDS = {
    "feature_kl": Word(
        "feature–label misalignment", digits=2, leads=True, explanation="KL divergence of the waveform's from the label's feature"
    ),
    "feature_cosine": Word("feature–label similarity", digits=2, leads=True, explanation="cosine of the two features; 1 is full agreement"),
    "time_contrast": Word(
        "time contrast at label",
        digits=2,
        signed=True,
        leads=True,
        explanation="alignment at the label less that at its best shift, in log units",
    ),
    "time_contrast_peak_s": Word(
        "alignment is best at", "s", signed=True, leads=True, explanation="shift at which label and waveform agree best"
    ),
    "p_gross_error": Word("gross error (noise model)", leads=True, explanation="posterior that the label errs beyond analysts' spread"),
    "neg_log_label_density": Word(
        "label unlikely, −log p", digits=1, signed=True, leads=True, explanation="of the label given the waveform, per second"
    ),
    "ar_aic_s": Word("AR-AIC onset", "s", signed=True, leads=True, explanation="onset found without a network, less the label"),
    "second_opinion_s": Word(
        "second opinion's onset",
        "s",
        signed=True,
        leads=True,
        explanation="of a picker trained elsewhere, less the label; P does not know of it",
    ),
    "snr_db": Word("SNR after / before label", "dB", digits=0, leads=True, explanation="power 1 s after against 4 s before the label"),
    "network_agreement_s": Word(
        "networks agree within", "s", leads=True, explanation="from the earliest to the latest of the networks' peaks"
    ),
    "group_offset_s": Word(
        "offset of its group", "s", signed=True, leads=True, explanation="how late this station's or analyst's labels are as a group"
    ),
    "network_residual_s": Word("networks' peak − label", "s", signed=True, explanation="median of the networks' peaks"),
    "residual_s": Word("posterior's peak − label", "s", signed=True),
    "residual_over_sigma": Word("the same, over the spread", "σ", digits=1),
    "posterior_sigma_s": Word("posterior's spread", "s"),
    "p_no_arrival": Word("no arrival in this window", explanation="share of the posterior"),
    "own_phase_at_label": Word("its phase seen at the label", explanation="decoder's highest output within 0.1 s"),
    "other_phase_at_label": Word("the other phase seen there", explanation="decoder's highest output within 0.1 s"),
    "label_noise_level": Word("amplitude at the label", "σ", explanation="just after it, standardised; near 0 on a dead stretch"),
    "p_group_offset": Word("group offset", explanation="probability"),
    "p_out_of_order": Word("S before P", explanation="probability that this one of the two is wrong"),
    "p_duplicate": Word("duplicate of another pick", explanation="probability"),
    "p_missed_arrival": Word("another arrival not labelled", explanation="probability"),
}


def evidence_rows(evidence: dict[str, Any]) -> list[dict[str, Any]]:
    """One row for each figure: name, value in words, whether it leads. Figures without a word of ours keep their own name."""
    known = [name for name in WORDS if name in evidence]
    rows = [_row(name, evidence[name]) for name in (*known, *sorted(set(evidence) - set(known)))]
    return [row for row in rows if row is not None]


def in_words(value: float, unit: str = "", digits: int = 2, *, signed: bool = False) -> str:
    """`−0.62 s`, with a true minus sign, and none on what rounds to nothing."""
    value = round(value, digits) + 0.0  # −0.0 becomes 0.0
    text = f"{value:+.{digits}f}" if signed and value else f"{value:.{digits}f}"
    return f"{text.replace('-', '−')} {unit}".strip()


def band_words(edges: tuple[int, ...], unit: str) -> dict[str, str]:
    """By token of a band, what it is called; the last one holds what is not known."""
    words = {token: token.replace("under", "under ").replace("over", "over ").replace("-", " to ") for token in bands(edges)}
    return {token: f"{text} {unit}" for token, text in words.items()} | {UNKNOWN: "not known"}


def _row(name: str, value: Any) -> dict[str, Any] | None:
    word = WORDS.get(name, Word(name.replace("_", " ")))
    if isinstance(value, bool) or not isinstance(value, int | float | str | type(None)):
        return None  # curves are drawn, not listed
    if value is None:
        text = "—"
    elif isinstance(value, str):
        text = value
    else:
        text = in_words(value, word.unit, word.digits, signed=word.signed)
    return {"name": word.name, "value": text, "leads": word.leads and value is not None, "explanation": word.explanation}
