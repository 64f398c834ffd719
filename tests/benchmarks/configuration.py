"""Agencies for the benchmark, four as a rule, all with the State Pension's agreement: one report is told to each."""

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from tellusonce.cli.sample import ROAD_ACCIDENT
from tellusonce.domain.report import Submission

AGENCIES = ("agency-1", "agency-2", "agency-3", "agency-4")
DISTRICT = "holmshire"
# The four agreements are statutory: who consents to what is not asked, and would be further rows.
SUBMISSION: dict[str, Any] = {**ROAD_ACCIDENT, "benefits": ["state-pension"], "permission": False, "consents": []}
PUSH: Mapping[str, Any] = {"kind": "push", "url": "https://set-by-push-urls.example.org/"}
_LIKE = Path("config/agencies/dwp-state-pension.yaml")


def configure(folder: Path, channel: Mapping[str, Any] = PUSH, codes: Iterable[str] = AGENCIES) -> Path:
    """Write a configuration folder in which all of them are reached by this channel; gives the folder."""
    shutil.rmtree(folder, ignore_errors=True)
    agencies = folder / "agencies"
    agencies.mkdir(parents=True)
    declared = yaml.safe_load(_LIKE.read_text())
    for code in codes:
        own = {**declared, "code": code, "name": f"Sample {code}", "channel": _of_agency(channel, code)}
        (agencies / f"{code}.yaml").write_text(yaml.safe_dump(own))
    return folder


def submission() -> Submission:
    """The report that is registered over and over."""
    return Submission.model_validate(SUBMISSION)


def _of_agency(channel: Mapping[str, Any], code: str) -> dict[str, Any]:
    if "place" not in channel:
        return dict(channel)
    return {**channel, "place": {**channel["place"], "path": code}}
