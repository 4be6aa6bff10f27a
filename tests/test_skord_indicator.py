"""``skord indicator``: figures are asked for, listed and shown, and the schedule and the desk ask in the same way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from skord import work
from skord.cli import main
from skord.sample.statistics import Series, Statistics
from skord.tasks import do
from skord.wiring import House, utc_now
from storage.indicators import list_indicators
from storage.measurements import series
from storage.tasks import add_task, get_task

CONFIG = """
[site]
name = "Halland växer"
owner = "Region Halland"
base_url = "http://127.0.0.1:8000"
contact = "a@example.se"
[storage]
url = "sqlite:///skord.db"
media = "media"
[campaign.hallandvaxer]
name = "Halland växer"
hashtags = ["#hallandväxer"]
strategy = "plan.toml"
[fetch]
allow = ["127.0.0.1:{port}"]
[fetch.hosts]
"127.0.0.1" = "1000/s"
[indicators]
kolada = "{kolada}"
scb = ""
"""

PLAN = """
[strategy]
id = "plan"
title = "Planen"
owner = "Regionen"
period = "2014-2030"
[node.A]
title = "Ett område"
[indicator.invanare]
title = "Invånare"
nodes = ["A"]
kolada = "N01951"
areas = ["1380"]
[indicator.borta]
title = "Ett som inte finns"
nodes = ["A"]
kolada = "N99999"
areas = ["1380"]
[indicator.hand]
title = "För hand"
nodes = ["A"]
"""

PEOPLE = Series(
    id="N01951", title="Invånare totalt, antal", values={"total": {"1380": {"2023": 104_800.0, "2024": "Sekretess"}}}
)


@pytest.fixture
def config(tmp_path: Path) -> Iterator[str]:
    """A configuration whose strategy is loaded, and whose Kolada knows one of its key figures."""
    with Statistics([PEOPLE], clock=utc_now) as server:
        (tmp_path / "plan.toml").write_text(PLAN, encoding="utf-8")
        file = tmp_path / "config.toml"
        file.write_text(CONFIG.format(port=server.port, kolada=server.kolada), encoding="utf-8")
        assert main(["--config", str(file), "database", "upgrade"]) == 0
        assert main(["--config", str(file), "strategy", "load"]) == 0
        yield str(file)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_figures_are_asked_for_and_told(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One line an indicator; what failed makes the exit code 1 and stands below in words."""
    capsys.readouterr()
    assert main(["--config", config, "--json", "indicator", "refresh"]) == 1
    people, gone = lines(capsys)
    assert (people["code"], people["status"], people["new"], people["error"]) == ("invanare", "ok", 2, None)
    assert (gone["code"], gone["status"]) == ("borta", "failed")
    assert isinstance(gone["error"], dict)
    assert gone["error"]["key"] == "kolada_gone"
    assert main(["--config", config, "indicator", "refresh", "borta"]) == 1
    assert "Nyckeltalet N99999 finns inte längre i Kolada." in capsys.readouterr().out


def test_a_dry_run_stores_nothing(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What would come is told; asked again it would still come."""
    for _ in range(2):
        capsys.readouterr()
        assert main(["--config", config, "--json", "indicator", "refresh", "invanare", "--dry-run"]) == 0
        assert [line["new"] for line in lines(capsys)] == [2]


def test_the_list_tells_how_asking_goes(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Fetched, failed, brought by hand: each indicator with its state, and 1 where one fails."""
    main(["--config", config, "indicator", "refresh"])
    capsys.readouterr()
    assert main(["--config", config, "--json", "indicator", "list"]) == 1
    assert {line["code"]: line["status"] for line in lines(capsys)} == {
        "invanare": "ok", "borta": "failed", "hand": "hand",
    }  # fmt: skip
    assert main(["--config", config, "indicator", "list"]) == 1
    assert "förs in för hand" in capsys.readouterr().out


def test_values_are_shown_and_none_is_not_zero(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A missing value has no number and says why."""
    main(["--config", config, "indicator", "refresh", "invanare"])
    for more in ([], ["--revisions"]):
        capsys.readouterr()
        assert main(["--config", config, "--json", "indicator", "show", "plan/invanare", *more]) == 0
        first, second = lines(capsys)
        assert (first["period"], first["value"], first["told"]) == ("2023", 104_800.0, "")
        assert (second["period"], second["value"], second["told"]) == ("2024", None, "Sekretess")
    assert main(["--config", config, "indicator", "show", "invanare"]) == 0
    shown = capsys.readouterr().out
    assert "Invånare totalt, antal" in shown
    assert "Sekretess" in shown


def test_what_is_not_there_is_wrong_use(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown code ends with 2 and says how to find the right one."""
    assert main(["--config", config, "indicator", "show", "finnsej"]) == 2
    assert "skord indicator list" in capsys.readouterr().err


def test_what_is_brought_by_hand_is_said_to_be(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Asking for it is no failure, and told."""
    assert main(["--config", config, "indicator", "refresh", "hand"]) == 0
    assert "hand hämtas inte" in capsys.readouterr().err


def test_the_doctor_tells_of_a_failing_figure(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A finding for each that fails, with what to do."""
    main(["--config", config, "indicator", "refresh"])
    capsys.readouterr()
    main(["--config", config, "doctor"])
    assert "✗ borta: Nyckeltalet N99999" in capsys.readouterr().out


def test_the_schedule_asks_for_what_is_due(config: str) -> None:
    """The job finds its own work, and has none left afterwards."""
    house = House(config=Path(config), environ={})
    try:
        work.indicators(house, lambda: False)
        people = list_indicators(house.store, "hallandvaxer")[0]
        assert [each.value for each in series(house.store, people.id)] == [104_800.0]
        before = people.last_run_at
        work.indicators(house, lambda: False)
        assert list_indicators(house.store, "hallandvaxer")[0].last_run_at == before
    finally:
        house.close()


def test_the_desk_asks_by_a_task(config: str) -> None:
    """What a page wants asked now is a task with the indicator's id; its result says how it went."""
    house = House(config=Path(config), environ={})
    try:
        people = list_indicators(house.store, "hallandvaxer")[0]
        task = get_task(
            house.store, add_task(house.store, "refresh_indicator", {"indicator": people.id}, now=utc_now())
        )
        (result,) = do(house, task, lambda: False)["results"]
        assert (result["code"], result["status"], result["new"]) == ("invanare", "ok", 2)
    finally:
        house.close()
