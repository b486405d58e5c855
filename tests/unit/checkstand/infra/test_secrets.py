"""Secrets at rest open only where they belong."""

import threading

import pytest

from checkstand.infra.secrets import KeyFileWrong, SecretUnreadable, load_or_create_key, seal, unseal

KEY = b"k" * 32


def test_what_was_sealed_opens_in_its_place():
    assert unseal(KEY, seal(KEY, b"whsec", "endpoint:1"), "endpoint:1") == b"whsec"


def test_a_ciphertext_moved_to_another_row_does_not_open():
    with pytest.raises(SecretUnreadable):
        unseal(KEY, seal(KEY, b"whsec", "endpoint:1"), "endpoint:2")


def test_another_key_does_not_open_it():
    with pytest.raises(SecretUnreadable):
        unseal(b"x" * 32, seal(KEY, b"whsec", "endpoint:1"), "endpoint:1")


@pytest.mark.parametrize("at", [0, 1, 13, -1])
def test_one_changed_byte_is_noticed(at):
    sealed = bytearray(seal(KEY, b"whsec", "endpoint:1"))
    sealed[at] ^= 1

    with pytest.raises(SecretUnreadable):
        unseal(KEY, bytes(sealed), "endpoint:1")


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01short"])
def test_a_cut_off_ciphertext_is_refused(sealed):
    with pytest.raises(SecretUnreadable):
        unseal(KEY, sealed, "endpoint:1")


def test_sealing_twice_gives_different_bytes():
    assert seal(KEY, b"same", "here") != seal(KEY, b"same", "here")


def test_processes_that_start_together_agree_on_one_key(tmp_path):
    keys = []
    threads = [
        threading.Thread(target=lambda: keys.append(load_or_create_key(tmp_path / "secret.key"))) for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(keys) == 16
    assert len(set(keys)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


@pytest.mark.parametrize("content", ["", "not base64!", "c2hvcnQ="])
def test_a_damaged_key_file_is_not_replaced_by_a_new_key(tmp_path, content):
    path = tmp_path / "secret.key"
    path.write_text(content)

    with pytest.raises(KeyFileWrong):
        load_or_create_key(path)
    assert path.read_text() == content
