"""The certificates that are trusted: the system's, those that are named, or certifi's."""

from pathlib import Path

import pytest

from togimg.together.tls import VERIFIES_IN_WRAP, context

pytestmark = pytest.mark.skipif(VERIFIES_IN_WRAP, reason="the system keeps its certificates itself")


def test_there_are_certificates_where_openssl_finds_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    (tmp_path / "README").write_text("no certificate")

    assert context().cert_store_stats()["x509_ca"] > 50


def test_a_file_that_is_named_is_trusted_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certifi = pytest.importorskip("certifi")
    one, end, _ = Path(certifi.where()).read_text("utf-8").partition("-----END CERTIFICATE-----")
    (tmp_path / "one.pem").write_text(one + end + "\n", "utf-8")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "one.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))

    assert context().cert_store_stats()["x509_ca"] == 1


def test_a_folder_that_cannot_be_read_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "file"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))

    assert context().cert_store_stats()["x509_ca"] > 50
