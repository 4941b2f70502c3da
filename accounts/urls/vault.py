from django.urls import path

from accounts.views import vault, vault_import, vault_keys, vault_lending, vault_propose, vault_reveal

urlpatterns = [
    path("", vault.accounts, name="accounts"),
    path("health/", vault.health, name="health"),
    path("people/<int:pk>/", vault.exposed, name="exposed"),
    path("new/", vault_propose.new, name="new"),
    path("import/", vault_import.import_accounts, name="import"),
    path("vault/", vault_keys.own, name="vault"),
    path("vault/set-up/", vault_keys.set_up, name="vault_set_up"),
    path("vault/unlock/", vault_keys.unlock, name="vault_unlock"),
    path("vault/lock/", vault_keys.lock, name="vault_lock"),
    path("vault/passphrase/", vault_keys.change_passphrase, name="vault_passphrase"),
    path("vault/lost/", vault_keys.lost, name="vault_lost"),
    path("vault/recovery/", vault_keys.recovery, name="vault_recovery"),
    path("<int:pk>/", vault.account, name="account"),
    path("<int:pk>/again/", vault_propose.again, name="again"),
    path("<int:pk>/facts/", vault_propose.facts, name="facts"),
    path("<int:pk>/secret/", vault_propose.secret, name="secret"),
    path("<int:pk>/drop/", vault_propose.drop, name="drop"),
    path("<int:pk>/custodians/", vault_propose.custodians, name="custodians"),
    path("<int:pk>/close/", vault_propose.close, name="close"),
    path("<int:pk>/let-in/", vault.let_in, name="let_in"),
    path("<int:pk>/lend/", vault_lending.lend, name="lend"),
    path("secrets/<int:pk>/reveal/", vault_reveal.reveal, name="reveal"),
    path("secrets/<int:pk>/masked/", vault_reveal.masked, name="masked"),
    path("lendings/<int:pk>/", vault_lending.lending, name="lending"),
    path("lendings/<int:pk>/release/", vault_lending.release, name="lending_release"),
    path("lendings/<int:pk>/back/", vault_lending.give_back, name="lending_back"),
    path("lendings/<int:pk>/secrets/<int:secret>/reveal/", vault_lending.reveal, name="lending_reveal"),
    path("lendings/<int:pk>/masked/", vault_lending.masked, name="lending_masked"),
]
