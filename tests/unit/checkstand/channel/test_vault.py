"""Credentials at rest open only where they belong."""

from __future__ import annotations

import pytest

from checkstand.channel.vault import Vault
from checkstand.infra.secrets import SecretUnreadable

PLACE = {"tenant_id": "ten_lantern", "account_id": "cha_1", "version": 1}
SECRETS = {"api_v3_key": "0123456789abcdef0123456789ABCDEF", "label": "密钥"}


def test_what_is_sealed_opens_again_and_shows_nothing() -> None:
    vault = Vault(b"k" * 32)
    sealed = vault.seal(SECRETS, **PLACE)

    assert vault.open(sealed, **PLACE) == SECRETS
    assert SECRETS["api_v3_key"] not in sealed
    assert vault.seal(SECRETS, **PLACE) != sealed


@pytest.mark.parametrize("moved", [{"tenant_id": "ten_rival"}, {"account_id": "cha_2"}, {"version": 2}])
def test_a_ciphertext_copied_to_another_row_stays_shut(moved: dict[str, object]) -> None:
    vault = Vault(b"k" * 32)

    with pytest.raises(SecretUnreadable):
        vault.open(vault.seal(SECRETS, **PLACE), **{**PLACE, **moved})  # type: ignore[arg-type]


def test_another_key_opens_nothing() -> None:
    with pytest.raises(SecretUnreadable):
        Vault(b"x" * 32).open(Vault(b"k" * 32).seal(SECRETS, **PLACE), **PLACE)
