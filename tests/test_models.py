"""togimg models: the catalogue, and what the service lists now."""

import json
from dataclasses import replace
from typing import Any

import pytest

from running import Ran, Togimg, objects, use
from togimg import catalogue
from togimg.sandbox import Answer, Received, Sandbox, parse

TALK = (
    "prices are estimates in USD as of 2026-08-17\n"
    "delisted: no longer in the newest lists; may still work\n"
    "details: togimg models NAME\n"
)
NEW = {"id": "acme/fox-1", "type": "image", "display_name": "Fox \x1b[2J", "pricing": {"image": 1}}
STRANGE = {"id": "acme/kit", "pricing": {"image_pixel": {"price_per_megapixel": 0.01}}}
CHAT = {"id": "acme/chat", "type": "chat", "pricing": {"input": 1, "image": 0}}
USABLE = [model for model in catalogue.models() if model.usable]


class Newer(Sandbox):
    """A service with models that the catalogue does not know yet."""

    def answer(self, received: Received) -> Answer:
        told = super().answer(received)
        entries = [*json.loads(told.body), NEW, STRANGE, CHAT, {"id": 7}, "no entry"]
        return replace(told, body=json.dumps(entries).encode())


def rows(ran: Ran) -> dict[str, list[str]]:
    """The cells of a plain table, by the first one: cells are two blanks apart."""
    table = [[cell.strip() for cell in line.split("  ") if cell] for line in ran.stdout.split("\n")]
    return {row[0]: row[1:] for row in table if row}


def test_the_table_has_what_can_be_used_with_price_edits_and_sizes(togimg: Togimg) -> None:
    ran = togimg("models")

    table = rows(ran)
    names = ["name", *(model.label for model in USABLE)]
    assert (ran.code, list(table), ran.stderr) == (0, names, TALK)
    assert {
        name: table[name] for name in ("name", "flux-schnell", "kontext-pro", "nano-banana")
    } == {
        "name": ["price", "edits", "sizes", "status"],
        "flux-schnell": ["$0.0027/MP", "no", "width height", "delisted"],
        "kontext-pro": ["$0.04/MP", "yes", "aspect ratio", "listed"],
        "nano-banana": ["$0.039/image", "yes", "fixed sizes", "listed"],
    }


def test_all_of_it_has_the_retired_ones_too(togimg: Togimg) -> None:
    table = rows(togimg("models", "--all"))

    assert (len(table), table["flux-dev"][-1]) == (len(catalogue.models()) + 1, "retired")


@pytest.mark.parametrize(
    "name", ["kontext-pro", "KONTEXT-PRO", "black-forest-labs/FLUX.1-kontext-pro"]
)
def test_one_model_is_told_in_full(togimg: Togimg, name: str) -> None:
    ran = togimg("models", name)

    told = rows(ran)
    assert (ran.code, ran.stderr) == (0, "")
    assert {key: told[key] for key in ("id", "price", "references", "seed", "steps")} == {
        "id": ["black-forest-labs/FLUX.1-kontext-pro"],
        "price": ["$0.04/MP (as of 2026-08-17)"],
        "references": ["as image_url, at most 1"],
        "seed": ["yes"],
        "steps": ["yes"],
    }


def test_a_retired_model_names_what_to_use_instead(togimg: Togimg) -> None:
    told = rows(togimg("models", "flux-dev"))

    assert told["status"] == ["retired on 2026-02-25; use flux-2-dev"]


def test_every_line_of_json_is_a_model_retired_ones_included(togimg: Togimg) -> None:
    ran = togimg("models", "--json", "--all")

    found = objects(ran)
    assert (ran.code, ran.stderr) == (0, "")
    assert [(o["type"], o["id"], o["live"]) for o in found] == [
        ("model", model.id, None) for model in catalogue.models()
    ]
    assert len({tuple(o) for o in found}) == 1


def test_live_says_of_each_whether_the_service_lists_it(togimg: Togimg, sandbox: Sandbox) -> None:
    ran = togimg("models", "--live")

    table = rows(ran)
    listed = {name: row[-1] for name, row in table.items()}
    assert (ran.code, ran.stderr, [r.path for r in sandbox.requests]) == (0, TALK, ["/v1/models"])
    assert {name: listed[name] for name in ("name", "flux-schnell", "dreamshaper")} == {
        "name": "live",
        "flux-schnell": "yes",
        "dreamshaper": "no",
    }


def test_a_wrapped_list_is_the_same_list(
    togimg: Togimg, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = togimg("models", "--live")
    with Sandbox(faults=[parse("models-wrapped")]) as served:
        use(served, monkeypatch)
        wrapped = togimg("models", "--live")

    assert wrapped == bare


def test_an_empty_list_has_none_of_them(togimg: Togimg, monkeypatch: pytest.MonkeyPatch) -> None:
    with Sandbox(faults=[parse("models-empty")]) as served:
        use(served, monkeypatch)
        found = objects(togimg("models", "--live", "--json"))

    assert {o["live"] for o in found} == {False}


def test_models_that_only_the_service_lists_come_last_with_its_price(
    togimg: Togimg, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Newer() as served:
        use(served, monkeypatch)
        ran = togimg("models", "--live")
        *known, fox, kit = objects(togimg("models", "--live", "--json"))

    said: dict[str, Any] = dict.fromkeys(known[0])
    said |= {"type": "model", "aliases": [], "status": "not in the catalogue", "live": True}
    assert fox == said | {
        "id": "acme/fox-1",
        "name": "Fox \x1b[2J",
        "live_pricing": {"image": 1},
    }
    assert (kit["id"], kit["live_pricing"]) == ("acme/kit", STRANGE["pricing"])
    assert list(rows(ran).items())[-2:] == [
        ("acme/fox-1", ["?", "?", "?", "not in the catalogue", "yes"]),
        ("acme/kit", ["?", "?", "?", "not in the catalogue", "yes"]),
    ]


def test_one_model_has_the_price_that_the_service_lists_now(
    togimg: Togimg, sandbox: Sandbox
) -> None:
    told = rows(togimg("models", "flux-schnell", "--live"))

    assert (told["listed now"], json.loads(told["price now"][0])["image_pixel"]) == (
        ["yes"],
        {"price_per_megapixel": 0.0027, "min_steps": 4},
    )


def test_the_built_in_sandbox_lists_models_without_a_key(togimg: Togimg) -> None:
    ran = togimg("models", "--sandbox", "--live")

    assert (ran.code, rows(ran)["flux-schnell"][-1]) == (0, "yes")


def test_a_limit_is_waited_out(togimg: Togimg, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = Answer(429, (("retry-after", "0"),), b"{}")

    class Busy(Sandbox):
        def answer(self, received: Received) -> Answer:
            told = super().answer(received)
            return limit if len(self.requests) == 1 else told

    with Busy() as served:
        use(served, monkeypatch)
        ran = togimg("models", "--live")

    assert (ran.code, ran.stderr) == (0, f"waiting 0.0 s: your rate limit is reached (429)\n{TALK}")


def test_without_a_key_nothing_is_asked(togimg: Togimg) -> None:
    ran = togimg("models", "--live")

    assert (ran.code, ran.stdout, ran.stderr.split("\n")[0]) == (3, "", "error: no API key")


def test_a_refused_key_is_an_error_of_the_account(
    togimg: Togimg, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOGETHER_API_KEY", "invalid")

    assert togimg("models", "--live") == Ran(
        3,
        "",
        'error: the service refused the account: 401, "Unauthorized"\n'
        "hint: look at TOGETHER_API_KEY; keys: https://api.together.ai/settings/api-keys\n",
    )
