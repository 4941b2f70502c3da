"""Doors of the vault. An account is found by its custodians, its owner and the general manager alone: others who may
enter get 404, which counts as let in; tests/accounts/vault/test_pages.py looks at that."""

from __future__ import annotations

from tests.permissions.table import EVERYBODY, get, post

CUSTODIANS = frozenset({"shen_operations", "qian_it", "sun_admin", "fang_vice", "zhou_general"})
GENERAL_MANAGER = frozenset({"zhou_general"})

ROWS = (
    get("accounts:accounts", CUSTODIANS),
    get("accounts:health", CUSTODIANS),
    get("accounts:new", CUSTODIANS),
    get("accounts:import", CUSTODIANS),
    get("accounts:import_again", CUSTODIANS, pk="'1"),
    get("accounts:account", CUSTODIANS, pk="'1"),
    get("accounts:again", CUSTODIANS, pk="'1"),
    get("accounts:facts", CUSTODIANS, pk="'1"),
    get("accounts:secret", CUSTODIANS, pk="'1"),
    get("accounts:custodians", CUSTODIANS, pk="'1"),
    get("accounts:close", CUSTODIANS, pk="'1"),
    get("accounts:lend", CUSTODIANS, pk="'1"),
    get("accounts:masked", CUSTODIANS, pk="'1"),
    post("accounts:drop", CUSTODIANS, pk="'1"),
    post("accounts:let_in", CUSTODIANS, pk="'1"),
    post("accounts:reveal", CUSTODIANS, pk="'1"),
    post("accounts:lending_release", CUSTODIANS, pk="'1"),
    post("accounts:vault_recovery", GENERAL_MANAGER),
    get("accounts:exposed", GENERAL_MANAGER, pk="agent"),
    # One's own vault: also for who borrows an account. Without an account lent there is nothing in it.
    get("accounts:vault", EVERYBODY),
    get("accounts:vault_unlock", EVERYBODY),
    get("accounts:vault_passphrase", EVERYBODY),
    get("accounts:vault_lost", EVERYBODY),
    post("accounts:vault_lock", EVERYBODY),
    # A lending is found by its borrower, its lender, and who decides; 404 for the others.
    get("accounts:lending", EVERYBODY, pk="'1"),
    get("accounts:lending_masked", EVERYBODY, pk="'1"),
    post("accounts:lending_back", EVERYBODY, pk="'1"),
    post("accounts:lending_reveal", EVERYBODY, pk="'1", secret="'1"),
    post("accounts:vault_set_up", EVERYBODY),
)
