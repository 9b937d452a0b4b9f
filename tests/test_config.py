"""The config file: what it says, and what is said of one that cannot be meant."""

from pathlib import Path

import pytest

from running import Togimg
from togimg import settings
from togimg.errors import UsageError
from togimg.settings import Config


def written(monkeypatch: pytest.MonkeyPatch, text: str) -> Path:
    """A config file with this text, in the place that the environment names."""
    path = Path("togimg.toml").absolute()
    path.write_text(text, encoding="utf-8")
    monkeypatch.setenv("TOGIMG_CONFIG", str(path))
    return path


@pytest.mark.parametrize(
    ("text", "config"),
    [
        ("", Config()),
        ("budget.per_day = 5", Config(per_day=5)),
        ("[budget]\nper_day = 0.5\nper_month = 12.5\n", Config(per_day=0.5, per_month=12.5)),
        (
            "[limits]\nreply_megabytes = 1\npicture_megapixels = 0.5",
            Config(reply_megabytes=1, picture_megapixels=0.5),
        ),
        ("\ufeffkey_host = 'a.example, b.example'", Config(key_host="a.example, b.example")),
    ],
)
def test_what_the_file_says_is_known(
    monkeypatch: pytest.MonkeyPatch, text: str, config: Config
) -> None:
    written(monkeypatch, text)

    assert settings.config() == config


def test_without_a_file_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(Path("config").absolute()))

    assert settings.config() == Config()


def test_the_usual_place_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path("config/togimg").absolute()
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text("budget.per_day = 1")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder.parent))

    assert settings.config() == Config(per_day=1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("budget.per_day = ", "is no TOML"),
        ("budget.per_week = 3", "has an unknown key budget.per_week"),
        ("budget = 3", "has an unknown key budget"),
        ("budget.per_day = 'five'", "budget.per_day must be a sum in USD, not 'five'"),
        ("budget.per_day = -1", "budget.per_day must be a sum in USD, not -1"),
        ("budget.per_day = nan", "budget.per_day must be a sum in USD, not nan"),
        ("budget.per_day = true", "budget.per_day must be a sum in USD, not True"),
        ("key_host = 3", "key_host must be a text, not 3"),
    ],
)
def test_what_cannot_be_meant_is_an_error(
    monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    path = written(monkeypatch, text)

    with pytest.raises(UsageError) as raised:
        settings.config()

    assert str(path) in raised.value.message
    assert message in raised.value.message


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ("limits.picture_megapixels = 0.25", "has more than 0.25 megapixels"),
        ("limits.reply_megabytes = 0.001", "it is larger than 1049 bytes"),
    ],
)
def test_what_is_too_large_is_what_the_file_says(
    monkeypatch: pytest.MonkeyPatch, togimg: Togimg, limit: str, said: str
) -> None:
    written(monkeypatch, limit)
    large = togimg("generate", "fox", "-m", "flux-schnell", "--size", "1024x512", "--sandbox")
    monkeypatch.delenv("TOGIMG_CONFIG")
    usual = togimg("generate", "fox", "-m", "flux-schnell", "--size", "1024x512", "--sandbox")

    assert (large.code, large.stdout, usual.code) == (9, "", 0)
    assert said in large.stderr


def test_a_file_that_was_named_must_be_there(
    monkeypatch: pytest.MonkeyPatch, togimg: Togimg
) -> None:
    monkeypatch.setenv("TOGIMG_CONFIG", "gone.toml")

    ran = togimg("generate", "fox", "--sandbox")

    assert (ran.code, ran.stdout) == (2, "")
    assert ran.stderr == (
        "error: cannot read the config file gone.toml: no such file or directory\n"
        "hint: put it right, or name another with TOGIMG_CONFIG\n"
    )
