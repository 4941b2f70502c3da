import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_grants"),
        ("approvals", "0006_annex"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Account",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("kind", models.CharField(max_length=30, verbose_name="kind")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "proposed"),
                            ("open", "kept"),
                            ("closed", "closed"),
                            ("dropped", "not agreed to"),
                        ],
                        default="proposed",
                        max_length=8,
                    ),
                ),
                ("proposed_at", models.DateTimeField()),
                (
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "official account",
                "verbose_name_plural": "official accounts",
                "permissions": [("read_secrets", "May read the secrets of the account")],
            },
        ),
        migrations.CreateModel(
            name="AccountFacts",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=30, verbose_name="kind")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("url", models.CharField(blank=True, max_length=300, verbose_name="web address")),
                ("login", models.CharField(blank=True, max_length=120, verbose_name="login")),
                ("renew_on", models.DateField(null=True, verbose_name="renewed until")),
                (
                    "change_days",
                    models.PositiveSmallIntegerField(null=True, verbose_name="password changed every (days)"),
                ),
                ("closed", models.BooleanField(default=False)),
                ("at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="history",
                        to="accounts.account",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="approvals.run"
                    ),
                ),
            ],
            options={
                "verbose_name": "facts of an account",
                "verbose_name_plural": "facts of accounts",
            },
        ),
        migrations.AddField(
            model_name="account",
            name="facts",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.accountfacts",
            ),
        ),
        migrations.CreateModel(
            name="CustodianChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("added", models.BooleanField()),
                ("at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="custodian_changes",
                        to="accounts.account",
                    ),
                ),
                (
                    "employee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="approvals.run"
                    ),
                ),
            ],
            options={
                "verbose_name": "change of custodians",
                "verbose_name_plural": "changes of custodians",
            },
        ),
        migrations.CreateModel(
            name="Lending",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                ("hours", models.PositiveSmallIntegerField(verbose_name="hours")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "waits for the department head"),
                            ("agreed", "agreed to"),
                            ("released", "lent out"),
                            ("over", "over"),
                            ("refused", "not agreed to"),
                        ],
                        default="asked",
                        max_length=8,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("released_at", models.DateTimeField(null=True)),
                ("until", models.DateTimeField(null=True)),
                ("changed_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lendings",
                        to="accounts.account",
                    ),
                ),
                (
                    "borrower",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "lender",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="approvals.run",
                    ),
                ),
            ],
            options={
                "verbose_name": "lending of an account",
                "verbose_name_plural": "lendings of accounts",
            },
        ),
        migrations.CreateModel(
            name="RecoveryKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public", models.BinaryField()),
                ("made_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "recovery key",
                "verbose_name_plural": "recovery keys",
            },
        ),
        migrations.CreateModel(
            name="Rotation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("field", models.CharField(max_length=20)),
                (
                    "why",
                    models.CharField(
                        choices=[
                            ("removed", "no longer a custodian"),
                            ("left", "has left, or no longer holds the post"),
                        ],
                        max_length=7,
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rotations",
                        to="accounts.account",
                    ),
                ),
                (
                    "employee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "secret to be changed",
                "verbose_name_plural": "secrets to be changed",
            },
        ),
        migrations.CreateModel(
            name="Sealed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("field", models.CharField(max_length=20)),
                ("number", models.PositiveIntegerField()),
                ("label", models.CharField(blank=True, max_length=120)),
                ("ciphertext", models.BinaryField()),
                ("weak", models.BooleanField(default=False)),
                ("repeated", models.BooleanField(default=False)),
                ("at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sealed",
                        to="accounts.account",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "renews",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.sealed",
                    ),
                ),
            ],
            options={
                "verbose_name": "sealed secret",
                "verbose_name_plural": "sealed secrets",
            },
        ),
        migrations.CreateModel(
            name="Reveal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "way",
                    models.CharField(
                        choices=[
                            ("shown", "shown"),
                            ("copied", "copied"),
                            ("code", "one-time code"),
                            ("saved", "file saved"),
                        ],
                        max_length=6,
                    ),
                ),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                ("at", models.DateTimeField()),
                (
                    "employee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "lending",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reveals",
                        to="accounts.lending",
                    ),
                ),
                (
                    "sealed",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reveals",
                        to="accounts.sealed",
                    ),
                ),
            ],
            options={
                "verbose_name": "look at a secret",
                "verbose_name_plural": "looks at secrets",
            },
        ),
        migrations.CreateModel(
            name="SecretVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("field", models.CharField(max_length=20)),
                ("at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="accounts.account",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="approvals.run"
                    ),
                ),
                (
                    "sealed",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="version",
                        to="accounts.sealed",
                    ),
                ),
            ],
            options={
                "verbose_name": "version of a secret",
                "verbose_name_plural": "versions of secrets",
            },
        ),
        migrations.CreateModel(
            name="VaultImport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("source", models.CharField(max_length=10)),
                ("rows", models.PositiveSmallIntegerField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "import of accounts",
                "verbose_name_plural": "imports of accounts",
            },
        ),
        migrations.CreateModel(
            name="VaultKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public", models.BinaryField()),
                ("wrapped", models.BinaryField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waits for two people"),
                            ("current", "in use"),
                            ("ended", "no longer in use"),
                        ],
                        max_length=7,
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "employee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="approvals.run",
                    ),
                ),
            ],
            options={
                "verbose_name": "vault key",
                "verbose_name_plural": "vault keys",
            },
        ),
        migrations.CreateModel(
            name="Box",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("box", models.BinaryField()),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "lending",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="boxes",
                        to="accounts.lending",
                    ),
                ),
                (
                    "recovery",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="boxes",
                        to="accounts.recoverykey",
                    ),
                ),
                (
                    "sealed",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="boxes",
                        to="accounts.sealed",
                    ),
                ),
                (
                    "key",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="boxes",
                        to="accounts.vaultkey",
                    ),
                ),
            ],
            options={
                "verbose_name": "box",
                "verbose_name_plural": "boxes",
            },
        ),
        migrations.AddIndex(
            model_name="account",
            index=models.Index(fields=["state", "kind", "name"], name="account_listed"),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["open", "closed"]), _negated=True),
                    ("facts__isnull", False),
                    _connector="OR",
                ),
                name="account_open_has_facts",
            ),
        ),
        migrations.AddIndex(
            model_name="custodianchange",
            index=models.Index(fields=["account", "employee", "-id"], name="custodian_newest"),
        ),
        migrations.AddIndex(
            model_name="lending",
            index=models.Index(
                condition=models.Q(("state", "released")), fields=["until"], name="lending_ends"
            ),
        ),
        migrations.AddIndex(
            model_name="lending",
            index=models.Index(
                condition=models.Q(("state", "released")), fields=["borrower"], name="lending_of_borrower"
            ),
        ),
        migrations.AddConstraint(
            model_name="lending",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="lending_says_why"
            ),
        ),
        migrations.AddConstraint(
            model_name="lending",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "released"), _negated=True),
                    models.Q(("released_at__isnull", False), ("until__isnull", False)),
                    _connector="OR",
                ),
                name="lending_released_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="lending",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("state__in", ["asked", "agreed", "released"]),
                    models.Q(("changed_at", None), ("released_at__isnull", False), ("state", "over")),
                    _connector="OR",
                ),
                fields=("account",),
                name="lending_one_until_changed",
            ),
        ),
        migrations.AddConstraint(
            model_name="recoverykey",
            constraint=models.UniqueConstraint(
                models.Value(1), condition=models.Q(("ended_at", None)), name="recovery_key_one_current"
            ),
        ),
        migrations.AddConstraint(
            model_name="rotation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("done_at", None)),
                fields=("account", "field", "employee"),
                name="rotation_once_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="sealed",
            constraint=models.UniqueConstraint(
                fields=("account", "field", "number"), name="sealed_number_once"
            ),
        ),
        migrations.AddIndex(
            model_name="reveal",
            index=models.Index(fields=["sealed", "-at"], name="reveal_of_secret"),
        ),
        migrations.AddIndex(
            model_name="reveal",
            index=models.Index(fields=["employee", "-at"], name="reveal_by_person"),
        ),
        migrations.AddConstraint(
            model_name="reveal",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="reveal_says_why"
            ),
        ),
        migrations.AddIndex(
            model_name="secretversion",
            index=models.Index(fields=["account", "field", "-id"], name="secret_version_newest"),
        ),
        migrations.AddConstraint(
            model_name="vaultkey",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "current")), fields=("employee",), name="vault_key_one_current"
            ),
        ),
        migrations.AddConstraint(
            model_name="vaultkey",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "waiting")), fields=("employee",), name="vault_key_one_waiting"
            ),
        ),
        migrations.AddConstraint(
            model_name="vaultkey",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", False), ("state", "ended")),
                    models.Q(("ended_at", None), ("state__in", ["waiting", "current"])),
                    _connector="OR",
                ),
                name="vault_key_ended_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="box",
            constraint=models.UniqueConstraint(
                condition=models.Q(("lending", None)), fields=("sealed", "key"), name="box_once_a_key"
            ),
        ),
        migrations.AddConstraint(
            model_name="box",
            constraint=models.UniqueConstraint(fields=("sealed", "recovery"), name="box_once_a_recovery_key"),
        ),
        migrations.AddConstraint(
            model_name="box",
            constraint=models.UniqueConstraint(fields=("sealed", "lending"), name="box_once_a_lending"),
        ),
        migrations.AddConstraint(
            model_name="box",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("key__isnull", False), ("recovery", None)),
                    models.Q(("key", None), ("lending", None), ("recovery__isnull", False)),
                    _connector="OR",
                ),
                name="box_to_one",
            ),
        ),
    ]
