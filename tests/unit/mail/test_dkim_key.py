"""The key's file and its DNS record."""

import stat
from base64 import b64decode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
)
from tests.support.processes import find_program, run
from tests.unit.mail import signing

from pinlabs_mailer.errors import BadInput, ConfigurationError
from pinlabs_mailer.mail import dkim_key

CLEAR = NoEncryption()


def write(
    path: Path,
    key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey,
    form: PrivateFormat = PrivateFormat.PKCS8,
    encryption: KeySerializationEncryption = CLEAR,
) -> Path:
    path.write_bytes(key.private_bytes(Encoding.PEM, form, encryption))
    return path


def complaint(path: Path) -> str:
    with pytest.raises(ConfigurationError) as caught:
        dkim_key.read(path, "s1", "example.com")
    assert caught.value.next_step
    return str(caught.value)


def test_a_key_is_made_for_its_owner_alone_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "dkim.pem"
    made = dkim_key.make(path, "s1", "example.com")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    read = dkim_key.read(path, "s1", "example.com")
    assert read.private.private_numbers() == made.private.private_numbers()
    assert read.private.key_size == 2048
    assert "PRIVATE" not in repr(read)


def test_a_file_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "dkim.pem"
    path.write_text("precious")
    with pytest.raises(BadInput, match="already"):
        dkim_key.make(path, "s1", "example.com")
    assert path.read_text() == "precious"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be written"):
        dkim_key.make(tmp_path / "none" / "dkim.pem", "s1", "example.com")


def test_the_record_is_split_as_dns_wants_it_and_holds_our_public_key() -> None:
    record = signing.record()
    assert record.name == "s2026._domainkey.pinlabs.example"
    assert [len(part) for part in record.strings] == [255, len(record.value) - 255]
    found = dict(tag.split("=", 1) for tag in record.value.split("; "))
    assert list(found) == ["v", "k", "p"]  # v= must stand first (RFC 6376 section 3.6.1)
    assert (found["v"], found["k"]) == ("DKIM1", "rsa")
    public = load_der_public_key(b64decode(found["p"], validate=True))
    own = signing.key().private.public_key()
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert public.public_bytes(*form) == own.public_bytes(*form)


def test_the_zone_line_has_the_strings_in_quotes() -> None:
    record = signing.record()
    assert record.zone_line == (
        f's2026._domainkey.pinlabs.example. IN TXT ( "{record.strings[0]}" "{record.strings[1]}" )'
    )


def test_keys_that_openssl_made_are_read(tmp_path: Path) -> None:
    openssl = find_program("openssl")
    for form in ("-traditional", "-verbose"):
        path = tmp_path / f"{form}.pem"
        run([openssl, "genrsa", form, "-out", path, "2048"])
        assert dkim_key.read(path, "s1", "example.com").private.key_size == 2048


def test_a_longer_key_is_welcome(tmp_path: Path) -> None:
    path = write(tmp_path / "key.pem", rsa.generate_private_key(65537, 3072))
    assert dkim_key.read(path, "s1", "example.com").private.key_size == 3072


def test_what_is_no_key_is_told(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    assert "cannot be read" in complaint(path)
    assert "cannot be read" in complaint(tmp_path)
    for wrong in (
        b"",
        b"\x00\xff",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    ):
        path.write_bytes(wrong)
        assert "no private key in PEM form" in complaint(path)
    public = signing.key().private.public_key()
    path.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    assert "no private key in PEM form" in complaint(path)


def test_keys_that_providers_do_not_take_are_told(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    write(path, rsa.generate_private_key(65537, 1024))
    assert "1024 bits" in complaint(path)
    write(path, ed25519.Ed25519PrivateKey.generate())
    assert "no RSA key" in complaint(path)
    write(path, signing.key().private, encryption=BestAvailableEncryption(b"secret"))
    assert "encrypted" in complaint(path)
